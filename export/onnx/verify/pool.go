package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// poolWindow is slide for pooling.
func (c *call) poolWindow() (window, []int64, error) {
	if err := image(c.in[0]); err != nil {
		return window{}, nil, err
	}
	if c.attribute("kernel_shape") == nil {
		return window{}, nil, errors.New("kernel_shape is missing")
	}
	spatial := c.in[0].dims[2:]
	kernel, err := c.ints("kernel_shape", len(spatial), 1)
	if err != nil {
		return window{}, nil, err
	}
	return c.slide(spatial, kernel)
}

func inferPool(c *call) ([]typed, error) {
	if kind := c.in[0].kind; !kind.isFloat() && kind != Int8 && kind != Uint8 {
		return nil, fmt.Errorf("of integers it takes int8 and uint8, not %s", kind)
	}
	if len(c.node.Outputs) > 1 && c.node.Outputs[1] != "" {
		return nil, Uncovered("where the largest element lies is not known here")
	}
	if c.int("ceil_mode", 0) != 0 && c.int("count_include_pad", 0) != 0 {
		return nil, Uncovered("ceil_mode with count_include_pad means different things in different opsets")
	}
	_, spatial, err := c.poolWindow()
	if err != nil {
		return nil, err
	}
	x := c.in[0]
	return one(typed{kind: x.kind, dims: append([]int64{x.dims[0], x.dims[1]}, spatial...)}, nil)
}

func costPool(c *call, out []typed) float64 {
	w, _, err := c.poolWindow()
	if err != nil {
		return 0
	}
	return product(out[0].dims) * float64(w.kernel[0]) * float64(w.kernel[1]) * float64(w.kernel[2])
}

func runPool(o *operation) ([]Array, error) {
	w, _, err := o.poolWindow()
	if err != nil {
		return nil, err
	}
	x := o.values[0]
	values := x.Floats
	if !x.Type.isFloat() { // bytes, of which the largest is taken
		values = make([]float64, len(x.Ints))
		for i, v := range x.Ints {
			values[i] = float64(v)
		}
	}
	size, area := w.in[0]*w.in[1]*w.in[2], w.out[0]*w.out[1]*w.out[2]
	planes := int(x.Dims[0] * x.Dims[1])
	y := make([]float64, planes*area)
	average, padded := o.node.Operator == "AveragePool", o.int("count_include_pad", 0) != 0
	parallel(planes, func(p int) {
		at := p * area
		for z := range w.out[0] {
			for row := range w.out[1] {
				for column := range w.out[2] {
					place := [3]int{z, row, column}
					sum, largest, count := w.reduce(values[p*size:(p+1)*size], place)
					if y[at] = largest; average {
						if padded {
							count = w.kernel[0] * w.kernel[1] * w.kernel[2]
						}
						y[at] = sum / float64(count)
					}
					at++
				}
			}
		}
	})
	if x.Type.isFloat() {
		return []Array{{Floats: y}}, nil
	}
	result := Array{Ints: make([]int64, len(y))}
	for i, v := range y {
		result.Ints[i] = x.Type.wrap(int64(v))
	}
	return []Array{result}, nil
}

// reduce returns the sum and the largest of what one place of the window sees of the image, and how many elements
// that are.
func (w *window) reduce(x []float64, place [3]int) (sum, largest float64, count int) {
	largest = math.Inf(-1)
	var from, to [3]int // taps that lie within the image
	for d := range place {
		first := place[d]*w.stride[d] - w.before[d]
		from[d] = (max(0, -first) + w.dilation[d] - 1) / w.dilation[d]
		to[d] = min(w.kernel[d], max(0, (w.in[d]-1-first+w.dilation[d])/w.dilation[d]))
		if w.in[d]-1-first < 0 {
			to[d] = 0
		}
	}
	for kz := from[0]; kz < to[0]; kz++ {
		z := place[0]*w.stride[0] - w.before[0] + kz*w.dilation[0]
		for ky := from[1]; ky < to[1]; ky++ {
			y := place[1]*w.stride[1] - w.before[1] + ky*w.dilation[1]
			for kx := from[2]; kx < to[2]; kx++ {
				v := x[(z*w.in[1]+y)*w.in[2]+place[2]*w.stride[2]-w.before[2]+kx*w.dilation[2]]
				sum += v
				count++
				if v > largest || v != v { // NaN stays
					largest = v
				}
			}
		}
	}
	return sum, largest, count
}

func inferGlobalPool(c *call) ([]typed, error) {
	if err := image(c.in[0]); err != nil {
		return nil, err
	}
	dims := slices.Repeat([]int64{1}, len(c.in[0].dims))
	copy(dims, c.in[0].dims[:2])
	return one(typed{kind: c.in[0].kind, dims: dims}, nil)
}

func costGlobalPool(c *call, _ []typed) float64 { return product(c.in[0].dims) }

func runGlobalPool(o *operation) ([]Array, error) {
	x := o.values[0]
	planes := int(x.Dims[0] * x.Dims[1])
	y := make([]float64, planes)
	for p := range y {
		size := len(x.Floats) / planes
		if o.node.Operator == "GlobalMaxPool" {
			y[p] = x.Floats[p*size]
			for _, v := range x.Floats[p*size : (p+1)*size] {
				if v > y[p] || v != v {
					y[p] = v
				}
			}
			continue
		}
		for _, v := range x.Floats[p*size : (p+1)*size] {
			y[p] += v
		}
		y[p] /= float64(size)
	}
	return []Array{{Floats: y}}, nil
}
