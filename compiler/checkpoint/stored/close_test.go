package stored

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// counter opens readers and counts those that are open.
type counter struct {
	data  []byte
	fails int // the opening that fails, from 1
	all   int
	open  int
}

type opened struct {
	*bytes.Reader
	closed func()
}

func (c opened) Close() error {
	c.closed()
	return nil
}

func (c *counter) Open() (io.ReadCloser, error) {
	if c.all++; c.all == c.fails {
		return nil, errors.New("there are too many open files")
	}
	c.open++
	return opened{bytes.NewReader(c.data), func() { c.open-- }}, nil
}

// TestEveryReaderIsClosed reads tensors in every way, whole files and such as end early or cannot be opened again:
// nothing stays open, and nothing is closed twice.
func TestEveryReaderIsClosed(t *testing.T) {
	arranged := func(t *Tensor, axes ...int) *Tensor {
		a, err := t.Arranged(t.Shape, axes)
		if err != nil {
			panic(err)
		}
		return a
	}
	for name, view := range map[string]func(a, b *Tensor) *Tensor{
		"plain":     func(a, _ *Tensor) *Tensor { return a },
		"empty":     func(a, _ *Tensor) *Tensor { a.Shape = []int64{3, 0}; return a },
		"arranged":  func(a, _ *Tensor) *Tensor { return arranged(a, 1, 0) },
		"gathered":  func(a, _ *Tensor) *Tensor { a.Shape, a.Stride = []int64{2, 2}, []int64{2, 3}; return a },
		"scattered": func(a, _ *Tensor) *Tensor { a.Shape, a.Stride = []int64{1, 1}, []int64{5, 5}; return a },
		"joined": func(a, b *Tensor) *Tensor {
			a.Shape, b.Shape = []int64{6}, []int64{6}
			return Join([]*Tensor{a, Zeros(F32, 2), b})
		},
	} {
		for fails := range 4 {
			for size := range 25 {
				c := &counter{data: make([]byte, size), fails: fails}
				make := func() *Tensor { return &Tensor{Name: "w", Type: F32, Shape: []int64{2, 3}, Open: c.Open} }
				values, err := view(make(), make()).Values()
				if c.open != 0 {
					t.Errorf("%s: of %d bytes, opening %d fails: %d readers stay open (%v, %v)", name, size, fails,
						c.open, values, err)
				}
				if whole := size == 24 && fails == 0; whole && err != nil {
					t.Errorf("%s: %v", name, err)
				} else if fails == 1 && c.all > 0 && err == nil && !slices.Equal(values, []float32{}) {
					t.Errorf("%s: it cannot be opened, and there is no error", name)
				}
			}
		}
	}
}

// ender ends with an error, or without.
type ender struct{ err error }

func (c ender) Close() error { return c.err }

// TestJoinedClose: all parts are closed, and the first error is told.
func TestJoinedClose(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	for _, tt := range []struct {
		parts []io.Closer
		want  error
	}{
		{nil, nil}, {[]io.Closer{ender{}, ender{}}, nil}, {[]io.Closer{ender{}, ender{first}}, first},
		{[]io.Closer{ender{first}, ender{}}, first}, {[]io.Closer{ender{first}, ender{second}}, first},
	} {
		if err := (&joined{parts: tt.parts}).Close(); err != tt.want {
			t.Errorf("%v: got %v, want %v", tt.parts, err, tt.want)
		}
	}
}

// TestInexactPlace: an element that float32 cannot hold is named by its place in the tensor, whatever is read at once.
func TestInexactPlace(t *testing.T) {
	data := make([]byte, 8*6)
	copy(data[8*5:], "\x9a\x99\x99\x99\x99\x99\xb9\x3f") // 0.1
	for step := 1; step <= 6; step++ {
		d := &decoder{r: bytes.NewReader(data), kind: F64}
		var err error
		for at := 0; at < 6 && err == nil; at += step {
			err = d.next(make([]float32, min(step, 6-at)))
		}
		if err == nil || !strings.Contains(err.Error(), "0.1 at element 5,") {
			t.Errorf("%d at once: got %v", step, err)
		}
	}
}
