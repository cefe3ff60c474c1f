package engine

import (
	"context"
	"runtime"
	"sync/atomic"
)

// batch is a number of images, each input's one behind the other, and their results, as far as one turn goes. In a turn
//
//   - as many images as can be shared out evenly are spread over several runs, one for each worker: each runs whole
//     images, with memory of its own and nobody to wait for;
//   - the rest run one after the other on all workers.
//
// If somebody waits for a turn, each worker finishes the image at hand, and the batch waits for another turn, behind
// them. Between images it lets other goroutines run, too: a single request waits for one image and not for a batch.
type batch struct {
	engine  *Engine
	done    <-chan struct{}
	inputs  [][]float32
	pixels  []uint8 // in place of inputs, unless nil
	results [][]float32
	wanted  uint64       // of the results: see run
	first   int          // of the turn
	end     int          // of the images that are spread
	next    atomic.Int64 // of those, to be taken
	runs    []*run       // that they are spread over; that of the leader is first
	broken  atomic.Bool
	beyond  atomic.Bool // a value was: see inRange
}

// InferBatch runs n images, each input's one behind the other, as the results lie: inputs[i] is [n, channels, height,
// width] of the i-th input, results[k] n times the floats of the k-th output. A result whose slice is nil is not
// wanted. The results must not overlap the inputs, unless there is a single image. The error is that of Infer.
func (e *Engine) InferBatch(ctx context.Context, n int, inputs, results [][]float32) error {
	return e.inferAll(ctx, n, inputs, nil, results)
}

// inferAll is InferBatch and InferPixels: the images are inputs or, if there are any, pixels. It takes turns until all
// are done. Between two of them it gives its run back, so that whoever waits comes first, but keeps the weights, so
// that the whole batch has been computed with the same.
func (e *Engine) inferAll(
	ctx context.Context, n int, inputs [][]float32, pixels []uint8, results [][]float32,
) error {
	if n == 1 {
		return e.inferOne(ctx, inputs, pixels, results)
	}
	wanted, some := wantedOf(results)
	switch {
	case !some && n > 0:
		return errNothing
	case overlapAny(inputs, results):
		return errOverlap
	case entangled(results):
		return errSame
	}
	r, err := e.enter(ctx, nil)
	if err != nil {
		return err
	}
	defer e.region(ctx).End()
	s := r.store
	e.mutex.Lock()
	s.users++ // between turns, too
	e.mutex.Unlock()
	defer e.unpin(s)
	if n == 0 {
		e.endAfter(r, 0, true)
		return ctx.Err()
	}
	for first := 0; ; {
		begin := first
		b := &r.batch
		b.wanted, b.results = wanted, append(b.results[:0], results...)
		b.inputs, b.pixels = append(b.inputs[:0], inputs...), pixels
		first = e.turn(ctx, r, begin, n)
		broken := r.batch.broken.Load()
		err := r.sound()
		if err == nil && r.batch.beyond.Load() {
			err = errBeyond
		}
		over := err != nil || broken || first == n
		e.endAfter(r, first-begin, over)
		switch {
		case err != nil:
			return err
		case broken:
			return ctx.Err()
		case over:
			return nil
		}
		if r, err = e.enter(ctx, s); err != nil {
			e.leave()
			return err
		}
	}
}

// leave counts a call as over that has no run.
func (e *Engine) leave() {
	e.mutex.Lock()
	e.stats.underWay--
	e.mutex.Unlock()
}

// turn runs images from the first on, and returns where it has come to: to the end, unless somebody waits or the
// context ends.
func (e *Engine) turn(ctx context.Context, r *run, first, n int) int {
	b := &r.batch
	b.engine, b.done, b.first = e, ctx.Done(), first
	b.broken.Store(false)
	b.beyond.Store(false)
	at := e.spread(r, n)
	for ; at < n && !b.stop(at); at++ {
		if !r.inferImage(b, at, r.team.size == 1) {
			break
		}
		runtime.Gosched()
	}
	clear(b.inputs)
	clear(b.results)
	b.pixels, b.done = nil, nil
	return at
}

// spread spreads images over as many runs as there are workers and the limit allows, and returns where it has come to.
func (e *Engine) spread(r *run, n int) int {
	b := &r.batch
	b.runs = append(b.runs[:0], r)
	for len(b.runs) < min(r.team.size, n-b.first) {
		other := e.another(r.store)
		if other == nil {
			break
		}
		b.runs = append(b.runs, other)
	}
	some := len(b.runs)
	if some > 1 {
		b.end = b.first + (n-b.first)/some*some
		b.next.Store(int64(b.first))
		r.team.do(batchWork, some)
	} else {
		b.end = b.first
	}
	for _, other := range b.runs[1:] {
		if other.gone.Load() {
			r.gone.Store(true)
		}
		e.end(other)
	}
	clear(b.runs)
	if some == 1 {
		return b.first
	}
	return min(int(b.next.Load()), b.end)
}

// take is a worker's part: it takes images, one after the other, and runs them.
func (b *batch) take(r *run) {
	for !b.stop(int(b.next.Load())) {
		i := int(b.next.Add(1)) - 1
		if i >= b.end || !r.inferImage(b, i, true) {
			return
		}
		runtime.Gosched()
	}
}

// stop reports whether no further image is to begin: the context has ended, or others wait and the turn has had one.
func (b *batch) stop(at int) bool {
	return b.broken.Load() || at > b.first && b.engine.queue.hungry.Load() > 0
}

// inferImage runs one image of a batch, with the run's own team or alone, and reports whether it came to the end.
func (r *run) inferImage(b *batch, i int, alone bool) bool {
	r.wanted = b.wanted
	r.set(b.inputs, b.pixels, i)
	if !r.infer(b.done, alone) {
		b.broken.Store(true)
		return false
	}
	if r.inRange(b.inputs, i) != nil {
		b.beyond.Store(true)
		b.broken.Store(true)
		return false
	}
	r.collect(b.results, i)
	return true
}
