package verify

import (
	"fmt"
	"slices"
)

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
