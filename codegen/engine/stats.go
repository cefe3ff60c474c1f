package engine

import (
	"time"
	"unsafe"
)

// Stats are figures of a model for those who watch a service. They have no name of their own, so that they are the same
// type in every generated package. All but UnderWay, Waiting and Memory only grow.
type Stats = struct {
	Inferences int64         // images that the network has run on to the end
	UnderWay   int64         // calls that have begun, batches among them
	Waiting    int64         // calls that wait for their turn: see WithMaxInferences
	Time       time.Duration // that calls have taken since their turn came
	Waited     time.Duration // that calls have waited for their turn
	Memory     MemoryUse
}

// MemoryUse is what a model takes, in bytes. Weights that are mapped, or part of the program, count although other
// processes may share them. What begins at a multiple of two megabytes, to lie in large pages, may take as much more of
// Go's heap, which does not count here: nothing is there.
type MemoryUse = struct {
	Weights      int64 // also of those that Swap has replaced and an inference still uses
	PerInference int64 // of one inference under way; images of a batch that run at the same time need it each
	Held         int64 // of all inferences under way, and kept for those to come
	Limit        int64 // that Held can be at most; 0 without WithMaxInferences
}

// counters are what Stats is made of; the engine's mutex guards them.
type counters struct {
	inferences int64
	underWay   int64
	taken      time.Duration
	waited     time.Duration
}

// Stats returns the engine's figures.
func (e *Engine) Stats() Stats {
	memory := e.Memory()
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return Stats{
		Inferences: e.stats.inferences, UnderWay: e.stats.underWay, Waiting: int64(len(e.queue.waiting)),
		Time: e.stats.taken, Waited: e.stats.waited, Memory: memory,
	}
}

// Memory returns what the engine takes.
func (e *Engine) Memory() MemoryUse {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	per := e.runBytes(max(e.most, e.workersLocked()))
	return MemoryUse{
		Weights: e.life.bytes, PerInference: per, Held: e.held.Load(), Limit: int64(e.queue.limit) * per,
	}
}

// floatBytes is the size of a float.
const floatBytes = int64(unsafe.Sizeof(float32(0)))

// runBytes returns the size of a run with memory for so many workers.
func (e *Engine) runBytes(workers int) int64 {
	floats := workers * e.scratch
	if e.network.Pixels != nil {
		floats += e.network.Inputs[0]
	}
	return int64(e.network.Arena) + floatBytes*int64(floats)
}
