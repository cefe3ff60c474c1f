package kernel

// onMatrix reports whether the matrix unit computes the 1×1 convolution.
func (s *expandDepthwiseShape) onMatrix() bool {
	return s.matrixPays() && s.window.inHeight*s.window.inWidth/s.strips() >= 2*tileHeight
}

// matrixPays reports whether the matrix unit is worth while.
func (s *expandDepthwiseShape) matrixPays() bool {
	pixels, splits := s.window.inHeight*s.window.inWidth, 1
	if level != amx {
		return false
	}
	if !s.atOnce() {
		splits = groupsOf(blocksOf(s.channels))
	}
	c := matrixCost{pixels: pixels, in: s.in, out: s.channels, taps: 1, bands: 1, splits: splits}
	return c.pays(pixels, pointwiseProducts)
}

// atOnce reports whether all pixels are taken apart before anything else, rather than those of a strip, for each group of blocks again.
func (s *expandDepthwiseShape) atOnce() bool {
	return partsOf(s.in)*s.window.inHeight*s.window.inWidth*lanes <= matrixFloats-4*stepsOf(s.in)*stepFloats
}

// expandWork is what a worker has at hand for the 1×1 convolution.
type expandWork struct {
	floats                int
	part                  int // floats of one part of all pixels
	pixels, weights, sums []float32
	held
}

// matrixWork divides scratch among what a worker needs.
func (s *expandDepthwiseShape) matrixWork(scratch []float32) expandWork {
	var w expandWork
	take := func(floats int) (piece []float32) {
		if scratch != nil {
			piece = scratch[w.floats : w.floats+floats]
		}
		w.floats += floats
		return piece
	}
	if scratch != nil {
		w.held = heldIn(scratch)
	}
	take(heldFloats)
	rows := s.window.inHeight
	if !s.atOnce() {
		strips := s.strips()
		rows = min(stripOf(&s.window, (s.window.outHeight+strips-1)/strips).rows, rows)
	}
	w.part = roomOf(rows*s.window.inWidth) * lanes
	w.pixels = take(partsOf(s.in) * w.part)
	w.weights = take(4 * stepsOf(s.in) * stepFloats)
	w.sums = take(sumsFloats)
	return w
}

// prepare takes apart what is needed for some rows of the input and some blocks, if it is not there. It returns the pixels.
func (e *expansion) prepare(block, endBlock, first, last int) []float32 {
	w, m := &e.s.window, &e.matrix
	if m.held.weights != block+1 {
		m.held.weights = block + 1
		m.finiteWeights = oneIf(splitBlocks(m.weights, e.weights, block, endBlock, e.s.in, 1))
	}
	if !e.s.atOnce() {
		m.finitePixels = oneIf(e.split(first, last))
		return m.pixels
	}
	if m.held.pixels == 0 {
		m.held.pixels = 1
		m.finitePixels = oneIf(e.split(0, w.inHeight))
	}
	return m.pixels[first*w.inWidth*lanes:]
}

// split takes rows of the input apart.
func (e *expansion) split(first, last int) bool {
	w := &e.s.window
	return splitPixels(e.matrix.pixels, e.in[first*w.inWidth*lanes:], nil, e.s.in, e.matrix.part, w.inHeight*w.inWidth*lanes, lanes*4, (last-first)*w.inWidth)
}

// multiply is products on the matrix unit. It reports whether all numbers were finite, without which there are no results.
func (e *expansion) multiply(next strip, block, endBlock, top, first, last int) bool {
	w, m := &e.s.window, &e.matrix
	pixels := e.prepare(block, endBlock, first, last)
	if !m.finite() {
		return false
	}
	pairs := blocksOf(e.s.in) / 2
	product := matrix{
		partPitch: m.part * 4, pairs: pairs, singles: blocksOf(e.s.in) - 2*pairs, pairPitch: 3 * m.part * 4, tapCount: 1,
		pixels: pixels, weights: m.weights, bias: e.bias[block*lanes : endBlock*lanes],
	}
	product.each(m.sums, (last-first)*w.inWidth, endBlock-block, 2*stepsOf(e.s.in)*stepFloats, func(from, to int, sums []float32, pitch int) {
		for y := from / w.inWidth; y*w.inWidth < to; y++ {
			begin, end := max(y*w.inWidth, from), min((y+1)*w.inWidth, to)
			at := ((first+y-top)*next.width + w.left + begin - y*w.inWidth) * lanes
			for b := range endBlock - block {
				line := e.scratch[b*next.blockFloats()+at:][:(end-begin)*lanes]
				finishPixels(line, sums[b*pitch+(begin-from)*lanes:], nil, 0, e.s.expandFunction)
			}
		}
	})
	return true
}
