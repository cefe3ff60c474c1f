package verify

import (
	"errors"
	"fmt"
	"slices"
)

// transposed works out the window of a transposed convolution, which is that of the convolution the other way round:
// its image is the result, and its places are the input's pixels.
func (c *call) transposed() (window, []int64, error) {
	w := window{}
	for i := range w.in { // what is in front of the first dimension
		w.in[i], w.out[i], w.kernel[i], w.stride[i], w.dilation[i] = 1, 1, 1, 1, 1
	}
	in, kernel := c.in[0].dims[2:], c.in[1].dims[2:]
	rank := len(in)
	strides, err1 := c.ints("strides", rank, 1)
	dilations, err2 := c.ints("dilations", rank, 1)
	pads, err3 := c.ints("pads", 2*rank, 0)
	extra, err4 := c.ints("output_padding", rank, 0)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return w, nil, err
	}
	if a := c.attribute("auto_pad"); c.attribute("output_shape") != nil || a != nil && a.Text != "NOTSET" {
		return w, nil, Uncovered("padding by auto_pad or output_shape is not known here")
	}
	out := make([]int64, rank)
	for i := range out {
		if strides[i] < 1 || dilations[i] < 1 || kernel[i] < 1 {
			return w, nil, errors.New("kernel, strides and dilations must be at least 1")
		}
		if extra[i] < 0 || extra[i] >= max(strides[i], dilations[i]) {
			return w, nil, fmt.Errorf("output_padding is %d, but must be below the stride or the dilation", extra[i])
		}
		out[i] = (in[i]-1)*strides[i] + dilations[i]*(kernel[i]-1) + 1 - pads[i] - pads[i+rank] + extra[i]
		if out[i] < 1 || pads[i] < 0 || pads[i+rank] < 0 {
			return w, nil, fmt.Errorf("the padding %v leaves nothing of the result", pads)
		}
		k := i + 3 - rank
		w.in[k], w.out[k], w.kernel[k] = int(out[i]), int(in[i]), int(kernel[i])
		w.stride[k], w.dilation[k], w.before[k] = int(strides[i]), int(dilations[i]), int(pads[i])
	}
	return w, out, nil
}

func inferConvTranspose(c *call) ([]typed, error) {
	if err := errors.Join(c.sameKinds(len(c.in)), image(c.in[0])); err != nil {
		return nil, err
	}
	x, w := c.in[0].dims, c.in[1].dims
	group := c.int("group", 1)
	switch {
	case len(w) != len(x):
		return nil, fmt.Errorf("the weight %v does not fit an input of %d dimensions", w, len(x))
	case w[0] != x[1] || group < 1 || w[0]%group != 0:
		return nil, fmt.Errorf("the weight %v does not fit %d input channels in %d groups", w, x[1], group)
	case c.has(2) && !slices.Equal(c.in[2].dims, []int64{w[1] * group}):
		return nil, fmt.Errorf("the bias is %v, not of %d channels", c.in[2].dims, w[1]*group)
	}
	if a := c.attribute("kernel_shape"); a != nil && !slices.Equal(a.Ints, w[2:]) {
		return nil, fmt.Errorf("kernel_shape is %v, but the weight is %v", a.Ints, w)
	}
	_, spatial, err := c.transposed()
	return one(typed{kind: c.in[0].kind, dims: append([]int64{x[0], w[1] * group}, spatial...)}, err)
}

func costConvTranspose(c *call, _ []typed) float64 {
	return product(c.in[0].dims) * product(c.in[1].dims[1:])
}

// runConvTranspose adds, for every weight, the input moved to that weight's place in the kernel.
func runConvTranspose(o *operation) ([]Array, error) {
	x, weight := o.values[0], o.values[1]
	w, _, err := o.transposed()
	if err != nil {
		return nil, err
	}
	perOut := int(weight.Dims[1])
	batch, channels := int(x.Dims[0]), perOut*int(o.int("group", 1))
	perGroup := int(x.Dims[1]) * perOut / channels // input channels of a group
	size, area, taps := w.out[0]*w.out[1]*w.out[2], w.in[0]*w.in[1]*w.in[2], w.kernel[0]*w.kernel[1]*w.kernel[2]
	y := make([]float64, batch*channels*area)
	parallel(batch*channels, func(i int) {
		n, c := i/channels, i%channels
		sums := y[i*area : (i+1)*area]
		for k := range perGroup {
			from := c/perOut*perGroup + k
			at := (n*int(x.Dims[1]) + from) * size
			w.scatter(x.Floats[at:at+size], weight.Floats[(from*perOut+c%perOut)*taps:], sums)
		}
		if o.has(2) {
			for j := range sums {
				sums[j] += o.values[2].Floats[c]
			}
		}
	})
	return []Array{{Floats: y}}, nil
}

// scatter is accumulate the other way round: it adds one input channel's share to an output channel.
func (w *window) scatter(x, weights, sums []float64) {
	w.rows(weights, func(weight float64, image, place, first, end, offset int) {
		row, to := x[place:], sums[image:]
		for i := first; i < end; i++ {
			to[i*w.stride[2]+offset] += weight * row[i]
		}
	})
}
