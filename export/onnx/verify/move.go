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

// span is what a Slice takes of one axis: count elements from first on, step apart. A step may be negative.
type span struct{ first, step, count int64 }

// spans works out what a Slice takes of each axis.
func (c *call) spans() ([]span, error) {
	dims := c.in[0].dims
	var lists [5][]int64 // starts, ends, axes and steps are inputs 1 to 4
	for i := 1; i < 5; i++ {
		if !c.has(i) {
			continue
		}
		list, err := c.indices(i, Int64, Int32)
		if err != nil {
			return nil, err
		}
		lists[i] = list
	}
	starts, ends, axes, steps := lists[1], lists[2], lists[3], lists[4]
	if axes == nil {
		for i := range starts {
			axes = append(axes, int64(i))
		}
	}
	if steps == nil {
		steps = slices.Repeat([]int64{1}, len(starts))
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		return nil, fmt.Errorf("it has %d starts, %d ends, %d axes and %d steps", len(starts), len(ends), len(axes),
			len(steps))
	}
	all := make([]span, len(dims))
	for i, d := range dims {
		all[i] = span{0, 1, d}
	}
	seen := map[int]bool{}
	for i, a := range axes {
		at, err := axis(a, len(dims), int64(len(dims))-1)
		switch {
		case err != nil:
			return nil, err
		case seen[at]:
			return nil, fmt.Errorf("axis %d is cut twice", a)
		case steps[i] == 0:
			return nil, fmt.Errorf("the step along axis %d is 0", a)
		}
		seen[at] = true
		all[at] = spanOf(dims[at], starts[i], ends[i], steps[i])
	}
	return all, nil
}

// spanOf cuts an axis as Python does: bounds may be counted from the end, and lie beyond it.
func spanOf(size, start, end, step int64) span {
	low, high := int64(0), size // where bounds are moved to that lie outside
	if step < 0 {
		low, high = -1, size-1
	}
	bound := func(v int64) int64 {
		if v < 0 {
			v += size
			if v < 0 { // still before the first
				return low
			}
		}
		return min(v, high)
	}
	first, last := max(bound(start), 0), bound(end)
	count := int64(0)
	switch {
	case step > 0 && last > first:
		count = (last-first-1)/step + 1
	case step < 0 && last < first:
		count = (first - last - 1) / -max(step, -1<<62)
		count++
	}
	return span{first, step, count}
}

func inferSlice(c *call) ([]typed, error) {
	spans, err := c.spans()
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(spans))
	for i, s := range spans {
		out[i] = s.count
	}
	return one(typed{kind: c.in[0].kind, dims: out}, nil)
}

func runSlice(o *operation) ([]Array, error) {
	spans, err := o.spans()
	if err != nil {
		return nil, err
	}
	dims := o.out[0].dims
	steps := rowMajor(o.values[0].Dims)
	offset := int64(0)
	for i, s := range spans {
		offset += s.first * steps[i]
		if s.count > 1 { // else the step, which may be any number, is not taken
			steps[i] *= s.step
		}
	}
	return []Array{strided(o.values[0], dims, steps, offset)}, nil
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

// strided returns the elements that lie steps apart, from offset on, as a value of the shape dims.
func strided(x Array, dims, steps []int64, offset int64) Array {
	count, _ := elements(dims)
	place := make([]int64, len(dims))
	return gather(x, int(count), func(take func(int)) {
		for range count {
			at := offset
			for k, p := range place {
				at += p * steps[k]
			}
			take(int(at))
			advance(place, dims)
		}
	})
}

// parts returns the axis of a Split and the sizes of its parts.
func (c *call) parts() (int, []int64, error) {
	dims := c.in[0].dims
	at, err := axis(c.int("axis", 0), len(dims), int64(len(dims))-1)
	if err != nil {
		return 0, nil, err
	}
	count := int64(len(c.node.Outputs))
	var sizes []int64
	switch a := c.attribute("split"); {
	case c.has(1) && c.attribute("num_outputs") != nil:
		return 0, nil, fmt.Errorf("it has both sizes and num_outputs, of which one is right")
	case c.has(1):
		if sizes, err = c.indices(1, Int64); err != nil {
			return 0, nil, err
		}
	case a != nil:
		sizes = a.Ints
	case c.opset >= 18 && c.int("num_outputs", 0) != count:
		return 0, nil, fmt.Errorf("it has neither sizes nor the right num_outputs for %d outputs", count)
	case c.opset < 18 && dims[at]%count != 0:
		return 0, nil, fmt.Errorf("%d cannot be split into %d equal parts", dims[at], count)
	default: // the last may be smaller
		size := (dims[at] + count - 1) / count
		for left := dims[at]; int64(len(sizes)) < count; left -= size {
			sizes = append(sizes, min(size, max(left, 0)))
		}
	}
	total := int64(0)
	for _, size := range sizes {
		if size < 0 || size > dims[at] {
			return 0, nil, fmt.Errorf("a part of %d does not exist in %v", size, dims)
		}
		total += size
	}
	if total != dims[at] || int64(len(sizes)) != count {
		return 0, nil, fmt.Errorf("the parts %v do not make up axis %d of %v for %d outputs", sizes, at, dims, count)
	}
	return at, sizes, nil
}

func inferSplit(c *call) ([]typed, error) {
	at, sizes, err := c.parts()
	if err != nil {
		return nil, err
	}
	var parts []typed
	for _, size := range sizes {
		part := slices.Clone(c.in[0].dims)
		part[at] = size
		parts = append(parts, typed{kind: c.in[0].kind, dims: part})
	}
	return parts, nil
}

func runSplit(o *operation) ([]Array, error) {
	at, sizes, err := o.parts()
	if err != nil {
		return nil, err
	}
	steps := rowMajor(o.values[0].Dims)
	var parts []Array
	first := int64(0)
	for i, size := range sizes {
		parts = append(parts, strided(o.values[0], o.out[i].dims, steps, first*steps[at]))
		first += size
	}
	return parts, nil
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
