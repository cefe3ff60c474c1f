package engine

import (
	"errors"
	"sync"
	"unsafe"
)

// ErrClosed is what an inference returns after the model was closed.
var ErrClosed = errors.New("the model is closed")

// errOverlap says that results of a batch would be written over images that are still to be read, errSame that one
// result would be written over another.
var (
	errOverlap = errors.New("the results of a batch overlap its images: they need memory of their own")
	errSame    = errors.New("two results overlap: each needs memory of its own")
)

// lifetime counts the inferences of an engine, so that the weights are there as long as one of them may read them. Its
// owner's mutex guards it; begin and end lock that anyway, so that counting costs an inference nothing.
type lifetime struct {
	closed   bool
	underWay int           // inferences, and parts of batches
	over     chan struct{} // closed when none is under way any more; made by who waits
	once     sync.Once     // gives the weights back
	err      error         // of giving them back
}

// left counts an inference that has ended.
func (l *lifetime) left() {
	l.underWay--
	if l.underWay == 0 && l.over != nil {
		close(l.over)
		l.over = nil
	}
}

// Close lets no further inference begin, waits for those under way and gives all memory back. Who calls it again waits
// likewise, and gets the same error.
func (e *Engine) Close() error {
	e.mutex.Lock()
	l := &e.closing
	l.closed = true
	if l.underWay > 0 && l.over == nil {
		l.over = make(chan struct{})
	}
	over := l.over
	e.mutex.Unlock()
	if over != nil {
		<-over
	}
	l.once.Do(func() {
		e.mutex.Lock()
		e.idle, e.weights = nil, nil
		e.mutex.Unlock()
		if e.Release != nil {
			l.err = e.Release()
		}
	})
	return l.err
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
