package kernel

// expandDepthwiseShape holds the settings of a 1×1 convolution followed by a depthwise one.
type expandDepthwiseShape struct {
	in, channels   int      // of the input, and of what the 1×1 convolution makes of it
	window         window   // of the depthwise convolution
	expandFunction function // of the 1×1 convolution
	function       function // of the depthwise convolution
}

// strips returns into how many strips of rows the output is cut.
func (s *expandDepthwiseShape) strips() int {
	w := &s.window
	blocks := min(blocksOf(s.channels), 4)
	cost := blocks * (w.inWidth*w.stride*s.in + w.outWidth*(w.size*w.size+4))
	strips := stripsFor(2*itemProducts, w.outHeight, cost)
	if s.onMatrix() {
		strips = 1 // the matrix unit takes its time to begin
	}
	return fittingStrips(w, strips, blocks)
}

// groups returns how many groups the blocks of channels are divided into. If there are several and all rows are one strip, their
// number is even, for two workers to have as much to do.
func (s *expandDepthwiseShape) groups() int {
	blocks, each := blocksOf(s.channels), 4
	if !s.onMatrix() {
		each = bestBlocks(s.window.inWidth)
	}
	groups := (blocks + each - 1) / each
	if groups > 1 && groups%2 > 0 && s.strips() == 1 {
		groups++
	}
	return groups
}

// items returns how many items the work is cut into.
func (s *expandDepthwiseShape) items() int { return s.groups() * s.strips() }

// sumRows returns how many rows of sums the kernel leaves for each block: one for every strip.
func (s *expandDepthwiseShape) sumRows() int { return s.strips() }

// scratchFloats returns how much scratch a worker needs.
func (s *expandDepthwiseShape) scratchFloats() int {
	floats, _ := s.matrixRoom()
	return floats + min(blocksOf(s.channels), 4)*tallestOf(&s.window, s.strips()).blockFloats()
}

// expandDepthwise is pointwise followed by depthwise, up to four blocks of channels and a strip of rows at a time, so that
// what lies between them never leaves the cache. Weights, biases and sums are those of the two kernels (sums
// [channels/16][sumRows][16] or nil).
//
// Strips of one group of blocks follow each other. A worker that computes two in succession keeps the rows that the windows
// of both see.
func expandDepthwise(out, in, weights, bias, depthwiseWeights, depthwiseBias, sums, scratch []float32, s *expandDepthwiseShape, first, last int) {
	w := &s.window
	e := expansion{s: s, in: in, weights: weights, bias: bias, strip: rollingStrip{
		window: w, function: s.function, scratch: scratch,
		out: out, weights: depthwiseWeights, bias: depthwiseBias, sums: sums,
	}}
	if s.onMatrix() {
		floats, _ := s.matrixRoom()
		e.strip.scratch = scratch[floats:]
		e.begin(scratch)
	}
	strips, groups := s.strips(), s.groups()
	for item := first; item < last; item++ {
		block, endBlock := shareOf(blocksOf(s.channels), groups, item/strips)
		row, endRow := shareOf(w.outHeight, strips, item%strips)
		from, to := e.strip.advance(endBlock-block, row, endRow, item > first && item%strips > 0)
		if from < to && !(e.finite && e.multiply(block, endBlock, from, to)) {
			e.products(block, endBlock, from, to)
		}
		e.strip.convolve(block, endBlock, row, endRow, item%strips, strips)
	}
}

// expansion fills strips with the results of a 1×1 convolution.
type expansion struct {
	strip             rollingStrip
	s                 *expandDepthwiseShape
	in, weights, bias []float32

	work   matrixWork // if the matrix unit is used
	finite bool       // all numbers of the input
}

// products computes rows of the input for some blocks.
func (e *expansion) products(block, endBlock, first, last int) {
	w := &e.s.window
	p := product{
		outPitch: e.strip.held.blockFloats(), weightPitch: e.s.in * lanes, pixelPitch: lanes,
		blockPitch: w.inHeight * w.inWidth * lanes, rows: 1, columns: 1, function: e.s.expandFunction,
	}
	p.choose(e.weights, e.bias, block, endBlock)
	p.take(0, e.s.in)
	once := e.s.strips() == 1
	for y := first; y < last; y++ {
		if once { // or else the next strip needs the same weights
			p.fetch(e.weights, endBlock, 2*endBlock-block, y-first, last-first)
		}
		p.in, p.out = e.in[y*w.inWidth*lanes:], e.strip.row(y)
		p.run(w.inWidth)
	}
}
