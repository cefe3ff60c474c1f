package engine

import (
	"slices"
	"testing"
)

// TestBegin: whatever shares held before a session, none of them seems to be of a phase that is to come.
func TestBegin(t *testing.T) {
	team := newTeam(func(int, uint64) {})
	team.join = func() {}
	team.fit(3)
	team.phase = 41
	for i := range team.shares {
		team.shares[i].taken.Store(43<<32 | 5)
	}
	team.begin(2)
	for i := range team.shares {
		if taken := team.shares[i].taken.Load(); taken != 41<<32 {
			t.Errorf("share %d is %d of the phase %d", i, uint32(taken), taken>>32)
		}
	}
	if call := team.call.Load(); call != 42<<32|wait || team.size != 3 || team.seats.Load() != 2<<32 {
		t.Errorf("call %x, %d workers, seats %x", call, team.size, team.seats.Load())
	}
}

// TestTake: a worker's share is its own range, taken in no more than so many pieces of one size, but for the last; what
// was taken of it in an earlier phase counts for nothing, and a phase that is over has nothing left.
func TestTake(t *testing.T) {
	const phase = 7
	call := uint64(phase)<<32 | 3
	for size := 1; size <= 4; size++ {
		for items := range 24 {
			for pieces := 1; pieces <= 5; pieces++ {
				team := newTeam(nil)
				team.size = size
				team.fit(size)
				next := 0
				for owner := range size {
					team.shares[owner].taken.Store((phase-1)<<32 | 99)
					begin, end := items*owner/size, items*(owner+1)/size
					var lengths []int
					for {
						first, last := team.take(owner, call, items, pieces)
						if first >= last {
							break
						}
						if first != next || last > end {
							t.Fatalf("%d of %d: %d to %d is taken, after %d to %d", owner, size, first, last, begin,
								next)
						}
						next, lengths = last, append(lengths, last-first)
					}
					if next != end || len(lengths) > pieces {
						t.Fatalf("%d of %d: %v of %d to %d are taken, in %d pieces", owner, size, lengths, begin, end,
							pieces)
					}
					for i, length := range lengths {
						if longest := lengths[0]; length > longest || i+1 < len(lengths) && length < longest ||
							(longest-1)*pieces >= end-begin {
							t.Fatalf("%d items in %d pieces: %v", end-begin, pieces, lengths)
						}
					}
				}
				if first, last := team.take(0, call-1<<32, items, pieces); first < last {
					t.Fatalf("%d to %d is taken of a phase that is over", first, last)
				}
			}
		}
	}
}

// TestEach: everyone begins with the own share, goes on with those behind it, and counts what is done.
func TestEach(t *testing.T) {
	const size, items = 3, 9
	for worker := range size {
		team := newTeam(nil)
		team.size = size
		team.fit(size)
		var order []int
		team.each(worker, 1<<32, items, 1, func(first, last int) {
			if last-first != items/size {
				t.Errorf("%d to %d is a piece", first, last)
			}
			order = append(order, first/(items/size))
		})
		if want := []int{worker, (worker + 1) % size, (worker + 2) % size}; !slices.Equal(order, want) {
			t.Errorf("worker %d takes shares in the order %v, want %v", worker, order, want)
		}
		if done := team.done.Load(); done != items {
			t.Errorf("%d items are done", done)
		}
	}
	team := newTeam(nil)
	team.fit(1)
	func() { // also where one panics
		defer func() { recover() }()
		team.each(0, 1<<32, 8, 4, func(first, _ int) {
			if first == 4 {
				panic("a fault")
			}
		})
	}()
	if done := team.done.Load(); done != 6 {
		t.Errorf("%d items are done where the third piece of two panics", done)
	}
}

// TestSit: the seats that are free are taken from the last on, and none beyond them.
func TestSit(t *testing.T) {
	team := newTeam(nil)
	team.seats.Store(2 << 32)
	for i, want := range []struct {
		worker int
		seats  uint64
	}{{2, 1<<32 | 1}, {1, 2}, {0, 2}} {
		if worker := team.sit(); worker != want.worker || team.seats.Load() != want.seats {
			t.Errorf("the %dth is worker %d, and seats are %x", i, worker, team.seats.Load())
		}
	}
}

// TestFit: room is made for more workers, and never less.
func TestFit(t *testing.T) {
	team := newTeam(nil)
	for _, c := range [][2]int{{1, 1}, {3, 3}, {2, 3}, {3, 3}, {4, 4}} {
		if team.fit(c[0]); len(team.shares) != c[1] {
			t.Errorf("%d shares for %d workers", len(team.shares), c[0])
		}
	}
}

// TestBeginAlone: a session without helpers calls nobody, and leaves the phase as it was.
func TestBeginAlone(t *testing.T) {
	team := newTeam(nil)
	team.join = func() { t.Error("a helper comes") }
	team.fit(1)
	team.begin(0)
	if team.size != 1 || team.seats.Load() != 0 || team.pending.Load() != 0 || team.phase != 0 {
		t.Errorf("%d workers, seats %x, %d pending, phase %d", team.size, team.seats.Load(), team.pending.Load(),
			team.phase)
	}
	team.end()
	if team.phase != 0 {
		t.Errorf("the end of a session alone is phase %d", team.phase)
	}
}

// TestPending: helpers that have been started, and have not come yet, are not started again.
func TestPending(t *testing.T) {
	team := newTeam(nil)
	started := make(chan bool, 10)
	team.join = func() { started <- true }
	team.fit(5)
	team.pending.Store(1)
	team.begin(3)
	for range 2 {
		<-started
	}
	if pending := team.pending.Load(); pending != 3 || len(started) > 0 {
		t.Errorf("%d are pending, %d too many are started", pending, len(started))
	}
	team.begin(2)
	if pending := team.pending.Load(); pending != 3 || len(started) > 0 {
		t.Errorf("%d are pending of whom two are needed, %d too many are started", pending, len(started))
	}
}
