package kernel

// onMatrix reports whether the matrix unit is worth while.
func (s *convShape) onMatrix() bool {
	w := &s.window
	if level < amx || s.groups > 1 || w.size*w.size > mostTaps || !areEnough(w.outHeight*w.outWidth, enoughWindowPixels) {
		return false
	}
	strips, _ := s.matrixCut()
	p := phasesOf(w, (w.outHeight+strips-1)/strips)
	if p.width > pixelsAtOnce {
		return false
	}
	c := matrixCost{pixels: strips * p.outputs, in: s.in, out: s.out, taps: s.taps(), bands: strips, splits: p.side * p.side}
	return c.pays(w.outHeight*w.outWidth, windowProducts)
}

// taps returns how many places the window has.
func (s *convShape) taps() int { return s.window.size * s.window.size }

// matrixCut returns into how many strips of rows the output is cut and into how many pairs the blocks of outputs. A worker takes the pixels
// of a strip apart once.
func (s *convShape) matrixCut() (strips, pairs int) {
	height := s.window.outHeight
	strips, pairs = 1, pairsOf(s.out)
	if pairs < 6 {
		strips = piecesFor(height*s.window.outWidth, pairs)
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
		for at := 0; at < p.outputs; at += p.atOnce() {
			count := min(p.outputs-at, p.atOnce())
			if held.finite == 0 || !w.compute(weights, bias, block, endBlock-block, at, count) {
				s.rows(out, in, weights, bias, residual, scratch, block, endBlock, row, endRow)
				held.pixels = 0
				break
			}
			for b := block; b < endBlock; b++ {
				s.finish(out, residual, w.sums[(b-block)*w.sumsPitch:], b, row+at/p.width, (count+p.width-1)/p.width, p.width)
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

// finish makes results of the sums of some rows, which are a number of pixels apart.
func (s *convShape) finish(out, residual, sums []float32, block, row, rows, pitch int) {
	w := &s.window
	at := (block*w.outHeight + row) * w.outWidth * lanes
	f := finishing{
		out: out[at:], sums: sums, rows: rows, pixels: w.outWidth, outPitch: w.outWidth * lanes * 4, sumsPitch: pitch * lanes * 4, function: s.function,
	}
	if residual != nil {
		f.residual = residual[at:]
	}
	f.finish()
}
