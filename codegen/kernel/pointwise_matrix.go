package kernel

// onMatrix reports whether the matrix unit is worth while.
func (s *pointwiseShape) onMatrix() bool {
	if level < amx || !areEnough(s.pixels, enoughPixels) {
		return false
	}
	bands, _ := s.matrixCut()
	c := matrixCost{pixels: s.pixels, in: s.in, out: s.out, taps: 1, bands: bands, splits: 1}
	return c.pays(s.pixels, pointwiseProducts)
}

// matrixCut returns into how many bands the pixels are cut and into how many pairs the blocks of outputs. A worker takes the pixels of a
// band apart once.
func (s *pointwiseShape) matrixCut() (bands, pairs int) {
	bands, pairs = 1, pairsOf(s.out)
	if pairs < 4 {
		bands = piecesFor(s.pixels, pairs)
	}
	return max(bands, (partsOf(s.in)*s.pixels*lanes-1)/matrixFloats+1), pairs
}

// matrixRoom returns how much scratch a worker needs, and how many floats of it each part of a band's pixels takes.
func (s *pointwiseShape) matrixRoom() (floats, part int) {
	bands, _ := s.matrixCut()
	pixels := (s.pixels + bands - 1) / bands
	part = roomOf(pixels) * lanes
	floats = heldFloats + partsOf(s.in)*part + workFloats(pixels)
	if s.scaled {
		floats += s.in * lanes
	}
	return floats, part
}

// pointwiseMatrix is pointwise on the matrix unit.
func (s *pointwiseShape) pointwiseMatrix(out, in, weights, bias, residual, scale, scratch []float32, first, last int) {
	bands, pairs := s.matrixCut()
	_, part := s.matrixRoom()
	rest := scratch[heldFloats:]
	if s.scaled {
		rest = rest[s.in*lanes:]
	}
	apart := rest[:partsOf(s.in)*part]
	w := matrixWorkOf(rest[len(apart):], apart, part, s.in, 1, (s.pixels+bands-1)/bands)
	held := heldIn(scratch)
	for item := first; item < last; item++ {
		band, pair := item/pairs, item%pairs
		from, to := shareOf(s.pixels, bands, band)
		block, endBlock := 2*pair, min(2*pair+2, blocksOf(s.out))
		if held.pixels != band+1 {
			held.set(band+1, splitPixels(apart, in[from*lanes:], scale, s.in, part, s.pixels*lanes, lanes*4, to-from))
		}
		end := to
		if few := (to - from) % tileHeight; few <= fewPixels {
			end -= few
		}
		for at := from; at < end; at += pixelsAtOnce {
			count := min(end-at, pixelsAtOnce)
			if held.finite == 0 || !w.compute(weights, bias, block, endBlock-block, at-from, count) {
				end = at
				break
			}
			for b := block; b < endBlock; b++ {
				place := (b*s.pixels + at) * lanes
				f := finishing{out: out[place:], sums: w.sums[(b-block)*w.sumsPitch:], rows: 1, pixels: count, function: s.function}
				if residual != nil {
					f.residual = residual[place:]
				}
				f.finish()
			}
		}
		if end < to {
			s.products(out, in, weights, bias, residual, scale, scratch[heldFloats:], block, endBlock, end, to)
		}
	}
	held.keep(scratch)
}

// products computes some blocks of outputs for some pixels without the matrix unit.
func (s *pointwiseShape) products(out, in, weights, bias, residual, scale, scratch []float32, block, endBlock, from, to int) {
	p := product{
		outPitch: s.pixels * lanes, weightPitch: s.in * lanes, pixelPitch: lanes, blockPitch: s.pixels * lanes, rows: 1, columns: 1,
		function: s.function, in: in[from*lanes:], blocks: 1,
	}
	p.take(0, s.in)
	for b := block; b < endBlock; b++ {
		p.weights, p.bias = weights[b*p.weightPitch:(b+1)*p.weightPitch], bias[b*lanes:(b+1)*lanes]
		if s.scaled {
			scaleWeights(scratch[:p.weightPitch], p.weights, scale[:s.in])
			p.weights = scratch[:p.weightPitch]
		}
		at := b*p.outPitch + from*lanes
		p.out = out[at:]
		if residual != nil {
			p.residual = residual[at:]
		}
		p.run(to - from)
	}
}
