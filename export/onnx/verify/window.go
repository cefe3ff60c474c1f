package verify

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// window is how a kernel slides over an image, in three dimensions: an image of fewer has ones in front. Along one of
// them:
//
//	before        in         after
//	|·······|■■■■■■■■■■■■■■|·······|        the image with its padding
//	 k   k   k                              one place of the kernel: taps that lie dilation apart
//	     k   k   k                          the next one, stride further
type window struct {
	in, out, kernel, stride, dilation, before, after [3]int
}

// slide works out a window from the attributes of a node. in and kernel have one entry for each spatial dimension.
func (c *call) slide(in, kernel []int64) (window, []int64, error) {
	w := window{}
	rank := len(in)
	strides, err := c.ints("strides", rank, 1)
	if err != nil {
		return w, nil, err
	}
	dilations, err := c.ints("dilations", rank, 1)
	if err != nil {
		return w, nil, err
	}
	pads, err := c.ints("pads", 2*rank, 0)
	if err != nil {
		return w, nil, err
	}
	for i := range w.in { // what is in front of the first dimension
		w.in[i], w.out[i], w.kernel[i], w.stride[i], w.dilation[i] = 1, 1, 1, 1, 1
	}
	out := make([]int64, rank)
	for i := range out {
		if strides[i] < 1 || dilations[i] < 1 || kernel[i] < 1 {
			return w, nil, errors.New("kernel, strides and dilations must be at least 1")
		}
		reach := dilations[i]*(kernel[i]-1) + 1
		before, after, err := c.padding(in[i], reach, strides[i], pads[i], pads[i+rank])
		if err != nil {
			return w, nil, err
		}
		room := in[i] + before + after - reach
		if room < 0 {
			return w, nil, fmt.Errorf("a window of %d does not fit %d with its padding", reach, in[i])
		}
		out[i] = room/strides[i] + 1
		if c.int("ceil_mode", 0) != 0 && room%strides[i] != 0 {
			if out[i]*strides[i] >= in[i]+before {
				return w, nil, Uncovered(
					"with ceil_mode, its last window begins in the padding: opsets differ in what that means",
				)
			}
			out[i]++
		}
		k := i + 3 - rank
		w.in[k], w.out[k], w.kernel[k] = int(in[i]), int(out[i]), int(kernel[i])
		w.stride[k], w.dilation[k] = int(strides[i]), int(dilations[i])
		w.before[k], w.after[k] = int(before), int(after)
	}
	return w, out, nil
}

// padding returns the padding of one dimension: what pads says, unless auto_pad says otherwise.
func (c *call) padding(in, reach, stride, before, after int64) (int64, int64, error) {
	mode := "NOTSET"
	if a := c.attribute("auto_pad"); a != nil {
		mode = a.Text
	}
	total := max(((in+stride-1)/stride-1)*stride+reach-in, 0) // so that ceil(in/stride) windows fit
	switch mode {
	case "NOTSET":
		return before, after, nil
	case "VALID":
		return 0, 0, nil
	case "SAME_UPPER":
		return total / 2, total - total/2, nil
	case "SAME_LOWER":
		return total - total/2, total / 2, nil
	}
	return 0, 0, fmt.Errorf("auto_pad is %q", mode)
}

// image makes sure that a value has a batch, channels and one to three dimensions of space.
func image(t typed) error {
	switch {
	case len(t.dims) < 3:
		return fmt.Errorf("it needs an input of at least three dimensions, not %v", t.dims)
	case len(t.dims) > 5:
		return Uncovered("an image of the shape %v is not known here", t.dims)
	}
	return nil
}

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

// accumulate adds one channel's share to the sums of an output channel.
func (w *window) accumulate(x, weights, sums []float64) {
	w.rows(weights, func(weight float64, image, place, first, end, offset int) {
		row, to := x[image:], sums[place:]
		for i := first; i < end; i++ {
			to[i] += weight * row[i*w.stride[2]+offset]
		}
	})
}

// rows calls f for each weight of a kernel and each row of places in which it lies within the image: the row of the
// image begins at element image, that of places at element place, and of the places from first to before end, i sees
// element i*stride + offset of the image's row.
func (w *window) rows(weights []float64, f func(weight float64, image, place, first, end, offset int)) {
	tap := 0
	for kz := range w.kernel[0] {
		for ky := range w.kernel[1] {
			for kx := range w.kernel[2] {
				weight := weights[tap]
				tap++
				z0, z1, zAt := w.inside(0, kz)
				y0, y1, yAt := w.inside(1, ky)
				x0, x1, xAt := w.inside(2, kx)
				for z := z0; z < z1; z++ {
					for y := y0; y < y1; y++ {
						image := ((z*w.stride[0]+zAt)*w.in[1] + y*w.stride[1] + yAt) * w.in[2]
						f(weight, image, (z*w.out[1]+y)*w.out[2], x0, x1, xAt)
					}
				}
			}
		}
	}
}

// inside returns the range of places at which a tap lies within the image: it sees element place*stride + offset.
func (w *window) inside(d, tap int) (from, to, offset int) {
	offset = tap*w.dilation[d] - w.before[d]
	if offset < 0 {
		from = (-offset + w.stride[d] - 1) / w.stride[d]
	}
	if last := w.in[d] - 1 - offset; last >= 0 {
		to = min(w.out[d], last/w.stride[d]+1)
	}
	return from, max(from, to), offset
}

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
