package stored

import (
	"io"
	"strings"
)

// Join returns the vector of the elements of several vectors of one type, one behind the other.
func Join(parts []*Tensor) *Tensor {
	var names []string
	elements := int64(0)
	for _, p := range parts {
		n, _ := Elements(p.Shape) // its reader says what is wrong
		elements += n
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	open := func() (io.ReadCloser, error) {
		j := &joined{}
		for _, p := range parts {
			r, err := p.Open()
			if err != nil {
				j.Close()
				return nil, err
			}
			n, _ := Elements(p.Shape)
			j.parts = append(j.parts, r)
			j.readers = append(j.readers, io.LimitReader(r, n*p.Type.Size()))
		}
		j.Reader = io.MultiReader(j.readers...)
		return j, nil
	}
	return &Tensor{Name: strings.Join(names, ", "), Type: parts[0].Type, Shape: []int64{elements}, Open: open}
}

// joined reads parts, each from its first byte to its own end.
type joined struct {
	io.Reader
	readers []io.Reader
	parts   []io.Closer
}

func (j *joined) Close() (err error) {
	for _, p := range j.parts {
		if e := p.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Zeros returns a vector without a name that is in no file.
func Zeros(kind Type, n int64) *Tensor {
	open := func() (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }
	return &Tensor{Type: kind, Shape: []int64{n}, Open: open}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
