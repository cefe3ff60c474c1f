package stored

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// walk goes through a strided tensor in row-major order. at is the place of the next element.
type walk struct {
	shape, stride, index []int64
	at                   int64
}

func (w *walk) step() {
	for d := len(w.shape) - 1; d >= 0; d-- {
		w.index[d]++
		w.at += w.stride[d]
		if w.index[d] < w.shape[d] {
			break
		}
		w.at -= w.stride[d] * w.shape[d]
		w.index[d] = 0
	}
}

// gatherer puts a strided tensor that was read into row-major order.
type gatherer struct {
	raw  []float32
	path walk
}

func (g *gatherer) next(values []float32) error {
	for i := range values {
		values[i] = g.raw[g.path.at]
		g.path.step()
	}
	return nil
}

// scattered reads a tensor whose elements lie far apart, as a column of a large matrix does: a window of the file at a
// time, so that what lies between them takes no memory.
type scattered struct {
	r      io.ReaderAt
	kind   Type
	path   walk
	window []byte
	start  int64 // of the window
	buffer [4096]byte
}

func (s *scattered) next(values []float32) error {
	width := s.kind.Size()
	for i := range values {
		from := s.path.at * width
		if from < s.start || from+width > s.start+int64(len(s.window)) {
			n, err := s.r.ReadAt(s.buffer[:], from)
			if int64(n) < width {
				return truncated(err)
			}
			s.window, s.start = s.buffer[:int64(n)/width*width], from
		}
		element := s.window[from-s.start:][:width]
		if s.kind == F32 {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(element))
		} else if widen(values[i:i+1], element, s.kind) == 0 {
			return inexact(element, s.path.at)
		}
		s.path.step()
	}
	return nil
}

// inexact is the error for a float64 that no float32 is equal to.
func inexact(element []byte, at int64) error {
	wide := math.Float64frombits(binary.LittleEndian.Uint64(element))
	return fmt.Errorf("holds the float64 %v at element %d, which float32 cannot hold exactly: "+
		"convert the file to float32",
		wide, at)
}
