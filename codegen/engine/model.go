package engine

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/netc-lang/netc/codegen/kernel"
)

// Engine runs a network: it has the weights, which all inferences share, and keeps the memory of those that are over
// for those to come, so that once warm nothing is allocated.
type Engine struct {
	network *Network
	tasks   []kernel.Task // the network's kernels, bound to the processor
	options options

	mutex   sync.Mutex
	current *store   // the weights for who comes; guarded by mutex
	life    lifetime // guarded by mutex
	idle    []*run   // guarded by mutex
	helpers int      // not at work, guarded by mutex
	profile Profile  // guarded by mutex
}

// NewEngine makes an engine of a network and its packed weights, and binds each of its kernels to the processor.
func NewEngine(n *Network, weights []float32, opts []Option) *Engine {
	return engineOf(n, &store{floats: weights}, opts)
}

func engineOf(n *Network, s *store, opts []Option) *Engine {
	e := &Engine{network: n, options: optionsOf(opts)}
	e.use(s)
	machine := kernel.Host()
	for _, s := range n.Steps {
		e.tasks = append(e.tasks, s.Kernel.Bind(machine, e.tasks))
	}
	e.helpers = e.options.workers - 1
	return e
}

// Embedded makes an engine of a network and a file of weights that is part of the program. Go's tools have compared its
// contents, and to read it twice would make programs start late: its checksum is for Verify.
func Embedded(n *Network, name, file string, opts []Option) (*Engine, error) {
	if err := kernel.CheckHost(); err != nil {
		return nil, err
	}
	s, err := newStore(name, file, n)
	if err != nil {
		return nil, err
	}
	return engineOf(n, s, opts), nil
}

// Open makes an engine of a network and a file of weights, which is mapped into memory where the system can, and
// checked in the background.
func Open(n *Network, path string, opts []Option) (*Engine, error) {
	if err := kernel.CheckHost(); err != nil {
		return nil, err
	}
	e := &Engine{network: n, options: optionsOf(opts)}
	s, err := e.openStore(path)
	if err != nil {
		return nil, err
	}
	e = engineOf(n, s, opts)
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
	if err != nil {
		return nil, err
	}
	return engineOf(n, s, opts), nil
}

// enter is begin for who comes from outside: after Close it returns nil.
func (e *Engine) enter(helpers int) *run {
	e.mutex.Lock()
	if e.life.closed {
		e.mutex.Unlock()
		return nil
	}
	return e.beginLocked(e.current, helpers)
}

// begin returns a run on some weights with up to so many helpers. They go to whoever begins first: an inference that
// finds none left runs alone.
func (e *Engine) begin(s *store, helpers int) *run {
	e.mutex.Lock()
	return e.beginLocked(s, helpers)
}

// beginLocked is begin with the mutex locked, which it unlocks.
func (e *Engine) beginLocked(s *store, helpers int) *run {
	s.users++
	helpers = min(helpers, e.helpers)
	e.helpers -= helpers
	var r *run
	if n := len(e.idle); n > 0 {
		r, e.idle = e.idle[n-1], e.idle[:n-1]
	}
	e.mutex.Unlock()
	if r == nil {
		r = newRun(e)
	}
	r.store = s
	r.memory[kernel.WeightsSpace] = s.floats
	r.gone.Store(false)
	r.team.begin(helpers)
	return r
}

// end gives a run, its weights and its helpers back.
func (e *Engine) end(r *run) {
	helpers := r.team.size - 1
	r.team.end()
	s := r.store
	for i := range e.network.Inputs {
		r.memory.SetInput(i, nil)
	}
	r.store, r.memory[kernel.WeightsSpace] = nil, nil
	e.mutex.Lock()
	e.helpers += helpers
	if r.count > 0 {
		e.addTimes(r)
	}
	if !e.life.closed {
		e.idle = append(e.idle, r)
	}
	last := e.unpinLocked(s)
	e.mutex.Unlock()
	if last {
		e.free(s)
	}
}

// Infer runs the network on one value of each input, and copies every result to the slice of its number. A result whose
// slice is nil is not wanted, and what only it needs is not computed. Lengths must be right.
func (e *Engine) Infer(ctx context.Context, inputs, results [][]float32) error {
	wanted, some := wantedOf(results)
	switch {
	case !some:
		return errNothing
	case entangled(results):
		return errSame
	}
	r := e.enter(e.options.workers - 1)
	if r == nil {
		return ErrClosed
	}
	for i, values := range inputs {
		r.memory.SetInput(i, values)
	}
	r.wanted = wanted
	finished := r.infer(ctx.Done(), false)
	err := r.sound()
	if finished && err == nil {
		r.collect(results, 0)
	}
	e.end(r)
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

// batch is a number of images, each input's one behind the other, and their results.
type batch struct {
	done    <-chan struct{}
	inputs  [][]float32
	results [][]float32
	wanted  uint64
	spread  int    // the first of the images are spread over the workers, each running whole images
	runs    []*run // one for each worker; that of the leader is first
	broken  atomic.Bool
}

// InferBatch runs n images, each input's one behind the other, as the results lie. A result whose slice is nil is not
// wanted. As many as can be shared out evenly are: each worker runs whole images, with an arena of its own and nobody
// to wait for. The rest run one after the other on all workers. The results must not overlap the inputs.
func (e *Engine) InferBatch(ctx context.Context, n int, inputs, results [][]float32) error {
	wanted, some := wantedOf(results)
	switch {
	case !some && n > 0:
		return errNothing
	case overlapAny(inputs, results):
		return errOverlap
	case entangled(results):
		return errSame
	}
	r := e.enter(e.options.workers - 1)
	if r == nil {
		return ErrClosed
	}
	if n == 0 {
		e.end(r)
		return ctx.Err()
	}
	b := &r.batch
	b.done, b.wanted, b.spread = ctx.Done(), wanted, n/r.team.size*r.team.size
	b.inputs = append(b.inputs[:0], inputs...)
	b.results = append(b.results[:0], results...)
	b.broken.Store(false)
	if r.team.size == 1 {
		r.inferImages(b, 0, n, true)
	} else {
		e.batchTogether(r, n)
	}
	broken := b.broken.Load()
	clear(b.inputs)
	clear(b.results)
	b.done = nil
	err := r.sound()
	e.end(r)
	if err == nil && broken {
		err = ctx.Err()
	}
	return err
}

func (e *Engine) batchTogether(r *run, n int) {
	b := &r.batch
	if b.spread > 0 {
		b.runs = append(b.runs[:0], r)
		for len(b.runs) < r.team.size {
			b.runs = append(b.runs, e.begin(r.store, 0))
		}
		r.team.do(batchWork, b.spread)
		for _, other := range b.runs[1:] {
			if other.gone.Load() {
				r.gone.Store(true)
			}
			e.end(other)
		}
		clear(b.runs)
	}
	r.inferImages(b, b.spread, n, false)
}

// batchImages runs images on a worker's own run.
func (r *run) batchImages(worker, first, last int) {
	r.batch.runs[worker].inferImages(&r.batch, first, last, true)
}

// inferImages runs some of a batch's images one after the other, with the run's own team or alone.
func (r *run) inferImages(b *batch, first, last int, alone bool) {
	r.wanted = b.wanted
	for i := first; i < last && !b.broken.Load(); i++ {
		for k, floats := range r.engine.network.Inputs {
			r.memory.SetInput(k, b.inputs[k][i*floats:(i+1)*floats])
		}
		if !r.infer(b.done, alone) {
			b.broken.Store(true)
			return
		}
		r.collect(b.results, i)
	}
}
