package verify

import (
	"errors"
	"fmt"
)

// window is how a kernel slides over an image, in three dimensions: an image of fewer has ones in front. Along one of
// them:
//
//	before        in         after
//	|·······|■■■■■■■■■■■■■■|·······|        the image with its padding
//	 k   k   k                              one place of the kernel: taps that lie dilation apart
//	     k   k   k                          the next one, stride further
type window struct {
	in, out, kernel, stride, dilation, before [3]int
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
		w.before[k] = int(before)
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
