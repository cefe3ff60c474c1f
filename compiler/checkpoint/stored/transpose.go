package stored

import (
	"fmt"
	"slices"
)

// Arranged returns the tensor with its dimensions in another order. view is the tensor's own shape, in which a
// dimension may be split into several and ones may stand anywhere; axes names, for each dimension of the result, the
// one of view that it is.
//
//	t [3, 3, 8, 16] (HWIO)   view [3, 3, 8, 16]      axes 3 2 0 1     result [16, 8, 3, 3] (OIHW)
//	t [256, 10] (IO)         view [4, 4, 16, 10]     axes 3 2 0 1     result [10, 16, 4, 4]
func (t *Tensor) Arranged(view []int64, axes []int) (*Tensor, error) {
	stride, ok := t.split(view)
	if !ok {
		return nil, t.wrap(fmt.Errorf("of shape %s does not divide into %s", Brief(t.Shape), Brief(view)))
	}
	result := *t
	result.Shape, result.Stride = make([]int64, len(axes)), make([]int64, len(axes))
	for i, a := range axes {
		result.Shape[i], result.Stride[i] = view[a], stride[a]
	}
	return &result, nil
}

// split returns the strides of view, whose dimensions are the tensor's or divide them.
func (t *Tensor) split(view []int64) (strides []int64, ok bool) {
	shape, stride := t.Shape, t.Stride
	if stride == nil {
		stride = denseStrides(shape)
	}
	strides = make([]int64, len(view))
	at := len(view)
	for d := len(shape) - 1; d >= 0; d-- {
		step, left := stride[d], shape[d]
		for left != 1 { // from the innermost part on
			if at--; at < 0 || view[at] <= 0 || left%view[at] != 0 {
				return nil, false
			}
			strides[at] = step
			step *= view[at]
			left /= view[at]
		}
	}
	for _, d := range view[:at] {
		if d != 1 {
			return nil, false
		}
	}
	return strides, true
}

// denseStrides returns the strides of row-major order.
func denseStrides(shape []int64) []int64 {
	strides := make([]int64, len(shape))
	step := int64(1)
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
	return strides
}

// windowElements bounds what is held of a transposed tensor: 64 MiB.
const windowElements = 16 << 20

// transposer reads a tensor whose elements lie in the file in another order of its dimensions, each once. It goes
// through the file from the start for every window of the result, which is the whole tensor for all but the largest:
//
//	file    a0 b0 | a1 b1 | a2 b2      rows of the innermost dimension, [3, 2]
//	result  a0 a1 a2 | b0 b1 b2        [2, 3], here with a window of three elements
//	passes      1         2
type transposer struct {
	tensor *Tensor
	dims   []transposed // as they lie in the file, the outermost first; those of one element left out
	total  int64
	window int64
	done   int64     // elements of the result that were handed out
	held   []float32 // the window's elements that were not
}

// transposed is a dimension: its size, and the distance of neighbours in the result.
type transposed struct{ size, step int64 }

// newTransposer returns nil where the strides are not those of row-major order with its dimensions permuted.
func newTransposer(t *Tensor) *transposer {
	type dimension struct{ size, inFile, inResult int64 }
	var dims []dimension
	total := int64(1)
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] != 1 {
			dims = append(dims, dimension{t.Shape[i], t.Stride[i], total})
		}
		total *= t.Shape[i]
	}
	slices.SortFunc(dims, func(a, b dimension) int { return int(min(1, max(-1, a.inFile-b.inFile))) })
	r := &transposer{tensor: t, total: total, window: windowElements}
	step := int64(1)
	for _, d := range dims {
		if d.inFile != step {
			return nil
		}
		step *= d.size
		r.dims = append(r.dims, transposed{d.size, d.inResult})
	}
	slices.Reverse(r.dims)
	return r
}

// next fills values with the next elements of the result.
func (r *transposer) next(values []float32) error {
	for len(values) > 0 {
		switch {
		case len(r.held) > 0:
			n := copy(values, r.held)
			values, r.held = values[n:], r.held[n:]
			r.done += int64(n)
		case int64(len(values)) >= min(r.window, r.total-r.done): // without a copy
			if err := r.pass(values, r.done); err != nil {
				return err
			}
			r.done += int64(len(values))
			return nil
		default:
			held, err := growing(min(r.window, r.total-r.done), r.passes(r.done))
			if err != nil {
				return err
			}
			r.held = held
		}
	}
	return nil
}

// passes returns a reader of the elements from one on.
func (r *transposer) passes(from int64) func([]float32) error {
	return func(to []float32) error {
		err := r.pass(to, from)
		from += int64(len(to))
		return err
	}
}

// pass reads the file once and keeps the elements of the result in [from, from+len(to)).
func (r *transposer) pass(to []float32, from int64) error {
	in, err := r.tensor.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	file := &decoder{r: in, kind: r.tensor.Type}
	inner := transposed{1, 1}
	outer := r.dims
	if n := len(r.dims); n > 0 {
		inner, outer = r.dims[n-1], r.dims[:n-1]
	}
	index := make([]int64, len(outer))
	piece := make([]float32, min(64<<10, r.total))
	first, column := -from, int64(0) // the place in to of the row's first element, and the next element's column
	for left := r.total; left > 0; {
		part := piece[:min(int64(len(piece)), left)]
		if err := file.next(part); err != nil {
			return err
		}
		left -= int64(len(part))
		for len(part) > 0 {
			n := min(int64(len(part)), inner.size-column)
			scatter(to, part[:n], first+column*inner.step, inner.step)
			part = part[n:]
			if column += n; column < inner.size {
				continue
			}
			column = 0
			for d := len(outer) - 1; d >= 0; d-- {
				index[d]++
				first += outer[d].step
				if index[d] < outer[d].size {
					break
				}
				first -= outer[d].step * outer[d].size
				index[d] = 0
			}
		}
	}
	return nil
}

// scatter puts values at every step-th place from at on, those that lie within to.
func scatter(to, values []float32, at, step int64) {
	if at < 0 {
		skip := (-at + step - 1) / step
		if skip >= int64(len(values)) {
			return
		}
		values, at = values[skip:], at+skip*step
	}
	for _, v := range values {
		if at >= int64(len(to)) {
			return
		}
		to[at] = v
		at += step
	}
}
