package kernel

// paysOnMatrix reports whether the matrix unit is worth while.
func (k *Conv) paysOnMatrix(m *Machine) bool {
	w := &k.Window
	if !m.Has.has(AMX) || k.Groups > 1 || w.taps() > mostTaps ||
		!m.areEnough(w.OutHeight*w.OutWidth, enoughWindowPixels) {
		return false
	}
	strips, _ := k.matrixCut()
	p := phasesOf(w, (w.OutHeight+strips-1)/strips)
	if p.width > pixelsAtOnce {
		return false
	}
	c := matrixCost{pixels: strips * p.outputs, in: k.InChannels, out: k.OutChannels, taps: w.taps(), bands: strips,
		splits: p.images()}
	return c.pays(m, w.OutHeight*w.OutWidth, windowProducts)
}

// matrixCut returns into how many strips of rows the output is cut and into how many pairs the blocks of outputs. A
// worker splits the pixels of a strip once.
func (k *Conv) matrixCut() (strips, pairs int) {
	height := k.Window.OutHeight
	strips, pairs = 1, pairsOf(k.OutChannels)
	if pairs < 6 {
		strips = piecesFor(height*k.Window.OutWidth, pairs)
	}
	for strips < height {
		p := phasesOf(&k.Window, (height+strips-1)/strips)
		if p.capacity*partsOf(k.InChannels)*lanes <= matrixFloats {
			break
		}
		strips++
	}
	return strips, pairs
}

// matrixScratch returns how much scratch a worker needs, and how many floats of it each part of a strip's pixels takes.
func (k *Conv) matrixScratch() (floats, part int) {
	strips, _ := k.matrixCut()
	p := phasesOf(&k.Window, (k.Window.OutHeight+strips-1)/strips)
	part = p.capacity * lanes
	return partsOf(k.InChannels)*part + workFloats(p.outputs), part
}

// computeMatrix is compute on the matrix unit.
func (t *convTask) computeMatrix(out, in, weights, bias, residual []float32, worker *Worker, first, last int) {
	strips, pairs, part, scratch := t.strips, t.pairs, t.part, worker.Scratch
	largest := phasesOf(&t.Window, (t.Window.OutHeight+strips-1)/strips)
	parts := scratch[:partsOf(t.InChannels)*part]
	w := matrixWorkOf(scratch[len(parts):], parts, part, t.InChannels, t.Window.taps(), largest.outputs)
	w.kept = worker.kept
	held := &worker.split
	for item := first; item < last; item++ {
		strip, pair := item/pairs, item%pairs
		row, endRow := shareOf(t.Window.OutHeight, strips, strip)
		block, endBlock := 2*pair, min(2*pair+2, blocksOf(t.OutChannels))
		p := phasesOf(&t.Window, endRow-row)
		if held.pixels != strip+1 {
			held.set(strip+1, p.fill(parts, in, t.InChannels, part, row*t.Window.Stride.Rows-t.Window.Top))
		}
		for tap := range t.Window.taps() {
			w.taps[tap] = pitchOf(p.tapPixel(tap) * lanes)
		}
		for at := 0; at < p.outputs; at += p.atOnce() {
			count := min(p.outputs-at, p.atOnce())
			if !held.finite || !w.compute(weights, bias, block, endBlock-block, at, count) {
				t.rows(out, in, weights, bias, residual, scratch, block, endBlock, row, endRow)
				held.pixels = 0
				break
			}
			for b := block; b < endBlock; b++ {
				t.finish(out, residual, w.sums[(b-block)*w.sumsPitch:], b, row+at/p.width, (count+p.width-1)/p.width,
					p.width)
			}
		}
	}
}

// rows computes rows of some blocks of outputs without the matrix unit.
func (t *convTask) rows(out, in, weights, bias, residual, scratch []float32, block, endBlock, row, endRow int) {
	floats := stored{memory: weights, pitch: t.depth * lanes, has: t.has}
	for ; row < endRow; row++ {
		t.products(out, in, &floats, bias, residual, scratch, block, endBlock, row, row+1)
	}
}

// finish makes results of the sums of some rows, which are a number of pixels apart.
func (t *convTask) finish(out, residual, sums []float32, block, row, rows, pitch int) {
	w := &t.Window
	at := (block*w.OutHeight + row) * w.OutWidth * lanes
	f := finishing{
		out: out[at:], sums: sums, rows: rows, pixels: w.OutWidth, outPitch: pitchOf(w.OutWidth * lanes),
		sumsPitch: pitchOf(pitch * lanes), function: t.function,
	}
	if residual != nil {
		f.residual = residual[at:]
	}
	f.run()
}
