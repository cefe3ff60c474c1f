package onnx

import (
	"fmt"
	"io"
	"runtime"
	"sync"
)

// writeParts writes pieces of a file in order. While a tensor is written, this and the next ones are read, or computed,
// a piece at a time, so that no more than pieces of them are ever in memory. progress, unless nil, is told how many
// bytes of tensors are written.
func writeParts(w io.Writer, parts []part, progress func(bytes int)) error {
	var tensors []*tensor
	for _, p := range parts {
		if p.tensor != nil {
			tensors = append(tensors, p.tensor)
		}
	}
	ahead := loadAhead(tensors, runtime.GOMAXPROCS(0))
	defer ahead.stop()
	for _, p := range parts {
		if p.tensor == nil {
			if _, err := w.Write(p.bytes); err != nil {
				return err
			}
			continue
		}
		for piece := range <-ahead.tensors {
			if piece.err != nil {
				return piece.err
			}
			if _, err := w.Write(piece.data); err != nil {
				return err
			}
			if progress != nil {
				progress(len(piece.data))
			}
			ahead.buffers.Put(piece.buffer)
		}
	}
	return nil
}

// pieceLength is how many elements are read at once: few enough to stay in a processor's cache until they are written.
const pieceLength = 64 << 10

// piecesAhead is how many pieces of a tensor may wait to be written.
const piecesAhead = 8

// ahead loads the pieces of tensors, several tensors at a time.
type ahead struct {
	tensors chan chan piece // in order
	buffers sync.Pool       // of *[pieceLength]float32
	done    chan struct{}
}

type piece struct {
	data   []byte // in the buffer's memory
	buffer *[pieceLength]float32
	err    error
}

func loadAhead(tensors []*tensor, workers int) *ahead {
	a := &ahead{
		tensors: make(chan chan piece, workers-1), // and one that is being written
		buffers: sync.Pool{New: func() any { return new([pieceLength]float32) }},
		done:    make(chan struct{}),
	}
	go func() {
		for _, t := range tensors {
			pieces := make(chan piece, piecesAhead)
			select {
			case a.tensors <- pieces:
			case <-a.done:
				return
			}
			go func() {
				defer close(pieces)
				if err := a.load(t, pieces); err != nil {
					a.send(pieces, piece{err: err})
				}
			}()
		}
	}()
	return a
}

// load reads a tensor and encodes it.
func (a *ahead) load(t *tensor, pieces chan piece) error {
	read, err := t.open()
	if err != nil {
		return err
	}
	for left := elements(t.shape); left > 0; {
		p := piece{buffer: a.buffers.Get().(*[pieceLength]float32)}
		values := p.buffer[:min(left, pieceLength)]
		if err := read(values); err != nil {
			return err
		}
		if p.data, err = t.element.encode(values); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if !a.send(pieces, p) {
			return nil
		}
		left -= len(values)
	}
	return nil
}

// send reports whether the piece is still wanted.
func (a *ahead) send(pieces chan piece, p piece) bool {
	select {
	case pieces <- p:
		return true
	case <-a.done:
		return false
	}
}

func (a *ahead) stop() { close(a.done) }
