package kernel

// paysOnMatrix reports whether the matrix unit, which has no float16, is worth while.
func (k *Pointwise) paysOnMatrix(m *Machine) bool {
	if k.isHalf() || !m.Has.has(AMX) || !m.areEnough(k.Pixels, enoughPixels) {
		return false
	}
	bands, _ := k.matrixCut()
	c := matrixCost{pixels: k.Pixels, in: k.InChannels, out: k.OutChannels, taps: 1, bands: bands, splits: 1}
	return c.pays(m, k.Pixels, pointwiseProducts)
}

// matrixCut returns into how many bands the pixels are cut and into how many pairs the blocks of outputs. A worker
// splits the pixels of a band once.
func (k *Pointwise) matrixCut() (bands, pairs int) {
	bands, pairs = 1, pairsOf(k.OutChannels)
	if pairs < 4 {
		bands = piecesFor(k.Pixels, pairs)
	}
	return max(bands, (partsOf(k.InChannels)*k.Pixels*lanes-1)/matrixFloats+1), pairs
}

// matrixScratch returns how much scratch a worker needs, and how many floats of it each part of a band's pixels takes.
func (k *Pointwise) matrixScratch() (floats, part int) {
	bands, _ := k.matrixCut()
	pixels := (k.Pixels + bands - 1) / bands
	part = capacityOf(pixels) * lanes
	floats = partsOf(k.InChannels)*part + workFloats(pixels)
	if k.Scale.Present() {
		floats += k.InChannels * lanes
	}
	return floats, part
}

// computeMatrix is compute on the matrix unit.
func (t *pointwiseTask) computeMatrix(o *operands, worker *Worker, first, last int) {
	rest, bands, pairs, part := worker.Scratch, t.bands, t.pairs, t.part
	if o.scale != nil {
		rest = rest[t.InChannels*lanes:]
	}
	parts := rest[:partsOf(t.InChannels)*part]
	w := matrixWork{all: parts, part: part, channels: t.InChannels, allTaps: 1}
	w.divide(rest[len(parts):], (t.Pixels+bands-1)/bands)
	held := &worker.split
	for item := first; item < last; item++ {
		band, pair := item/pairs, item%pairs
		from, to := shareOf(t.Pixels, bands, band)
		block, endBlock := 2*pair, min(2*pair+2, blocksOf(t.OutChannels))
		if held.pixels != band+1 {
			pixels := unsplit{in: o.in[from*lanes:], scale: o.scale, channels: t.InChannels, count: to - from,
				blockPitch: t.Pixels * lanes, pixelPitch: lanes}
			held.set(band+1, pixels.split(parts, part))
		}
		end := to
		if few := (to - from) % tileHeight; few <= fewPixels {
			end -= few
		}
		for at := from; at < end; at += pixelsAtOnce {
			count := min(end-at, pixelsAtOnce)
			sums := pixelRegion{block, endBlock, at - from, at - from + count}
			if !held.finite || !w.compute(o.weights, o.bias, sums) {
				end = at
				break
			}
			for b := block; b < endBlock; b++ {
				place := (b*t.Pixels + at) * lanes
				f := finishing{
					out: o.out[place:], sums: w.sums[(b-block)*w.sumsPitch:],
					rows: 1, pixels: count, function: t.function,
				}
				if o.residual != nil {
					f.residual = o.residual[place:]
				}
				f.run()
			}
		}
		if end < to {
			t.products(o, worker.Scratch, pixelRegion{block, endBlock, end, to})
		}
	}
}

// products computes a region without the matrix unit.
func (t *pointwiseTask) products(o *operands, scratch []float32, r pixelRegion) {
	p := product{
		in: o.in[r.pixel*lanes:], blockPitch: t.Pixels * lanes, pixelPitch: lanes, rows: 1, columns: 1,
		blocks: 1, outPitch: t.Pixels * lanes, weightPitch: t.InChannels * lanes, function: t.function, has: t.has,
	}
	p.setInputs(0, t.InChannels)
	for b := r.block; b < r.endBlock; b++ {
		p.weights, p.bias = o.weights[b*p.weightPitch:(b+1)*p.weightPitch], o.bias[b*lanes:(b+1)*lanes]
		if o.scale != nil {
			t.has.scaleWeights(scratch[:p.weightPitch], p.weights, o.scale[:t.InChannels], false)
			p.weights = scratch[:p.weightPitch]
		}
		at := b*p.outPitch + r.pixel*lanes
		p.out = o.out[at:]
		if o.residual != nil {
			p.residual = o.residual[at:]
		}
		p.run(r.endPixel - r.pixel)
	}
}
