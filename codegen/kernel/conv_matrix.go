package kernel

// paysOnMatrix reports whether the matrix unit is worth while.
func (k *Conv) paysOnMatrix(m *Machine) bool {
	w, enough, products := &k.Window, enoughWindowPixels, windowProducts
	if w.taps() == 1 {
		enough, products = enoughPixels, pointwiseProducts
	}
	if !m.Has.has(AMX) || k.Groups > 1 || w.taps() > mostTaps || !m.areEnough(w.OutHeight*w.OutWidth, enough) {
		return false
	}
	strips, _ := k.matrixCut()
	p := phasesOf(w, (w.OutHeight+strips-1)/strips)
	if p.width > pixelsAtOnce {
		return false
	}
	c := matrixCost{pixels: strips * p.outputs, in: k.InChannels, out: k.OutChannels, taps: w.taps(), bands: strips,
		splits: p.images()}
	return c.pays(m, w.OutHeight*w.OutWidth, products)
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
func (t *convTask) computeMatrix(o *operands, worker *Worker, first, last int) {
	strips, pairs, part, scratch := t.strips, t.pairs, t.part, worker.Scratch
	largest := phasesOf(&t.Window, (t.Window.OutHeight+strips-1)/strips)
	parts := scratch[:partsOf(t.InChannels)*part]
	w := matrixWork{all: parts, part: part, channels: t.InChannels, allTaps: t.Window.taps()}
	w.divide(scratch[len(parts):], largest.outputs)
	w.kept = worker.kept
	held := &worker.split
	for item := first; item < last; item++ {
		strip, pair := item/pairs, item%pairs
		r := region{block: 2 * pair, endBlock: min(2*pair+2, blocksOf(t.OutChannels))}
		r.row, r.endRow = shareOf(t.Window.OutHeight, strips, strip)
		p := phasesOf(&t.Window, r.endRow-r.row)
		if held.pixels != strip+1 {
			held.set(strip+1, p.fill(parts, o.in, t.InChannels, part, r.row*t.Window.Stride.Rows-t.Window.Top))
		}
		for tap := range t.Window.taps() {
			w.taps[tap] = p.tapPixel(tap) * lanes
		}
		for at := 0; at < p.outputs; at += p.atOnce() {
			count := min(p.outputs-at, p.atOnce())
			if !held.finite || !w.compute(o.weights, o.bias, pixelRegion{r.block, r.endBlock, at, at + count}) {
				t.rows(o, scratch, r)
				held.pixels = 0
				break
			}
			row := r.row + at/p.width
			for b := r.block; b < r.endBlock; b++ {
				done := region{b, b + 1, row, row + (count+p.width-1)/p.width}
				t.finish(o, w.sums[(b-r.block)*w.sumsPitch:], p.width, done)
			}
		}
	}
}

// rows computes a region without the matrix unit, row by row.
func (t *convTask) rows(o *operands, scratch []float32, r region) {
	floats := stored{memory: o.weights, pitch: t.depth * lanes, has: t.has}
	for row := r.row; row < r.endRow; row++ {
		t.products(o, &floats, scratch, region{r.block, r.endBlock, row, row + 1}, false)
	}
}

// finish makes the results of a region of one block of its sums, whose rows are a number of pixels apart.
func (t *convTask) finish(o *operands, sums []float32, apart int, r region) {
	w := &t.Window
	at := (r.block*w.OutHeight + r.row) * w.OutWidth * lanes
	f := finishing{
		out: o.out[at:], sums: sums, rows: r.endRow - r.row, pixels: w.OutWidth, outPitch: w.OutWidth * lanes,
		sumsPitch: apart * lanes, function: t.function,
	}
	if o.residual != nil {
		f.residual = o.residual[at:]
	}
	f.run()
}
