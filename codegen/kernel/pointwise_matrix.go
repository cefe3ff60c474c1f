package kernel

// onMatrix reports whether the matrix unit is worth while.
func (s *pointwiseShape) onMatrix() bool {
	if level != amx || s.pixels < 2*tileHeight {
		return false
	}
	bands, _ := s.matrixCut()
	c := matrixCost{pixels: s.pixels, in: s.in, out: s.out, taps: 1, bands: bands, splits: 1}
	return c.pays(s.pixels, pointwiseProducts)
}

// matrixCut returns into how many bands the pixels are cut and into how many groups the blocks of outputs.
//
// A worker takes the pixels of a band apart once, and the weights of a group once for each band.
func (s *pointwiseShape) matrixCut() (bands, groups int) {
	const (
		enough = 16  // items to share evenly
		pixels = 192 // of a band where there is a choice
	)
	bands, groups = 1, matrixGroups(blocksOf(s.out), s.in, 1)
	if groups < 4 {
		bands = max(min((enough+groups-1)/groups, s.pixels/pixels), 1)
	}
	room := matrixFloats - groupFloats(blocksOf(s.out), groups, s.in, 1)
	return max(bands, (partsOf(s.in)*s.pixels*lanes-1)/max(room, 1)+1), groups
}

// pointwiseWork is what a worker has at hand.
type pointwiseWork struct {
	*pointwiseShape
	floats                int
	part                  int // floats of one part of all pixels of a band
	pixels, weights, sums []float32
	scaledWeights         []float32 // for products without the matrix unit
}

// matrixWork divides scratch among what a worker needs.
func (s *pointwiseShape) matrixWork(scratch []float32) pointwiseWork {
	w := pointwiseWork{pointwiseShape: s}
	take := func(floats int) (piece []float32) {
		if scratch != nil {
			piece = scratch[w.floats : w.floats+floats]
		}
		w.floats += floats
		return piece
	}
	take(heldFloats)
	bands, groups := s.matrixCut()
	w.part = roomOf((s.pixels+bands-1)/bands) * lanes
	w.pixels = take(partsOf(s.in) * w.part)
	w.weights = take(groupFloats(blocksOf(s.out), groups, s.in, 1))
	w.sums = take(sumsFloats)
	if s.scaled {
		w.scaledWeights = take(s.in * lanes)
	}
	return w
}

// pointwiseMatrix is pointwise on the matrix unit.
func (s *pointwiseShape) pointwiseMatrix(out, in, weights, bias, residual, scale, scratch []float32, first, last int) {
	w := s.matrixWork(scratch)
	bands, groups := s.matrixCut()
	pairs := blocksOf(s.in) / 2
	m := matrix{
		partPitch: w.part * 4, pairs: pairs, singles: blocksOf(s.in) - 2*pairs, pairPitch: 3 * w.part * 4, tapCount: 1,
	}
	held := heldIn(scratch)
	for item := first; item < last; item++ {
		band, group := item/groups, item%groups
		from, to := shareOf(s.pixels, bands, band)
		block, endBlock := matrixGroup(blocksOf(s.out), groups, group)
		if held.pixels != band+1 {
			held.pixels = band + 1
			held.finitePixels = oneIf(splitPixels(w.pixels, in[from*lanes:], scale, s.in, w.part, s.pixels*lanes, lanes*4, to-from))
		}
		if held.weights != group+1 {
			held.weights = group + 1
			held.finiteWeights = oneIf(splitBlocks(w.weights, weights, block, endBlock, s.in, 1))
		}
		if !held.finite() {
			w.products(out, in, weights, bias, residual, scale, block, endBlock, from, to)
			continue
		}
		m.pixels, m.weights, m.bias = w.pixels, w.weights, bias[block*lanes:endBlock*lanes]
		m.fetch(weights, endBlock, 2*endBlock-block, s.in*lanes)
		m.each(w.sums, to-from, endBlock-block, 2*stepsOf(s.in)*stepFloats, func(begin, end int, sums []float32, pitch int) {
			for b := block; b < endBlock; b++ {
				at := (b*s.pixels + from + begin) * lanes
				finishPixels(out[at:at+(end-begin)*lanes], sums[(b-block)*pitch:], residual, at, s.function)
			}
		})
	}
	held.keep(scratch)
}

// products computes some blocks of outputs for some pixels without the matrix unit.
func (w *pointwiseWork) products(out, in, weights, bias, residual, scale []float32, block, endBlock, from, to int) {
	p := product{
		outPitch: w.pointwiseShape.pixels * lanes, weightPitch: w.in * lanes,
		pixelPitch: lanes, blockPitch: w.pointwiseShape.pixels * lanes, rows: 1, columns: 1, function: w.function,
		in: in[from*lanes:], blocks: 1,
	}
	p.take(0, w.in)
	for b := block; b < endBlock; b++ {
		p.weights, p.bias = weights[b*p.weightPitch:(b+1)*p.weightPitch], bias[b*lanes:(b+1)*lanes]
		if w.scaled {
			scaleWeights(w.scaledWeights, p.weights, scale[:w.in])
			p.weights = w.scaledWeights
		}
		at := b*p.outPitch + from*lanes
		p.out = out[at:]
		if residual != nil {
			p.residual = residual[at:]
		}
		p.run(to - from)
	}
}
