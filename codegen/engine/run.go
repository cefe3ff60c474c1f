package engine

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
)

// Step is one row of the table that is the network.
type Step struct {
	Name   string // path of what a person wrote
	Shape  []int  // of the value it makes
	FLOPs  int64  // floating-point operations
	Bytes  int64  // of everything it reads and writes
	For    uint64 // the outputs that need it, a bit for each by its number; 0 where all do
	Kernel kernel.Kernel
}

// Network is what an engine runs.
type Network struct {
	Name     string           // as files of weights have it
	Packing  string           // fingerprint of how its weights are packed
	Sections []kernel.Section // of its weights

	Steps   []Step
	Inputs  []int // floats of each
	Arena   int   // bytes
	Results []kernel.Ref
	Pixels  *Pixels // nil: the network takes floats alone
	Half    *Halves // nil: all arithmetic is of float32
}

// Halves is what a network is where the processor computes with float16: other steps, which read the same weights and
// inputs, in memory of their own.
type Halves struct {
	Steps   []Step
	Arena   int // bytes
	Results []kernel.Ref
}

// on returns the network as it is computed with a set of features, or with float32 alone.
func (n *Network) on(has kernel.Features, floats bool) *Network {
	if n.Half == nil || floats || has&kernel.FP16 == 0 {
		return n
	}
	halves := *n
	halves.Steps, halves.Arena, halves.Results = n.Half.Steps, n.Half.Arena, n.Half.Results
	return &halves
}

// run is one inference under way, or the memory for one.
type run struct {
	engine  *Engine
	memory  kernel.Memory
	workers []*kernel.Worker
	times   []time.Duration // of each step; nil without a profile
	count   int             // inferences that times is of
	wanted  uint64          // the outputs that are, a bit for each; 0 when all are
	planes  []float32       // made of pixels
	team    *team
	batch   batch

	began time.Time   // of the turn of a call; zero for a run beside another
	bytes int64       // of its memory
	store *store      // the weights of the inference under way
	gone  atomic.Bool // a part of them was not there any more: see guarded
}

// batchWork is what the team's call says when workers run whole images each.
const batchWork = 1<<32 - 3

func newRun(e *Engine) *run {
	r := &run{engine: e, memory: kernel.NewMemory(len(e.network.Inputs), AlignedBytes(e.network.Arena), nil, nil)}
	r.bytes = e.runBytes(0)
	e.held.Add(r.bytes)
	if e.options.profiled {
		r.times = make([]time.Duration, len(e.tasks))
	}
	r.team = newTeam(r.work)
	return r
}

// fit gives a run memory for so many workers, if it has less.
func (r *run) fit(workers int) {
	if len(r.workers) >= workers {
		return
	}
	for len(r.workers) < workers {
		w := new(struct {
			worker kernel.Worker
			_      [kernel.Alignment]byte // two workers would slow each other down if they wrote to one cache line
		})
		w.worker.Scratch = kernel.FloatsOf(AlignedBytes(4 * r.engine.scratch))
		r.workers = append(r.workers, &w.worker)
	}
	r.team.fit(workers)
	bytes := r.engine.runBytes(workers)
	r.engine.held.Add(bytes - r.bytes)
	r.bytes = bytes
}

// work is a worker's part in a called phase.
func (r *run) work(worker int, call uint64) {
	if uint32(call) == batchWork {
		b := &r.batch
		r.team.each(worker, call, len(b.runs), 1, func(first, last int) {
			for i := first; i < last; i++ {
				b.take(b.runs[i])
			}
		})
		return
	}
	if r.store.file != nil && worker > 0 {
		r.guard(func() bool {
			r.workStep(worker, call)
			return true
		})
		return
	}
	r.workStep(worker, call)
}

// workStep takes items of the step that a call names, piece by piece, until none is left.
func (r *run) workStep(worker int, call uint64) {
	step := int(uint32(call))
	t, w := r.engine.tasks[step], r.workers[worker]
	w.Begin(step)
	r.team.each(worker, call, t.Items(), pieces, func(first, last int) { t.Run(w, r.memory, first, last) })
}

// guard runs f guarded against faults in the weights, which it notes, and returns what f does; false after a fault.
func (r *run) guard(f func() bool) (result bool) {
	if guarded(r.store.file.data, func() { result = f() }) {
		r.gone.Store(true)
		return false
	}
	return result
}

// sound returns what is wrong with the weights that the run has read.
func (r *run) sound() error {
	if r.gone.Load() {
		return refuse("%s: %v", r.store.name, errGone)
	}
	return r.store.sound()
}

// infer goes through the steps, those that no wanted output needs left out, with the team or alone. It looks before
// each whether done is closed, and reports whether it came to the end.
func (r *run) infer(done <-chan struct{}, alone bool) bool {
	if r.store.file != nil {
		return r.guard(func() bool { return r.steps(done, alone) }) && !r.gone.Load()
	}
	return r.steps(done, alone)
}

// steps is infer where the weights cannot go away, or are guarded.
func (r *run) steps(done <-chan struct{}, alone bool) bool {
	if r.times != nil {
		return r.inferTimed(done, alone)
	}
	for i := range r.engine.tasks {
		if closed(done) || r.gone.Load() {
			return false
		}
		if !r.idle(i) {
			r.step(i, alone)
		}
	}
	return true
}

// idle reports whether no wanted output needs a step.
func (r *run) idle(i int) bool {
	if r.wanted == 0 {
		return false
	}
	needed := r.engine.network.Steps[i].For
	return needed != 0 && needed&r.wanted == 0
}

// inferTimed is steps with a clock. It is apart so that an inference without a profile does not ask for it.
func (r *run) inferTimed(done <-chan struct{}, alone bool) bool {
	for i := range r.engine.tasks {
		if closed(done) || r.gone.Load() {
			return false
		}
		if r.idle(i) {
			continue
		}
		start := time.Now()
		r.step(i, alone)
		r.times[i] += time.Since(start)
	}
	r.count++
	return true
}

// step does one step, together where there is something to share.
func (r *run) step(i int, alone bool) {
	t := r.engine.tasks[i]
	if alone || r.team.size == 1 || t.Items() <= 1 {
		r.workers[0].Begin(i)
		t.Run(r.workers[0], r.memory, 0, t.Items())
		return
	}
	r.team.do(uint32(i), t.Items())
}

// closed reports whether a context's channel is closed. That of a context that cannot end is nil.
func closed(done <-chan struct{}) bool {
	if done == nil {
		return false
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// errBeyond is what inferences return whose values left the range of float16.
var errBeyond = errors.New("a result is infinite or not a number, and the input is finite: a value on the way is " +
	"beyond 65504, the largest float16: make the model WithFloat32")

// inRange returns an error where arithmetic of float16 has made a result that is not finite of the i-th of several
// images, or of their pixels, that are. Where all arithmetic is of float32, what is not finite is the caller's.
func (r *run) inRange(inputs [][]float32, i int) error {
	if !r.engine.half {
		return nil
	}
	for k := range r.engine.network.Results {
		if r.wanted != 0 && r.wanted>>k&1 == 0 {
			continue
		}
		if !finite(kernel.FloatsOf(r.memory.Bytes(&r.engine.network.Results[k]))) {
			for input, floats := range r.engine.network.Inputs {
				if inputs != nil && !finite(inputs[input][i*floats:(i+1)*floats]) {
					return nil
				}
			}
			return errBeyond
		}
	}
	return nil
}

// finite reports whether all numbers are.
func finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// collect copies the results of the i-th of several images that are wanted to the caller.
func (r *run) collect(results [][]float32, i int) {
	for k := range r.engine.network.Results {
		if results[k] == nil {
			continue
		}
		result := kernel.FloatsOf(r.memory.Bytes(&r.engine.network.Results[k]))
		copy(results[k][i*len(result):(i+1)*len(result)], result)
	}
}
