package kernel

// onMatrix reports whether the matrix unit is worth while.
func (s *convShape) onMatrix() bool {
	w := &s.window
	if level != amx || s.groups > 1 || w.size*w.size > mostTaps || w.outHeight*w.outWidth < 2*tileHeight {
		return false
	}
	strips, _ := s.matrixCut()
	p := phasesOf(w, (w.outHeight+strips-1)/strips)
	c := matrixCost{pixels: strips * p.outputs, in: s.in, out: s.out, taps: s.taps(), bands: strips, splits: p.side * p.side}
	return c.pays(w.outHeight*w.outWidth, windowProducts)
}

// taps returns how many places the window has.
func (s *convShape) taps() int { return s.window.size * s.window.size }

// matrixCut returns into how many strips of rows the output is cut and into how many pairs the blocks of outputs. A worker takes the pixels
// of a strip apart once.
func (s *convShape) matrixCut() (strips, pairs int) {
	const (
		enough = 12  // items to share evenly
		pixels = 192 // of a strip where there is a choice
	)
	height := s.window.outHeight
	strips, pairs = 1, (blocksOf(s.out)+1)/2
	if pairs < 6 {
		strips = max(min((enough+pairs-1)/pairs, height*s.window.outWidth/pixels), 1)
	}
	for strips < height {
		p := phasesOf(&s.window, (height+strips-1)/strips)
		if p.room*partsOf(s.in)*lanes <= matrixFloats {
			break
		}
		strips++
	}
	return strips, pairs
}

// matrixRoom returns how much scratch a worker needs, and how many floats of it each part of a strip's pixels takes.
func (s *convShape) matrixRoom() (floats, part int) {
	strips, _ := s.matrixCut()
	p := phasesOf(&s.window, (s.window.outHeight+strips-1)/strips)
	part = p.room * lanes
	return heldFloats + partsOf(s.in)*part + workFloats(p.outputs), part
}

// convMatrix is conv on the matrix unit.
func (s *convShape) convMatrix(out, in, weights, bias, residual, scratch []float32, first, last int) {
	strips, pairs := s.matrixCut()
	_, part := s.matrixRoom()
	largest := phasesOf(&s.window, (s.window.outHeight+strips-1)/strips)
	apart := scratch[heldFloats:][:partsOf(s.in)*part]
	w := matrixWorkOf(scratch[heldFloats+len(apart):], apart, part, s.in, s.taps(), largest.outputs)
	held := heldIn(scratch)
	for item := first; item < last; item++ {
		strip, pair := item/pairs, item%pairs
		row, endRow := shareOf(s.window.outHeight, strips, strip)
		block, endBlock := 2*pair, min(2*pair+2, blocksOf(s.out))
		p := phasesOf(&s.window, endRow-row)
		if held.pixels != strip+1 {
			held.set(strip+1, p.fill(apart, in, s.in, part, row*s.window.stride-s.window.top))
		}
		for tap := range s.taps() {
			w.taps[tap] = p.place(tap) * lanes * 4
		}
		for at := 0; at < p.outputs; at += pixelsAtOnce {
			count := min(p.outputs-at, pixelsAtOnce)
			if held.finite == 0 || !w.compute(weights, bias, block, endBlock-block, at, count) {
				s.rows(out, in, weights, bias, residual, scratch, block, endBlock, row, endRow)
				held.pixels = 0
				break
			}
			for b := block; b < endBlock; b++ {
				s.finish(out, residual, w.sums[(b-block)*w.sumsPitch:], &p, b, row, at, at+count)
			}
		}
	}
	held.keep(scratch)
}

// rows computes rows of some blocks of outputs without the matrix unit.
func (s *convShape) rows(out, in, weights, bias, residual, scratch []float32, block, endBlock, row, endRow int) {
	for ; row < endRow; row++ {
		s.products(out, in, weights, bias, residual, scratch, block, endBlock, row, row+1)
	}
}

// finish makes results of the sums of a range of pixels, counted from the first in a row, in which the rows are as wide as the images are.
func (s *convShape) finish(out, residual, sums []float32, p *phases, block, row, first, last int) {
	width := s.window.outWidth
	for y := first / p.width; y*p.width < last; y++ {
		begin, end := max(y*p.width, first), min(y*p.width+width, last)
		if begin < end {
			at := ((block*s.window.outHeight+row+y)*width + begin - y*p.width) * lanes
			finishPixels(out[at:at+(end-begin)*lanes], sums[(begin-first)*lanes:], residual, at, s.function)
		}
	}
}
