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
	buffer []float32 // of a window
	held   []float32 // its elements that were not handed out
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
			if r.buffer == nil {
				r.buffer = make([]float32, min(r.window, r.total-r.done))
			}
			r.held = r.buffer[:min(r.window, r.total-r.done)]
			if err := r.pass(r.held, r.done); err != nil {
				return err
			}
		}
	}
	return nil
}

// pieceElements is how much of the file is read at a time: a megabyte, which second-level caches hold.
const pieceElements = 256 << 10

// pass reads the file once and keeps the elements of the result in [from, from+len(to)).
func (r *transposer) pass(to []float32, from int64) error {
	in, err := r.tensor.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	file := &decoder{r: in, kind: r.tensor.Type}
	inner, outer := transposed{1, 1}, r.dims
	if n := len(r.dims); n > 0 {
		inner, outer = r.dims[n-1], r.dims[:n-1]
	}
	index := make([]int64, len(outer))
	piece := make([]float32, min(pieceElements, r.total))
	at, column := -from, int64(0) // the place in to of the row's first element, and the next element's column
	for left := r.total; left > 0; {
		part := piece[:min(int64(len(piece)), left)]
		if err := file.next(part); err != nil {
			return err
		}
		left -= int64(len(part))
		for len(part) > 0 {
			rows, step := int64(1), int64(0)
			n := min(int64(len(part)), inner.size-column) // what is there of the row
			if d := len(outer) - 1; d >= 0 && n == inner.size {
				step = outer[d].step
				rows = min(int64(len(part))/n, outer[d].size-index[d])
			}
			block{part[:rows*n], n, rows, at + column*inner.step, inner.step, step}.scatter(to)
			part = part[rows*n:]
			if column += n; column == inner.size {
				column = 0
				at += advance(index, outer, rows)
			}
		}
	}
	return nil
}

// advance moves an index on by rows of the innermost of some dimensions, which end within it, and returns by how much
// that moves the place in the result.
func advance(index []int64, dims []transposed, rows int64) (moved int64) {
	for d := len(dims) - 1; d >= 0; d-- {
		index[d] += rows
		moved += rows * dims[d].step
		if index[d] < dims[d].size {
			break
		}
		moved -= dims[d].size * dims[d].step
		index[d], rows = 0, 1
	}
	return moved
}

// block is rows of the file whose element [row, column] goes to at + column·step + row·rowStep of the result.
type block struct {
	values        []float32
	columns, rows int64
	at            int64
	step, rowStep int64
}

// scatter puts the elements that lie within to into it. It goes down the columns, for rows of the file are most often
// neighbours in the result: writes stay within few cache lines.
func (b block) scatter(to []float32) {
	first := int64(0) // column that reaches into to
	if reach := b.at + (b.rows-1)*b.rowStep; reach < 0 {
		first = (-reach + b.step - 1) / b.step
	}
	for c := first; c < b.columns; c++ {
		place := b.at + c*b.step
		if place >= int64(len(to)) {
			return
		}
		for r := range b.rows {
			if i := place + r*b.rowStep; i >= 0 && i < int64(len(to)) {
				to[i] = b.values[r*b.columns+c]
			}
		}
	}
}
