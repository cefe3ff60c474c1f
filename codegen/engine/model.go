package engine

import (
	"context"
	"io"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
)

// Engine runs a network: it has the weights, which all inferences share, and keeps the memory of those that are over
// for those to come, so that once warm nothing is allocated.
type Engine struct {
	network *Network
	half    bool          // it computes with float16
	tasks   []kernel.Task // the network's kernels, bound to the processor
	machine *kernel.Machine
	scratch int           // floats that each worker needs for itself
	levels  levels        // what pixels become
	period  time.Duration // after which memory that nobody needed is let go

	mutex   sync.Mutex // guards what follows
	options options
	current *store // the weights for who comes
	life    lifetime
	queue   queue
	idle    idle
	helping int // helpers at work
	most    int // workers that a run has had memory for
	stats   counters
	profile Profile

	held atomic.Int64 // bytes of all runs
}

// NewEngine makes an engine of a network and its packed weights, and binds each of its kernels to the processor. Who
// packs weights refuses those that the network's arithmetic cannot have: it panics of them.
func NewEngine(n *Network, weights []byte, opts []Option) *Engine {
	e, err := bound(n, opts).ready(&store{name: "the plan", weights: weights}, nil)
	if err != nil {
		panic(err)
	}
	return e
}

// bound makes an engine without weights.
func bound(n *Network, opts []Option) *Engine { return boundTo(kernel.Host(), n, opts) }

func boundTo(machine *kernel.Machine, n *Network, opts []Option) *Engine {
	e := &Engine{options: optionsOf(opts), period: idlePeriod, machine: machine}
	all := n
	n = n.on(e.machine.Has, e.options.float32)
	e.network, e.half = n, n != all
	e.machine.Repack = e.options.repack
	e.queue.limit = e.options.inferences
	if n.Pixels != nil {
		e.levels = n.Pixels.levels()
	}
	for i, s := range n.Steps {
		e.machine.Step = i
		t := s.Kernel.Bind(e.machine, e.tasks)
		e.tasks = append(e.tasks, t)
		e.scratch = max(e.scratch, t.Scratch())
	}
	return e
}

// ready returns the engine with its first weights, unless there was an error on the way to them.
func (e *Engine) ready(s *store, err error) (*Engine, error) {
	if err == nil {
		err = s.bind(e)
	}
	if err != nil {
		return nil, err
	}
	e.use(s)
	return e, nil
}

// Embedded makes an engine of a network and a file of weights that is part of the program. Go's tools have compared its
// contents, and to read it twice would make programs start late: its checksum is for Verify.
func Embedded(n *Network, name, file string, opts []Option) (*Engine, error) {
	if err := kernel.CheckHost(); err != nil {
		return nil, err
	}
	s, err := newStore(name, file, n)
	return bound(n, opts).ready(s, err)
}

// Open makes an engine of a network and a file of weights, which is mapped into memory where the system can, and
// checked in the background.
func Open(n *Network, path string, opts []Option) (*Engine, error) {
	if err := kernel.CheckHost(); err != nil {
		return nil, err
	}
	e := bound(n, opts)
	s, err := e.openStore(path)
	if e, err = e.ready(s, err); err != nil {
		return nil, err
	}
	if s.file != nil {
		e.verifyLater()
	}
	return e, nil
}

// openStore opens a file of weights as the options say.
func (e *Engine) openStore(path string) (*store, error) {
	if e.options.copies {
		return readFile(path, e.network)
	}
	return openStore(path, e.network)
}

// Read makes an engine of a network and weights that it reads into memory, as far as their header says. They have been
// checked when it returns.
func Read(n *Network, r io.Reader, opts []Option) (*Engine, error) {
	if err := kernel.CheckHost(); err != nil {
		return nil, err
	}
	s, err := readStore("the file of weights", r, n)
	return bound(n, opts).ready(s, err)
}

// beginLocked returns a run that counts as busy already, on some weights, with all helpers that are free or alone. The
// mutex is locked, and unlocked then.
func (e *Engine) beginLocked(s *store, helped bool) *run {
	s.users++
	helpers := 0
	if helped {
		helpers = e.hireLocked()
	}
	workers := e.workersLocked()
	e.most = max(e.most, workers)
	r := e.idle.take()
	e.mutex.Unlock()
	if r == nil {
		r = newRun(e)
	}
	r.fit(workers)
	r.store = s
	r.memory[kernel.WeightsSpace], r.memory[kernel.BoundSpace] = s.weights, s.bound
	r.gone.Store(false)
	r.team.begin(helpers)
	return r
}

// end gives a run, its weights and its helpers back.
func (e *Engine) end(r *run) { e.endAfter(r, 0, false) }

// endAfter is end, for who has come through enter, after a number of inferences. A call that is over has not to come
// back.
func (e *Engine) endAfter(r *run, inferences int, over bool) {
	helpers := r.team.size - 1
	r.team.end()
	s := r.store
	for i := range e.network.Inputs {
		r.memory.SetInput(i, nil)
	}
	r.store, r.memory[kernel.WeightsSpace], r.memory[kernel.BoundSpace] = nil, nil, nil
	e.mutex.Lock()
	e.helping -= helpers
	if r.count > 0 {
		e.addTimes(r)
	}
	if !r.began.IsZero() {
		e.stats.taken += time.Since(r.began)
		r.began = time.Time{}
	}
	e.stats.inferences += int64(inferences)
	if over {
		e.stats.underWay--
	}
	if e.life.closed {
		e.held.Add(-r.bytes)
	} else {
		e.keepLocked(r)
	}
	e.queue.busy--
	e.queue.give()
	last := e.unpinLocked(s)
	e.mutex.Unlock()
	if last {
		e.free(s)
	}
}

// Infer runs the network on one value of each input, planar ([channels, height, width] of an image), and copies every
// result to the slice of its number, planar, too. A result whose slice is nil is not wanted, and what only it needs is
// not computed. Lengths must be right. The error is the context's, if that ended before the last step, ErrClosed, or
// ErrWeights, if what was read of the weights is not sound; or it says that no result is wanted, that two overlap, or
// that a value on the way was beyond float16, where that is what the network computes with.
// Results are written only without an error.
func (e *Engine) Infer(ctx context.Context, inputs, results [][]float32) error {
	return e.inferOne(ctx, inputs, nil, results)
}

// inferOne is Infer, for inputs or, if there are any, for pixels. It is apart from inferAll because a single image
// needs neither turns nor further runs, and is what most callers ask for.
func (e *Engine) inferOne(ctx context.Context, inputs [][]float32, pixels []uint8, results [][]float32) error {
	wanted, some := wantedOf(results)
	switch {
	case !some:
		return errNothing
	case entangled(results):
		return errSame
	}
	r, err := e.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.region(ctx).End()
	r.set(inputs, pixels, 0)
	r.wanted = wanted
	finished := r.infer(ctx.Done(), false)
	if err = r.sound(); finished && err == nil {
		err = r.inRange(inputs, 0)
	}
	done := 0
	if finished && err == nil {
		r.collect(results, 0)
		done = 1
	}
	e.endAfter(r, done, true)
	if err == nil && !finished {
		err = ctx.Err()
	}
	return err
}

// wantedOf returns the numbers of the results that are wanted as bits, 0 when all are, and whether any is. One alone
// always is.
func wantedOf(results [][]float32) (wanted uint64, some bool) {
	if len(results) < 2 {
		return 0, true
	}
	all := true
	for i, r := range results {
		if r != nil {
			wanted |= 1 << i
		} else {
			all = false
		}
	}
	if all {
		return 0, true
	}
	return wanted, wanted != 0
}

// region is what a trace of the program's execution shows of a call, if one is being written.
func (e *Engine) region(ctx context.Context) *trace.Region {
	return trace.StartRegion(ctx, e.network.Name)
}
