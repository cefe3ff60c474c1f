package engine

import "runtime"

// Workers are the goroutines that share an inference: the caller and helpers, of which the engine has one less than
// workers. They go to whoever begins first: an inference that finds none left runs alone. The engine's mutex guards how
// many are at work.

// SetWorkers changes the number of workers, for inferences and batches that begin from then on. Less than one stands
// for as many as GOMAXPROCS says, and follows it.
func (e *Engine) SetWorkers(n int) {
	e.mutex.Lock()
	e.options.workers = max(n, 0)
	e.mutex.Unlock()
}

// workersLocked returns how many there are now.
func (e *Engine) workersLocked() int {
	if n := e.options.workers; n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0) // which follows the limit of a container from Go 1.25 on
}

// hireLocked takes all helpers that are free.
func (e *Engine) hireLocked() (helpers int) {
	helpers = max(e.workersLocked()-1-e.helping, 0)
	e.helping += helpers
	return helpers
}
