package kernel

// depthwiseShape holds the settings of a convolution in which each channel stands alone.
type depthwiseShape struct {
	channels int
	window   window
	function function
}

// itemSteps is about how many multiplications of 16 lanes make an item of depthwise work: some 5 microseconds.
const itemSteps = 1 << 14

// strips returns into how many strips of rows the output is cut.
func (s *depthwiseShape) strips() int {
	w := &s.window
	return stripsFor(itemSteps, w.outHeight, w.outWidth*(w.size*w.size+4))
}

// items returns how many items the work is cut into.
func (s *depthwiseShape) items() int { return blocksOf(s.channels) * s.strips() }

// sumRows returns how many rows of sums the kernel leaves for each block: one for every strip.
func (s *depthwiseShape) sumRows() int { return s.strips() }

// scratchFloats returns how much scratch a worker needs.
func (s *depthwiseShape) scratchFloats() int {
	if !padded(&s.window) {
		return 0
	}
	strips := s.strips()
	return stripOf(&s.window, (s.window.outHeight+strips-1)/strips).blockFloats()
}

// depthwise convolves each channel with a window of its own. Weights: [channels/16][size][size][16]; biases
// [channels/16][16]; residual, nil or like out, and perhaps out itself; sums, nil or [channels/16][sumRows][16], which
// globalAverage takes as a value of sumRows pixels.
func depthwise(out, in, weights, bias, residual, sums, scratch []float32, s *depthwiseShape, first, last int) {
	w := &s.window
	strips := s.strips()
	outPitch, inPitch, taps := w.outHeight*w.outWidth*lanes, w.inHeight*w.inWidth*lanes, w.size*w.size*lanes
	d := slide{width: w.outWidth, size: w.size, stride: w.stride, dilation: w.dilation, function: s.function}
	for item := first; item < last; item++ {
		block := item / strips
		row, endRow := shareOf(w.outHeight, strips, item%strips)
		d.rows = endRow - row
		d.weights, d.bias = weights[block*taps:(block+1)*taps], bias[block*lanes:(block+1)*lanes]
		image := in[block*inPitch : (block+1)*inPitch]
		if padded(w) {
			strip := stripOf(w, d.rows)
			strip.fill(scratch, image, w, row*w.stride-w.top)
			d.in, d.rowPitch = scratch, strip.width*lanes
		} else {
			d.in, d.rowPitch = image[row*w.stride*w.inWidth*lanes:], w.inWidth*lanes
		}
		at := block*outPitch + row*w.outWidth*lanes
		d.out = out[at:]
		if residual != nil {
			d.residual = residual[at:]
		}
		if sums != nil {
			d.sums = sums[item*lanes : (item+1)*lanes]
		}
		d.run()
	}
}
