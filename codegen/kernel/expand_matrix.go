package kernel

// onMatrix reports whether the matrix unit is worth while for the 1×1 convolution.
func (s *expandDepthwiseShape) onMatrix() bool {
	pixels := s.window.inHeight * s.window.inWidth
	if level < amx || !areEnough(pixels, enoughPixels) || s.window.inWidth > pixelsAtOnce || partsOf(s.in)*roomOf(pixels)*lanes > matrixFloats {
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
func (e *expansion) multiply(block, endBlock, first, last int) bool {
	width := e.s.window.inWidth
	for from := block; from < endBlock; from += 2 {
		blocks := min(endBlock-from, 2)
		for row := first; row < last; row += pixelsAtOnce / width {
			rows := min(last-row, pixelsAtOnce/width)
			if !e.work.compute(e.weights, e.bias, from, blocks, row*width, rows*width) {
				return false
			}
			for b := range blocks {
				f := finishing{
					out:  e.strip.row(row)[(from-block+b)*e.strip.held.blockFloats():],
					sums: e.work.sums[b*e.work.sumsPitch:], rows: rows, pixels: width,
					outPitch: e.strip.held.width * lanes * 4, sumsPitch: width * lanes * 4, function: e.s.expandFunction,
				}
				f.finish()
			}
		}
	}
	return true
}
