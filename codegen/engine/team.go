package engine

import (
	"runtime"
	"sync/atomic"

	"github.com/netc-lang/netc/codegen/kernel"
)

// team is a leader and the helpers that share its work. The leader hands out work in phases; the helpers, goroutines
// that live as long as a session and a moment more, watch call for the next one.
//
// A phase's items are divided into as many shares as there are workers, each a range. Everyone takes pieces of the own
// share first, which keeps what it wrote a step ago in its own cache, and then what is left of the others'.
type team struct {
	call atomic.Uint64 // phase in the upper half, the work in the lower
	_    [kernel.Alignment]byte
	done atomic.Int64 // items of the phase that are done
	_    [kernel.Alignment]byte

	seats   atomic.Uint64 // helpers that may still join in the upper half, those that have in the lower
	pending atomic.Int64  // helpers that were started and have not got around to joining
	size    int           // workers of the session; written before seats are free, read after one is taken
	shares  []share       // one for each worker
	phase   uint32        // of the leader; goes on from session to session

	work func(worker int, call uint64) // does items of a phase until none are left to take
	join func()                        // what a helper's goroutine runs
}

// share is what has been taken of a worker's share: the phase in the upper half, the number of items in the lower. On
// cache lines of its own, as neighbours would slow each other down.
type share struct {
	taken atomic.Uint64
	_     [kernel.Alignment - 8]byte
}

// What call says besides the number of a step: that there is nothing to do yet, and that the session is over.
const (
	wait = 1<<32 - 2
	stop = 1<<32 - 1
)

// pieces is in how many pieces a share of a step is taken.
const pieces = 4

// newTeam makes a team of the leader alone, whose members call work for each call of the leader's.
func newTeam(work func(worker int, call uint64)) *team {
	t := &team{size: 1, work: work}
	t.join = t.help // once, so that starting a goroutine allocates nothing
	return t
}

// fit makes room for so many workers, between sessions.
func (t *team) fit(workers int) {
	if len(t.shares) < workers {
		t.shares = make([]share, workers)
	}
}

// begin starts a session with a number of helpers.
func (t *team) begin(helpers int) {
	t.size = helpers + 1
	if helpers == 0 {
		return
	}
	for i := range t.shares { // so that no phase is ever compared with one long past
		t.shares[i].taken.Store(uint64(t.phase) << 32)
	}
	t.next(wait)
	t.seats.Store(uint64(helpers) << 32)
	missing := int64(helpers) - t.pending.Load()
	for range missing {
		t.pending.Add(1)
		go t.join()
	}
	if missing > 0 {
		go nothing()
	}
}

// nothing is what the last goroutine that begin starts does. Go's scheduler keeps the latest goroutine for the
// processor that started it, and lets others have it only after they have slept for some 50 microseconds; the helpers
// are taken at once.
func nothing() {}

// end ends a session: nobody joins any more, and those who have leave.
func (t *team) end() {
	if t.size == 1 {
		return
	}
	for {
		seats := t.seats.Load()
		if t.seats.CompareAndSwap(seats, seats&(1<<32-1)) {
			break
		}
	}
	t.next(stop)
	for spins := 0; t.seats.Load() != 0; spins++ {
		pause(spins)
	}
	t.size = 1
}

// do runs a phase on all workers and returns when its items are done.
func (t *team) do(work uint32, items int) {
	t.done.Store(0)
	t.work(0, t.next(work))
	for spins := 0; t.done.Load() != int64(items); spins++ {
		pause(spins)
	}
}

// next calls the next phase.
func (t *team) next(work uint32) (call uint64) {
	t.phase++
	call = uint64(t.phase)<<32 | uint64(work)
	t.call.Store(call)
	return call
}

// help is a helper from joining to leaving. After a session it waits a moment for the next one: to start another helper
// takes several times as long.
func (t *team) help() {
	for {
		t.pending.Add(-1) // before the look at the seats: begin looks at pending after it has set them free
		worker := t.sit()
		if worker == 0 {
			return
		}
		t.serve(worker)
		t.pending.Add(1)
		t.seats.Add(^uint64(0))
		for spins := 0; spins < patience && t.seats.Load()>>32 == 0; spins++ {
		}
	}
}

// serve does a helper's part in the phases of a session.
func (t *team) serve(worker int) {
	var last uint64
	for spins := 0; ; spins++ {
		call := t.call.Load()
		if call == last {
			pause(spins)
			continue
		}
		last, spins = call, 0
		switch uint32(call) {
		case wait:
		case stop:
			return
		default:
			t.work(worker, call)
		}
	}
}

// sit takes a seat and returns the worker's number, or 0 if none is free: the session was over before the helper came,
// or helpers of an earlier session came in its stead.
func (t *team) sit() int {
	for {
		seats := t.seats.Load()
		free, taken := seats>>32, seats&(1<<32-1)
		if free == 0 {
			return 0
		}
		if t.seats.CompareAndSwap(seats, (free-1)<<32|(taken+1)) {
			return int(free)
		}
	}
}

// each calls do with ranges of a called phase's items until none are left to take. Shares are taken in so many pieces.
func (t *team) each(worker int, call uint64, items, pieces int, do func(first, last int)) {
	done := 0
	defer func() { // also where do panics: the leader must not wait for what will not come
		if done > 0 {
			t.done.Add(int64(done))
		}
	}()
	for i := range t.size {
		owner := (worker + i) % t.size
		for first, last := t.take(owner, call, items, pieces); first < last; first, last = t.take(owner, call, items,
			pieces) {
			done += last - first
			do(first, last)
		}
	}
}

// take takes the next piece of an owner's share.
func (t *team) take(owner int, call uint64, items, pieces int) (first, last int) {
	begin, end := items*owner/t.size, items*(owner+1)/t.size
	piece := (end - begin + pieces - 1) / pieces
	phase, taken := uint32(call>>32), &t.shares[owner].taken
	for {
		old := taken.Load()
		at := begin
		switch age := int32(uint32(old>>32) - phase); {
		case age > 0: // the phase is over
			return 0, 0
		case age == 0:
			at += int(uint32(old))
		}
		if at >= end {
			return 0, 0
		}
		next := min(at+piece, end)
		if taken.CompareAndSwap(old, uint64(phase)<<32|uint64(next-begin)) {
			return at, next
		}
	}
}

// patience is for how many turns a loop waits without letting other goroutines run: some 10 microseconds.
const patience = 1 << 13

// pause lets a little time go by in a loop that waits: at first nothing but the loop itself, then other goroutines'
// turns, among which may be the one that is waited for.
func pause(spins int) {
	if spins > patience {
		runtime.Gosched()
	}
}
