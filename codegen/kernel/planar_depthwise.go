package kernel

// planarDepthwiseShape holds the settings of a dense convolution of the caller's planar image followed by a depthwise one.
type planarDepthwiseShape struct {
	planar   planarShape
	window   window   // of the depthwise convolution
	function function // of the depthwise convolution
}

// fewStrips is how many strips are too few for an even share among workers.
const fewStrips = 8

// strips returns into how many strips of rows the output is cut.
func (s *planarDepthwiseShape) strips() int {
	w := &s.window
	blocks := min(blocksOf(s.planar.out), 4)
	cost := blocks * (w.inWidth*w.stride*s.planar.depth() + w.outWidth*(w.size*w.size+4))
	strips := stripsFor(2*itemProducts, w.outHeight, cost)
	if strips < fewStrips {
		strips = stripsFor(itemProducts, w.outHeight, cost)
	}
	return fittingStrips(w, strips, blocks)
}

// items returns how many items the work is cut into.
func (s *planarDepthwiseShape) items() int { return groupsOf(blocksOf(s.planar.out)) * s.strips() }

// sumRows returns how many rows of sums the kernel leaves for each block: one for every strip.
func (s *planarDepthwiseShape) sumRows() int { return s.strips() }

// stripFloats returns how much scratch the rows between the two convolutions take.
func (s *planarDepthwiseShape) stripFloats() int {
	return min(blocksOf(s.planar.out), 4) * tallestOf(&s.window, s.strips()).blockFloats()
}

// scratchFloats returns how much scratch a worker needs.
func (s *planarDepthwiseShape) scratchFloats() int {
	return s.stripFloats() + s.planar.sourceFloats(min(tallestOf(&s.window, s.strips()).rows, s.window.inHeight))
}

// planarDepthwise is convPlanar followed by depthwise, up to four blocks of channels and a strip of rows at a time, so that what lies
// between them never leaves the cache. Weights, biases and sums are those of the two kernels (sums [channels/16][sumRows][16] or nil).
//
// Strips of one group of blocks follow each other. A worker that computes two in succession keeps the rows that the windows
// of both see.
func planarDepthwise(out, image, weights, bias, depthwiseWeights, depthwiseBias, sums, scratch []float32, s *planarDepthwiseShape, first, last int) {
	blocks, strips := blocksOf(s.planar.out), s.strips()
	r := rollingStrip{
		window: &s.window, function: s.function, scratch: scratch,
		out: out, weights: depthwiseWeights, bias: depthwiseBias, sums: sums,
	}
	source := scratch[s.stripFloats():]
	p := s.planar.product()
	for item := first; item < last; item++ {
		block, endBlock := shareOf(blocks, groupsOf(blocks), item/strips)
		row, endRow := shareOf(s.window.outHeight, strips, item%strips)
		from, to := r.advance(endBlock-block, row, endRow, item > first && item%strips > 0)
		if from < to {
			p.choose(weights, bias, block, endBlock)
			p.outPitch = r.held.blockFloats()
			seen := s.planar.source(&p, image, source, from, to)
			for y := from; y < to; y++ {
				p.in, p.out = seen[s.planar.rowAt(&p, y-from):], r.row(y)
				p.run(s.window.inWidth)
			}
		}
		r.convolve(block, endBlock, row, endRow, item%strips, strips)
	}
}
