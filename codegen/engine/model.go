package engine

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/netc-lang/netc/codegen/kernel"
)

// Engine runs a network: it has the weights, which all inferences share, and keeps the memory of those that are over
// for those to come, so that once warm nothing is allocated.
type Engine struct {
	network *Network
	tasks   []kernel.Task // the network's kernels, bound to the processor
	weights []float32
	options options
	Release func() error // gives the weights' memory back; nil when that is nobody's business

	mutex   sync.Mutex
	idle    []*run   // guarded by mutex
	helpers int      // not at work, guarded by mutex
	profile Profile  // guarded by mutex
	closing lifetime // guarded by mutex
}

// NewEngine makes an engine of a network and its packed weights, and binds each of its kernels to the processor.
func NewEngine(n *Network, weights []float32, opts []Option) *Engine {
	e := &Engine{network: n, weights: weights, options: optionsOf(opts)}
	machine := kernel.Host()
	for _, s := range n.Steps {
		e.tasks = append(e.tasks, s.Kernel.Bind(machine, e.tasks))
	}
	e.helpers = e.options.workers - 1
	return e
}

// enter is begin for who comes from outside: after Close it returns nil.
func (e *Engine) enter(helpers int) *run {
	e.mutex.Lock()
	if e.closing.closed {
		e.mutex.Unlock()
		return nil
	}
	return e.beginLocked(helpers)
}

// begin returns a run with up to so many helpers. They go to whoever begins first: an inference that finds none left
// runs alone.
func (e *Engine) begin(helpers int) *run {
	e.mutex.Lock()
	return e.beginLocked(helpers)
}

// beginLocked is begin with the mutex locked, which it unlocks.
func (e *Engine) beginLocked(helpers int) *run {
	e.closing.underWay++
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
	r.team.begin(helpers)
	return r
}

// end gives a run and its helpers back.
func (e *Engine) end(r *run) {
	helpers := r.team.size - 1
	r.team.end()
	r.memory[kernel.ImageSpace] = nil
	e.mutex.Lock()
	e.helpers += helpers
	if r.count > 0 {
		e.addTimes(r)
	}
	e.idle = append(e.idle, r)
	e.closing.left()
	e.mutex.Unlock()
}

// Infer runs one image, and copies every result to the slice of its number. Lengths must be right.
func (e *Engine) Infer(ctx context.Context, image []float32, results ...[]float32) error {
	if entangled(results) {
		return errSame
	}
	r := e.enter(e.options.workers - 1)
	if r == nil {
		return ErrClosed
	}
	r.memory[kernel.ImageSpace] = image
	finished := r.infer(ctx.Done(), false)
	if finished {
		r.collect(results, 0)
	}
	e.end(r)
	if !finished {
		return ctx.Err()
	}
	return nil
}

// batch is a number of images that lie one behind the other, and their results.
type batch struct {
	done    <-chan struct{}
	images  []float32
	results [][]float32
	spread  int    // the first of the images are spread over the workers, each running whole images
	runs    []*run // one for each worker; that of the leader is first
	broken  atomic.Bool
}

// InferBatch runs n images, which lie one behind the other, as the results do. As many as can be shared out evenly are:
// each worker runs whole images, with an arena of its own and nobody to wait for. The rest run one after the other on
// all workers. The results must not overlap the images.
func (e *Engine) InferBatch(ctx context.Context, n int, images []float32, results ...[]float32) error {
	switch {
	case overlap(images, results):
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
	b.done, b.images, b.spread = ctx.Done(), images, n/r.team.size*r.team.size
	b.results = append(b.results[:0], results...)
	b.broken.Store(false)
	if r.team.size == 1 {
		r.inferImages(b, 0, n, true)
	} else {
		e.batchTogether(r, n)
	}
	broken := b.broken.Load()
	clear(b.results)
	b.done, b.images = nil, nil
	e.end(r)
	if broken {
		return ctx.Err()
	}
	return nil
}

func (e *Engine) batchTogether(r *run, n int) {
	b := &r.batch
	if b.spread > 0 {
		b.runs = append(b.runs[:0], r)
		for len(b.runs) < r.team.size {
			b.runs = append(b.runs, e.begin(0))
		}
		r.team.do(batchWork, b.spread)
		for _, other := range b.runs[1:] {
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
	for i := first; i < last && !b.broken.Load(); i++ {
		floats := r.engine.network.Image
		r.memory[kernel.ImageSpace] = b.images[i*floats : (i+1)*floats]
		if !r.infer(b.done, alone) {
			b.broken.Store(true)
			return
		}
		r.collect(b.results, i)
	}
}
