package engine

import (
	"errors"
	"unsafe"
)

// ErrClosed is what an inference returns after the model was closed.
var ErrClosed = errors.New("the model is closed")

// errOverlap says that results of a batch would be written over images that are still to be read, errSame that one
// result would be written over another.
var (
	errOverlap = errors.New("the results of a batch overlap its images: they need memory of their own")
	errSame    = errors.New("two results overlap: each needs memory of its own")
	errNothing = errors.New("no output is wanted: all are nil")
)

// lifetime counts the users of an engine's weights, so that these are there as long as one of them may read them. The
// engine's mutex guards it, which begin and end of an inference lock anyway, so that counting costs it nothing.
type lifetime struct {
	closed bool
	stores int           // that have not been given back
	bytes  int64         // of these
	over   chan struct{} // closed when there are none any more; made by Close
	err    error         // of the first that could not be given back
}

// pinLocked returns the weights for who comes now, who unpins them. The mutex is locked.
func (e *Engine) pinLocked() *store {
	e.current.users++
	return e.current
}

// unpinLocked counts a user of weights that is done, with the mutex locked. If it was the last, it returns true, and
// the caller frees them without the mutex.
func (e *Engine) unpinLocked(s *store) bool {
	s.users--
	return s.users == 0
}

// free gives weights back that nobody uses any more.
func (e *Engine) free(s *store) {
	bytes := s.size()
	err := s.free()
	e.mutex.Lock()
	l := &e.life
	if l.err == nil {
		l.err = err
	}
	l.stores--
	l.bytes -= bytes
	if l.closed && l.stores == 0 {
		close(l.over)
	}
	e.mutex.Unlock()
}

// Close lets no further inference begin, waits for those under way and gives all memory back. Who calls it again waits
// likewise, and gets the same error.
func (e *Engine) Close() error {
	e.mutex.Lock()
	l := &e.life
	last := false
	if !l.closed {
		l.closed, l.over = true, make(chan struct{})
		e.queue.refuse()
		e.dropLocked()
		last = e.unpinLocked(e.current)
	}
	e.mutex.Unlock()
	if last {
		e.free(e.current)
	}
	<-l.over
	return l.err
}

// Swap has those who come use the weights in a file, which must be packed for this network and are checked before. The
// weights that they replace are given back when the last inference with them has ended.
func (e *Engine) Swap(path string) error {
	s, err := e.openStore(path)
	if err != nil {
		return err
	}
	if err := s.verify(mostChecking); err != nil {
		s.free()
		return err
	}
	if err := s.bind(e); err != nil {
		return err
	}
	e.mutex.Lock()
	if e.life.closed {
		e.mutex.Unlock()
		s.free()
		return ErrClosed
	}
	old := e.current
	e.use(s)
	last := e.unpinLocked(old)
	e.mutex.Unlock()
	if last {
		e.free(old)
	}
	return nil
}

// use makes weights the current ones. The mutex is locked, or nobody else knows the engine yet.
func (e *Engine) use(s *store) {
	s.users = 1 // the engine
	e.current = s
	e.life.stores++
	e.life.bytes += s.size()
}

// Verify reads the weights in use and returns an error, which is ErrWeights, if they are damaged or their file was
// written to.
func (e *Engine) Verify() error {
	e.mutex.Lock()
	if e.life.closed {
		e.mutex.Unlock()
		return ErrClosed
	}
	s := e.pinLocked()
	e.mutex.Unlock()
	err := s.verify(mostChecking)
	e.unpin(s)
	return err
}

// unpin is unpinLocked for who has not the mutex.
func (e *Engine) unpin(s *store) {
	e.mutex.Lock()
	last := e.unpinLocked(s)
	e.mutex.Unlock()
	if last {
		e.free(s)
	}
}

// verifyLater verifies weights in the background, on a goroutine that ends with that. What it finds, inferences return.
func (e *Engine) verifyLater() {
	s := e.pinLocked()
	go func() {
		var wrong *weightsError
		if errors.As(s.verify(1), &wrong) {
			s.wrong.Store(wrong)
		}
		e.unpin(s)
	}()
}

// overlapAny reports whether any of the results shares memory with any of the inputs.
func overlapAny(inputs, results [][]float32) bool {
	for _, in := range inputs {
		if overlap(in, results) {
			return true
		}
	}
	return false
}

// overlap reports whether any of the results shares memory with the images.
func overlap(images []float32, results [][]float32) bool {
	for _, r := range results {
		if len(r) > 0 && len(images) > 0 && beginOf(r) < endOf(images) && beginOf(images) < endOf(r) {
			return true
		}
	}
	return false
}

// entangled reports whether any of the results share memory with each other.
func entangled(results [][]float32) bool {
	for i, r := range results {
		if overlap(r, results[:i]) {
			return true
		}
	}
	return false
}

// beginOf and endOf are the addresses of the first float and of what lies behind the last one.
func beginOf(s []float32) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(s))) }
func endOf(s []float32) uintptr   { return beginOf(s) + uintptr(len(s))*unsafe.Sizeof(float32(0)) }
