package verify

import (
	"fmt"
	"slices"
)

// around returns how many blocks lie before an axis, and the elements of one index of it.
func around(dims []int64, axis int) (outer, inner int) {
	before, _ := elements(dims[:axis])
	behind, _ := elements(dims[axis+1:])
	return int(before), int(behind)
}

// gather makes a value of elements of another: those whose places visit is to be called with, in order.
func gather(x Array, count int, each func(take func(place int))) Array {
	var y Array
	if x.Type.isFloat() {
		y.Floats = make([]float64, 0, count)
		each(func(place int) { y.Floats = append(y.Floats, x.Floats[place]) })
		return y
	}
	y.Ints = make([]int64, 0, count)
	each(func(place int) { y.Ints = append(y.Ints, x.Ints[place]) })
	return y
}

// runSame is for operators whose result has the elements of the input in the same order.
func runSame(o *operation) ([]Array, error) { return []Array{o.values[0]}, nil }

func inferConcat(c *call) ([]typed, error) {
	if err := c.sameKinds(len(c.in)); err != nil {
		return nil, err
	}
	out := slices.Clone(c.in[0].dims)
	if c.attribute("axis") == nil {
		return nil, fmt.Errorf("axis is missing")
	}
	at, err := axis(c.int("axis", 0), len(out), int64(len(out))-1)
	if err != nil {
		return nil, err
	}
	if err := c.backwards(c.int("axis", 0)); err != nil {
		return nil, err
	}
	for _, v := range c.in[1:] {
		if len(v.dims) != len(out) {
			return nil, fmt.Errorf("%v and %v cannot be joined", c.in[0].dims, v.dims)
		}
		for i, d := range v.dims {
			if i == at {
				out[i] += d
			} else if d != out[i] {
				return nil, fmt.Errorf("%v and %v cannot be joined along axis %d", c.in[0].dims, v.dims, at)
			}
		}
	}
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

func runConcat(o *operation) ([]Array, error) {
	at, err := axis(o.int("axis", 0), len(o.out[0].dims), int64(len(o.out[0].dims))-1)
	if err != nil {
		return nil, err
	}
	outer, inner := around(o.out[0].dims, at)
	y := Array{}
	for i := range outer {
		for _, v := range o.values {
			length := int(v.Dims[at]) * inner
			if v.Type.isFloat() {
				y.Floats = append(y.Floats, v.Floats[i*length:(i+1)*length]...)
			} else {
				y.Ints = append(y.Ints, v.Ints[i*length:(i+1)*length]...)
			}
		}
	}
	return []Array{y}, nil
}

// rowMajor returns how far apart the neighbours along each axis lie.
func rowMajor(dims []int64) []int64 {
	steps := make([]int64, len(dims))
	step := int64(1)
	for i := len(dims) - 1; i >= 0; i-- {
		steps[i] = step
		step *= dims[i]
	}
	return steps
}

func inferFlatten(c *call) ([]typed, error) {
	dims := c.in[0].dims
	at, err := axis(c.int("axis", 1), len(dims), int64(len(dims)))
	if err != nil {
		return nil, err
	}
	if a := c.int("axis", 1); a < 0 && c.opset < countsBack {
		return nil, fmt.Errorf("the axis is %d, but is counted from the end from opset %d on only", a, countsBack)
	}
	rows, err := elements(dims[:at])
	if err != nil {
		return nil, err
	}
	columns, err := elements(dims[at:])
	return one(typed{kind: c.in[0].kind, dims: []int64{rows, columns}}, err)
}

func inferCast(c *call) ([]typed, error) {
	to := ElementType(c.int("to", 0))
	switch {
	case c.attribute("to") == nil:
		return nil, fmt.Errorf("to is missing")
	case !to.isKnown():
		return nil, Uncovered("%s is not computed with here", to)
	}
	return one(typed{kind: to, dims: c.in[0].dims}, nil)
}

func runCast(o *operation) ([]Array, error) {
	x, to := o.values[0], o.out[0].kind
	var y Array
	switch {
	case x.Type.isFloat() && to.isFloat():
		y.Floats = slices.Clone(x.Floats)
	case to.isFloat():
		y.Floats = make([]float64, len(x.Ints))
		for i, v := range x.Ints {
			y.Floats[i] = float64(v)
			if x.Type == Uint64 {
				y.Floats[i] = float64(uint64(v))
			}
		}
	case x.Type.isFloat():
		y.Ints = make([]int64, len(x.Floats))
		for i, v := range x.Floats {
			y.Ints[i] = to.wrap(int64(v)) // toward zero; beyond the range, ONNX leaves it open
			if to == Bool && v != 0 {
				y.Ints[i] = 1
			}
		}
	default:
		y.Ints = make([]int64, len(x.Ints))
		for i, v := range x.Ints {
			y.Ints[i] = to.wrap(v)
		}
	}
	return []Array{y}, nil
}

// order returns the axes of the input in the order of the result's: without perm, the last first.
func (c *call) order() ([]int64, error) {
	rank := len(c.in[0].dims)
	if a := c.attribute("perm"); a == nil {
		perm := make([]int64, rank)
		for i := range perm {
			perm[i] = int64(rank - 1 - i)
		}
		return perm, nil
	}
	perm, err := c.ints("perm", rank, 0)
	if err != nil {
		return nil, err
	}
	used := make([]bool, rank)
	for _, p := range perm {
		if p >= int64(rank) || used[p] {
			return nil, fmt.Errorf("perm %v is no order of %d axes", perm, rank)
		}
		used[p] = true
	}
	return perm, nil
}

func inferTranspose(c *call) ([]typed, error) {
	perm, err := c.order()
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(perm))
	for i, p := range perm {
		out[i] = c.in[0].dims[p]
	}
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

func runTranspose(o *operation) ([]Array, error) {
	perm, err := o.order()
	if err != nil {
		return nil, err
	}
	x := o.values[0]
	from, steps := rowMajor(x.Dims), make([]int64, len(perm))
	for i, p := range perm {
		steps[i] = from[p]
	}
	return []Array{strided(x, o.out[0].dims, steps, 0)}, nil
}
