package verify

import (
	"fmt"
	"math"
	"slices"
)

// inferShape knows the result itself: dimensions are bound to sizes.
func inferShape(c *call) ([]typed, error) {
	dims := slices.Clone(c.in[0].dims)
	if c.attribute("start") != nil || c.attribute("end") != nil {
		return nil, Uncovered("the shape of a range of axes is not known here")
	}
	value := &Array{Type: Int64, Dims: []int64{int64(len(dims))}, Ints: dims}
	return one(typed{kind: Int64, dims: value.Dims, value: value}, nil)
}

func runShape(o *operation) ([]Array, error) {
	return []Array{{Ints: slices.Clone(o.values[0].Dims)}}, nil
}

func inferExpand(c *call) ([]typed, error) {
	sizes, err := c.indices(1, Int64)
	if err != nil {
		return nil, err
	}
	for _, d := range sizes {
		if d < 0 {
			return nil, fmt.Errorf("the shape %v has a negative dimension", sizes)
		}
	}
	dims, err := broadcast(c.in[0].dims, sizes)
	return one(typed{kind: c.in[0].kind, dims: dims}, err)
}

func runExpand(o *operation) ([]Array, error) {
	x, dims := o.values[0], o.out[0].dims
	return []Array{strided(x, dims, broadcastSteps(x.Dims, len(dims)), 0)}, nil
}

// inferReshape takes 0 for the input's own dimension and -1 for what is left.
func inferReshape(c *call) ([]typed, error) {
	sizes, err := c.indices(1, Int64)
	if err != nil {
		return nil, err
	}
	if c.int("allowzero", 0) != 0 {
		return nil, Uncovered("dimensions without elements are not known here")
	}
	dims := slices.Clone(sizes)
	open, known := -1, int64(1)
	for i, d := range dims {
		switch {
		case d == 0 && i < len(c.in[0].dims):
			dims[i] = c.in[0].dims[i]
		case d == -1 && open < 0:
			open = i
			continue
		case d < 1:
			return nil, fmt.Errorf("%v is no shape for %v", sizes, c.in[0].dims)
		}
		if known *= dims[i]; known > maxLive {
			return nil, Uncovered("the shape %v is too large to be evaluated", sizes)
		}
	}
	have, err := elements(c.in[0].dims)
	if err != nil {
		return nil, err
	}
	if open >= 0 && known > 0 {
		dims[open] = have / known
		known *= dims[open]
	}
	if known != have {
		return nil, fmt.Errorf("%v cannot have the shape %v", c.in[0].dims, sizes)
	}
	return one(typed{kind: c.in[0].kind, dims: dims}, nil)
}

// matrices returns the shapes of two stacks of matrices without those axes, and of the stack that they make.
func (c *call) matrices() (a, b, stack []int64, err error) {
	x, y := c.in[0].dims, c.in[1].dims
	if len(x) < 2 || len(y) < 2 {
		return nil, nil, nil, Uncovered("products of vectors are not known here")
	}
	a, b = x[len(x)-2:], y[len(y)-2:]
	if a[1] != b[0] {
		return nil, nil, nil, fmt.Errorf("%v and %v cannot be multiplied", x, y)
	}
	stack, err = broadcast(x[:len(x)-2], y[:len(y)-2])
	return a, b, stack, err
}

func inferMatMul(c *call) ([]typed, error) {
	if err := c.sameKinds(2); err != nil {
		return nil, err
	}
	a, b, stack, err := c.matrices()
	if err != nil {
		return nil, err
	}
	return one(typed{kind: c.in[0].kind, dims: append(slices.Clone(stack), a[0], b[1])}, nil)
}

func costMatMul(c *call, out []typed) float64 {
	a, _, _, err := c.matrices()
	if err != nil {
		return 0
	}
	return product(out[0].dims) * float64(a[1])
}

func runMatMul(o *operation) ([]Array, error) {
	a, b, stack, err := o.matrices()
	if err != nil {
		return nil, err
	}
	x, y := o.values[0], o.values[1]
	rows, inner, columns := int(a[0]), int(a[1]), int(b[1])
	var pairs [][2]int // of matrices
	eachPair(stack, x.Dims[:len(x.Dims)-2], y.Dims[:len(y.Dims)-2],
		func(_, i, j int) { pairs = append(pairs, [2]int{i * rows * inner, j * inner * columns}) })
	out := make([]float64, len(pairs)*rows*columns)
	parallel(len(pairs)*rows, func(at int) {
		pair, row := pairs[at/rows], at%rows
		left := x.Floats[pair[0]+row*inner : pair[0]+(row+1)*inner]
		to := out[at*columns : (at+1)*columns]
		for k, v := range left {
			for c, w := range y.Floats[pair[1]+k*columns : pair[1]+(k+1)*columns] {
				to[c] += v * w
			}
		}
	})
	return []Array{{Floats: out}}, nil
}

// reduced returns the axes that ReduceMean goes along: an attribute before opset 18, an input from then on.
func (c *call) reduced() ([]bool, error) {
	dims := c.in[0].dims
	var axes []int64
	if a := c.attribute("axes"); a != nil {
		axes = a.Ints
	}
	if c.has(1) {
		list, err := c.indices(1, Int64)
		if err != nil {
			return nil, err
		}
		axes = list
	}
	if len(axes) == 0 {
		return nil, Uncovered("the mean of everything is not known here")
	}
	along := make([]bool, len(dims))
	for _, a := range axes {
		at, err := axis(a, len(dims), int64(len(dims))-1)
		if err != nil {
			return nil, err
		}
		along[at] = true
	}
	return along, nil
}

func inferReduceMean(c *call) ([]typed, error) {
	if !c.in[0].kind.isFloat() {
		return nil, Uncovered("the mean of integers is not known here")
	}
	along, err := c.reduced()
	if err != nil {
		return nil, err
	}
	if c.int("keepdims", 1) == 0 {
		return nil, Uncovered("means that drop dimensions are not known here")
	}
	dims := slices.Clone(c.in[0].dims)
	for i := range dims {
		if along[i] {
			dims[i] = 1
		}
	}
	return one(typed{kind: c.in[0].kind, dims: dims}, nil)
}

func runReduceMean(o *operation) ([]Array, error) {
	x, dims := o.values[0], o.out[0].dims
	n, err := elements(dims)
	if err != nil {
		return nil, err
	}
	y := make([]float64, n)
	eachPair(x.Dims, x.Dims, dims, func(_, i, k int) { y[k] += x.Floats[i] })
	count := float64(len(x.Floats)) / float64(max(len(y), 1))
	for k := range y {
		y[k] /= count
	}
	return []Array{{Floats: y}}, nil
}

// normalised returns how many elements LayerNormalization takes together.
func (c *call) normalised() (int, error) {
	dims := c.in[0].dims
	first, err := axis(c.int("axis", -1), len(dims), int64(len(dims))-1)
	if err != nil {
		return 0, err
	}
	for i := 1; i < len(c.in); i++ {
		if joint, err := broadcast(dims[first:], c.in[i].dims); c.has(i) &&
			(err != nil || !slices.Equal(joint, dims[first:])) {
			return 0, fmt.Errorf("its input %d is %v, which does not fit %v", i, c.in[i].dims, dims[first:])
		}
	}
	n, err := elements(dims[first:])
	return int(n), err
}

func inferLayerNorm(c *call) ([]typed, error) {
	if _, err := c.normalised(); err != nil {
		return nil, err
	}
	if len(c.node.Outputs) > 1 {
		return nil, Uncovered("the mean and deviation of LayerNormalization are not known here")
	}
	return one(typed{kind: c.in[0].kind, dims: c.in[0].dims}, c.sameKinds(len(c.in)))
}

func runLayerNorm(o *operation) ([]Array, error) {
	count, err := o.normalised()
	if err != nil {
		return nil, err
	}
	dims := o.values[0].Dims
	first, _ := axis(o.int("axis", -1), len(dims), int64(len(dims))-1)
	param := func(i int) []float64 { // as long as what is taken together
		if !o.has(i) {
			return nil
		}
		v := o.values[i]
		return strided(v, dims[first:], broadcastSteps(v.Dims, len(dims)-first), 0).Floats
	}
	scale, shift := param(1), param(2)
	x, epsilon := o.values[0].Floats, o.float("epsilon", 1e-5)
	y := make([]float64, len(x))
	for start := 0; start < len(x) && count > 0; start += count {
		row := x[start : start+count]
		var sum, squares float64
		for _, v := range row {
			sum += v
		}
		mean := sum / float64(count)
		for _, v := range row {
			squares += (v - mean) * (v - mean)
		}
		deviation := math.Sqrt(squares/float64(count) + epsilon)
		for i, v := range row {
			w := (v - mean) / deviation * scale[i]
			if shift != nil {
				w += shift[i]
			}
			y[start+i] = w
		}
	}
	return []Array{{Floats: y}}, nil
}
