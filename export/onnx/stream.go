package onnx

import (
	"fmt"
	"io"
	"runtime"
)

// writeParts writes pieces of a file in order. Tensors are read, or computed, a few ahead of the one that is being written,
// and then forgotten, so that the weights are never in memory together. progress, unless nil, is told how many bytes of
// tensors are written.
func writeParts(w io.Writer, parts []part, progress func(bytes int)) error {
	var tensors []*tensor
	for _, p := range parts {
		if p.tensor != nil {
			tensors = append(tensors, p.tensor)
		}
	}
	ahead := loadAhead(tensors, runtime.GOMAXPROCS(0))
	defer ahead.stop()
	var buffer []byte
	for _, p := range parts {
		if p.tensor == nil {
			if _, err := w.Write(p.bytes); err != nil {
				return err
			}
			continue
		}
		values, err := ahead.next()
		if err != nil {
			return err
		}
		if buffer, err = p.tensor.write(w, values, buffer); err != nil {
			return err
		}
		if progress != nil {
			progress(p.tensor.size())
		}
	}
	return nil
}

// pieceLength is how many elements are encoded at once.
const pieceLength = 64 << 10

// write encodes the values a piece at a time. The buffer is returned to be used again.
func (t *tensor) write(w io.Writer, values []float32, buffer []byte) ([]byte, error) {
	if len(values) != elements(t.shape) {
		return buffer, fmt.Errorf("the parameter %s of shape %v has %d values, not %d", t.name, t.shape, len(values), elements(t.shape))
	}
	for len(values) > 0 {
		n := min(len(values), pieceLength)
		var err error
		if buffer, err = t.element.appendElements(buffer[:0], values[:n]); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		if _, err = w.Write(buffer); err != nil {
			return buffer, err
		}
		values = values[n:]
	}
	return buffer, nil
}

// ahead loads tensors in order, several at a time, no further ahead than its queue is long.
type ahead struct {
	queue chan chan loaded // one for each tensor, in order
	done  chan struct{}
}

type loaded struct {
	values []float32
	err    error
}

func loadAhead(tensors []*tensor, workers int) *ahead {
	a := &ahead{queue: make(chan chan loaded, workers), done: make(chan struct{})}
	go func() {
		defer close(a.queue)
		for _, t := range tensors {
			result := make(chan loaded, 1)
			select {
			case a.queue <- result:
			case <-a.done:
				return
			}
			go func() {
				values, err := t.load()
				result <- loaded{values, err}
			}()
		}
	}()
	return a
}

func (a *ahead) next() ([]float32, error) {
	result := <-<-a.queue
	return result.values, result.err
}

func (a *ahead) stop() { close(a.done) }
