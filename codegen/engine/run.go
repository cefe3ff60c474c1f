package engine

import "time"

// step is one row of the table that is the network.
type step struct {
	name    string // path of what a person wrote
	what    string // what it does, in a few words
	flops   int64  // floating-point operations
	bytes   int64  // of everything it reads and writes
	items   int    // how many its work is cut into
	scratch int    // floats that each worker needs to work in
	do      func(r *run, worker, first, last int)
}

// place is a range of floats in the arena.
type place struct{ offset, length int }

// network is what the generated code tells of itself.
type network struct {
	steps   []step
	image   int // floats
	arena   int // floats
	results []place
}

// run is one inference under way, or the memory for one.
type run struct {
	network *network
	image   []float32 // the caller's, only read
	arena   []float32
	weights []float32
	scratch [][]float32     // one for each worker
	times   []time.Duration // of each step; nil without a profile
	count   int             // inferences that times is of
	team    *team
	batch   batch
}

// batchWork is what the team's call says when workers run whole images each.
const batchWork = 1<<32 - 3

func newRun(n *network, weights []float32, workers int, profiled bool) *run {
	r := &run{network: n, weights: weights, arena: alignedFloats(n.arena), scratch: make([][]float32, workers)}
	floats := 0
	for i := range n.steps {
		floats = max(floats, n.steps[i].scratch)
	}
	for i := range r.scratch {
		r.scratch[i] = alignedFloats(floats)
	}
	if profiled {
		r.times = make([]time.Duration, len(n.steps))
	}
	r.team = newTeam(workers, r.work)
	return r
}

// work is a worker's part in a called phase.
func (r *run) work(worker int, call uint64) {
	if uint32(call) == batchWork {
		images := r.batch.spread
		r.team.each(worker, call, images, images, func(first, last int) { r.batchImages(worker, first, last) })
		return
	}
	s := &r.network.steps[uint32(call)]
	r.refresh(worker)
	r.team.each(worker, call, s.items, pieces, func(first, last int) { s.do(r, worker, first, last) })
}

// refresh tells a worker's part in a step that nothing in the scratch is its own: the first float is zero. Later parts find what it left.
func (r *run) refresh(worker int) {
	if scratch := r.scratch[worker]; len(scratch) > 0 {
		scratch[0] = 0
	}
}

// infer goes through the steps, with the team or alone. It looks before each whether done is closed, and reports whether
// it came to the end.
func (r *run) infer(done <-chan struct{}, alone bool) bool {
	if r.times != nil {
		return r.inferTimed(done, alone)
	}
	for i := range r.network.steps {
		if closed(done) {
			return false
		}
		r.step(i, alone)
	}
	return true
}

func (r *run) inferTimed(done <-chan struct{}, alone bool) bool {
	for i := range r.network.steps {
		if closed(done) {
			return false
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
	s := &r.network.steps[i]
	if alone || r.team.size == 1 || s.items <= 1 {
		r.refresh(0)
		s.do(r, 0, 0, s.items)
		return
	}
	r.team.do(uint32(i), s.items)
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

// collect copies the results of the i-th of several images to the caller.
func (r *run) collect(results [][]float32, i int) {
	for k, at := range r.network.results {
		copy(results[k][i*at.length:(i+1)*at.length], r.arena[at.offset:at.offset+at.length])
	}
}
