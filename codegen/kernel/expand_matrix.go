package kernel

// onMatrix reports whether the matrix unit is worth while for the 1×1 convolution.
func (s *expandDepthwiseShape) onMatrix() bool {
	pixels := s.window.inHeight * s.window.inWidth
	if level != amx || pixels < 2*tileHeight || partsOf(s.in)*roomOf(pixels)*lanes > matrixFloats {
		return false
	}
	c := matrixCost{pixels: pixels, in: s.in, out: s.channels, taps: 1, bands: 1, splits: 1}
	return c.pays(pixels, pointwiseProducts)
}

// matrixRoom returns how much scratch a worker needs for the 1×1 convolution, and how many floats of it each part of the pixels takes.
func (s *expandDepthwiseShape) matrixRoom() (floats, part int) {
	if !s.onMatrix() {
		return 0, 0
	}
	pixels := s.window.inHeight * s.window.inWidth
	part = roomOf(pixels) * lanes
	return heldFloats + partsOf(s.in)*part + workFloats(pixels), part
}

// begin prepares for products on the matrix unit: it takes all pixels apart, unless scratch holds them.
func (e *expansion) begin(scratch []float32) {
	w := &e.s.window
	pixels := w.inHeight * w.inWidth
	_, part := e.s.matrixRoom()
	apart := scratch[heldFloats:][:partsOf(e.s.in)*part]
	held := heldIn(scratch)
	if held.pixels == 0 {
		held.set(1, splitPixels(apart, e.in, nil, e.s.in, part, pixels*lanes, lanes*4, pixels))
		held.keep(scratch)
	}
	e.finite = held.finite == 1
	e.work = matrixWorkOf(scratch[heldFloats+len(apart):], apart, part, e.s.in, 1, pixels)
}

// multiply is products on the matrix unit. It reports whether all numbers were finite, without which there are no results.
func (e *expansion) multiply(next strip, block, endBlock, top, first, last int) bool {
	width := e.s.window.inWidth
	for from := block; from < endBlock; from += 2 {
		blocks := min(endBlock-from, 2)
		for at := first * width; at < last*width; at += pixelsAtOnce {
			count := min(last*width-at, pixelsAtOnce)
			if !e.work.compute(e.weights, e.bias, from, blocks, at, count) {
				return false
			}
			for b := range blocks {
				e.finish(next, e.work.sums[b*e.work.sumsPitch:], e.scratch[(from-block+b)*next.blockFloats():], top, at, at+count)
			}
		}
	}
	return true
}

// finish makes rows of the strip, which begins with row top of the input, of the sums of a range of pixels.
func (e *expansion) finish(next strip, sums, to []float32, top, first, last int) {
	w := &e.s.window
	for y := first / w.inWidth; y*w.inWidth < last; y++ {
		begin, end := max(y*w.inWidth, first), min((y+1)*w.inWidth, last)
		at := ((y-top)*next.width + w.left + begin - y*w.inWidth) * lanes
		finishPixels(to[at:at+(end-begin)*lanes], sums[(begin-first)*lanes:], nil, 0, e.s.expandFunction)
	}
}
