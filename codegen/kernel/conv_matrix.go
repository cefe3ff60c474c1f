package kernel

// onMatrix reports whether the matrix unit is worth while.
func (s *convShape) onMatrix() bool {
	w := &s.window
	if level != amx || s.groups > 1 || w.size*w.size > mostTaps || w.outHeight*w.outWidth < 2*tileHeight {
		return false
	}
	strips := s.matrixStrips()
	p := phasesOf(w, (w.outHeight+strips-1)/strips)
	c := matrixCost{pixels: strips * p.outputs, in: s.in, out: s.out, taps: s.taps(), bands: strips, splits: w.stride * w.stride}
	return c.pays(w.outHeight*w.outWidth, windowProducts)
}

// convWork is what a worker has at hand.
type convWork struct {
	convShape
	floats                int
	strips, groups        int
	part                  int // floats of one part of all pixels of a strip
	pixels, weights, sums []float32
}

// taps returns how many places the window has.
func (s *convShape) taps() int { return s.window.size * s.window.size }

// matrixGroups returns into how many groups the blocks of outputs are divided.
func (s *convShape) matrixGroups() int { return matrixGroups(blocksOf(s.out), s.in, s.taps()) }

// matrixStrips returns into how many strips of rows the output is cut.
func (s *convShape) matrixStrips() int {
	const enough = 16 // items to share evenly
	height, groups := s.window.outHeight, s.matrixGroups()
	strips := 1
	if groups < enough/2 {
		strips = min((enough+groups-1)/groups, max(height*s.window.outWidth/192, 1))
	}
	for strips < height {
		p := phasesOf(&s.window, (height+strips-1)/strips)
		if p.room*partsOf(s.in)*lanes <= matrixFloats-groupFloats(blocksOf(s.out), groups, s.in, s.taps()) {
			break
		}
		strips++
	}
	return strips
}

// matrixItems returns how many items the work is cut into.
func (s *convShape) matrixItems() int { return s.matrixStrips() * s.matrixGroups() }

// matrixWork divides scratch among what a worker needs.
func (s *convShape) matrixWork(scratch []float32) convWork {
	w := convWork{convShape: *s, strips: s.matrixStrips(), groups: s.matrixGroups()}
	take := func(floats int) (piece []float32) {
		if scratch != nil {
			piece = scratch[w.floats : w.floats+floats]
		}
		w.floats += floats
		return piece
	}
	take(heldFloats)
	p := phasesOf(&s.window, (s.window.outHeight+w.strips-1)/w.strips)
	w.part = p.room * lanes
	w.pixels = take(partsOf(s.in) * w.part)
	w.weights = take(groupFloats(blocksOf(s.out), w.groups, s.in, s.taps()))
	w.sums = take(sumsFloats)
	return w
}

// convMatrix is conv on the matrix unit.
func (s *convShape) convMatrix(out, in, weights, bias, residual, scratch []float32, first, last int) {
	w := s.matrixWork(scratch)
	held := heldIn(scratch)
	for item := first; item < last; item++ {
		strip, group := item/w.groups, item%w.groups
		row, endRow := shareOf(s.window.outHeight, w.strips, strip)
		block, endBlock := matrixGroup(blocksOf(s.out), w.groups, group)
		p := phasesOf(&s.window, endRow-row)
		if held.pixels != strip+1 {
			held.pixels = strip + 1
			held.finitePixels = oneIf(p.fill(w.pixels, in, s.in, w.part, row*s.window.stride-s.window.top))
		}
		if held.weights != group+1 {
			held.weights = group + 1
			held.finiteWeights = oneIf(splitBlocks(w.weights, weights, block, endBlock, s.in, s.taps()))
		}
		if held.finite() {
			w.multiply(out, weights, bias, residual, &p, block, endBlock, row)
			continue
		}
		for y := row; y < endRow; y++ {
			s.products(out, in, weights, bias, residual, scratch, block, endBlock, y, y+1)
		}
		held.pixels, held.weights = 0, 0
	}
	held.keep(scratch)
}

// multiply computes some blocks of outputs of a strip.
func (w *convWork) multiply(out, weights, bias, residual []float32, p *phases, block, endBlock, row int) {
	pairs := blocksOf(w.in) / 2
	m := matrix{
		partPitch: w.part * 4, pairs: pairs, singles: blocksOf(w.in) - 2*pairs, pairPitch: 3 * w.part * 4, tapCount: w.taps(),
		pixels: w.pixels, weights: w.weights, bias: bias[block*lanes : endBlock*lanes],
	}
	for tap := range m.tapCount {
		m.taps[tap] = p.place(tap) * lanes * 4
	}
	m.fetch(weights, endBlock, 2*endBlock-block, w.taps()*w.in*lanes)
	width, outPixels := w.window.outWidth, w.window.outHeight*w.window.outWidth
	m.each(w.sums, p.outputs, endBlock-block, 2*w.taps()*stepsOf(w.in)*stepFloats, func(first, last int, sums []float32, pitch int) {
		for y := first / p.width; y*p.width < last; y++ {
			begin, end := max(y*p.width, first), min(y*p.width+width, last)
			if begin >= end {
				continue
			}
			for b := block; b < endBlock; b++ {
				at := (b*outPixels + (row+y)*width + begin - y*p.width) * lanes
				finishPixels(out[at:at+(end-begin)*lanes], sums[(b-block)*pitch+(begin-first)*lanes:], residual, at, w.function)
			}
		}
	})
}
