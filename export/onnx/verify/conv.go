package verify

import (
	"errors"
	"fmt"
	"slices"
)

func inferConv(c *call) ([]typed, error) {
	if err := errors.Join(c.sameKinds(len(c.in)), image(c.in[0])); err != nil {
		return nil, err
	}
	x, w := c.in[0].dims, c.in[1].dims
	group := c.int("group", 1)
	switch {
	case len(w) != len(x):
		return nil, fmt.Errorf("the weight %v does not fit an input of %d dimensions", w, len(x))
	case group < 1 || w[0]%group != 0:
		return nil, fmt.Errorf("%d output channels cannot be split into %d groups", w[0], group)
	case group > x[1] || w[1]*group != x[1]:
		return nil, fmt.Errorf("the weight %v does not fit %d input channels in %d groups", w, x[1], group)
	case c.has(2) && !slices.Equal(c.in[2].dims, w[:1]):
		return nil, fmt.Errorf("the bias is %v, not %v", c.in[2].dims, w[:1])
	}
	if a := c.attribute("kernel_shape"); a != nil && !slices.Equal(a.Ints, w[2:]) {
		return nil, fmt.Errorf("kernel_shape is %v, but the weight is %v", a.Ints, w)
	}
	_, spatial, err := c.slide(x[2:], w[2:])
	return one(typed{kind: c.in[0].kind, dims: append([]int64{x[0], w[0]}, spatial...)}, err)
}

func costConv(c *call, out []typed) float64 { return product(out[0].dims) * product(c.in[1].dims[1:]) }

// product is the number of elements of a shape, which may be too large for an integer.
func product(dims []int64) float64 {
	n := 1.0
	for _, d := range dims {
		n *= float64(d)
	}
	return n
}

// runConv sums, for every weight, the input moved by that weight's place in the kernel.
func runConv(o *operation) ([]Array, error) {
	x, weight := o.values[0], o.values[1]
	w, _, err := o.slide(x.Dims[2:], weight.Dims[2:])
	if err != nil {
		return nil, err
	}
	batch, channels := int(x.Dims[0]), int(weight.Dims[0])
	perGroup := int(weight.Dims[1])
	perOut := channels / int(o.int("group", 1)) // output channels of a group
	size, area, taps := w.in[0]*w.in[1]*w.in[2], w.out[0]*w.out[1]*w.out[2], w.kernel[0]*w.kernel[1]*w.kernel[2]
	y := make([]float64, batch*channels*area)
	parallel(batch*channels, func(i int) {
		n, c := i/channels, i%channels
		sums := y[i*area : (i+1)*area]
		for k := range perGroup {
			from := (n*int(x.Dims[1]) + c/perOut*perGroup + k) * size
			w.accumulate(x.Floats[from:from+size], weight.Floats[(c*perGroup+k)*taps:], sums)
		}
		if o.has(2) {
			for j := range sums {
				sums[j] += o.values[2].Floats[c]
			}
		}
	})
	return []Array{{Floats: y}}, nil
}
