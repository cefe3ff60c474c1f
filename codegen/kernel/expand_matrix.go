package kernel

// paysOnMatrix reports whether the matrix unit, which has no float16, is worth while for the 1×1 convolution.
func (k *ExpandDepthwise) paysOnMatrix(m *Machine) bool {
	pixels := k.Window.InHeight * k.Window.InWidth
	if k.isHalf() || !m.Has.has(AMX) || !m.areEnough(pixels, enoughPixels) || k.Window.InWidth > pixelsAtOnce ||
		partsOf(k.InChannels)*capacityOf(pixels)*lanes > matrixFloats {
		return false
	}
	c := matrixCost{pixels: pixels, in: k.InChannels, out: k.Channels, taps: 1, bands: 1, splits: 1}
	return c.pays(m, pixels, pointwiseProducts)
}

// matrixScratch returns how much scratch a worker needs for the 1×1 convolution, and how many floats of it each part of
// the pixels takes.
func (k *ExpandDepthwise) matrixScratch() (floats, part int) {
	pixels := k.Window.InHeight * k.Window.InWidth
	part = capacityOf(pixels) * lanes
	return partsOf(k.InChannels)*part + workFloats(pixels), part
}

// begin prepares for products on the matrix unit: it splits all pixels, unless the worker has them already.
func (e *expansion) begin(worker *Worker) {
	w := &e.t.Window
	pixels, part := w.InHeight*w.InWidth, e.t.part
	parts := worker.Scratch[:partsOf(e.t.InChannels)*part]
	held := &worker.split
	if held.pixels == 0 {
		all := unsplit{in: e.in, channels: e.t.InChannels, count: pixels, blockPitch: pixels * lanes, pixelPitch: lanes}
		held.set(1, all.split(parts, part))
	}
	e.finite = held.finite
	e.work = matrixWork{all: parts, part: part, channels: e.t.InChannels, allTaps: 1}
	e.work.divide(worker.Scratch[len(parts):], pixels)
}

// multiply is products on the matrix unit. It reports whether all numbers were finite, without which there are no
// results.
func (e *expansion) multiply(r region) bool {
	width := e.t.Window.InWidth
	for block := r.block; block < r.endBlock; block += 2 {
		endBlock := min(block+2, r.endBlock)
		for row := r.row; row < r.endRow; row += pixelsAtOnce / width {
			rows := min(r.endRow-row, pixelsAtOnce/width)
			if !e.work.compute(e.weights, e.bias, pixelRegion{block, endBlock, row * width, (row + rows) * width}) {
				return false
			}
			for b := block; b < endBlock; b++ {
				f := finishing{
					out:  e.strip.row(row)[(b-r.block)*e.strip.held.blockFloats():],
					sums: e.work.sums[(b-block)*e.work.sumsPitch:], rows: rows, pixels: width,
					outPitch: e.strip.held.width * lanes, sumsPitch: width * lanes,
					function: e.t.expand,
				}
				f.run()
			}
		}
	}
	return true
}
