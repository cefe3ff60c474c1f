package engine

import (
	"context"
	"sync"
	"sync/atomic"
)

// engine runs a network: it has the weights, which all inferences share, and keeps the memory of those that are over for
// those to come, so that once warm nothing is allocated.
type engine struct {
	network *network
	weights []float32
	options options
	close   func() error // gives the weights' memory back; nil when that is nobody's business

	mutex   sync.Mutex
	idle    []*run  // guarded by mutex
	helpers int     // not at work, guarded by mutex
	profile Profile // guarded by mutex
}

func newEngine(n *network, weights []float32, opts []Option) *engine {
	e := &engine{network: n, weights: weights, options: optionsOf(opts)}
	e.helpers = e.options.workers - 1
	return e
}

// begin returns a run with up to so many helpers. They go to whoever begins first: an inference that finds none left
// runs alone.
func (e *engine) begin(helpers int) *run {
	e.mutex.Lock()
	helpers = min(helpers, e.helpers)
	e.helpers -= helpers
	var r *run
	if n := len(e.idle); n > 0 {
		r, e.idle = e.idle[n-1], e.idle[:n-1]
	}
	e.mutex.Unlock()
	if r == nil {
		r = newRun(e.network, e.weights, e.options.workers, e.options.profiled)
	}
	r.team.begin(helpers)
	return r
}

// end gives a run and its helpers back.
func (e *engine) end(r *run) {
	helpers := r.team.size - 1
	r.team.end()
	r.image = nil
	e.mutex.Lock()
	e.helpers += helpers
	if r.count > 0 {
		e.addTimes(r)
	}
	e.idle = append(e.idle, r)
	e.mutex.Unlock()
}

// infer runs one image.
func (e *engine) infer(ctx context.Context, image []float32, results ...[]float32) error {
	r := e.begin(e.options.workers - 1)
	r.image = image
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

// inferBatch runs n images. As many as can be shared out evenly are: each worker runs whole images, with an arena of its own
// and nobody to wait for. The rest run one after the other on all workers.
func (e *engine) inferBatch(ctx context.Context, n int, images []float32, results ...[]float32) error {
	if n == 0 {
		return ctx.Err()
	}
	r := e.begin(e.options.workers - 1)
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

func (e *engine) batchTogether(r *run, n int) {
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
		r.image = b.images[i*r.network.image : (i+1)*r.network.image]
		if !r.infer(b.done, alone) {
			b.broken.Store(true)
			return
		}
		r.collect(b.results, i)
	}
}
