package kernel

// slidesByEights reports whether the convolution is one of groups of eight channels that a processor has routines for.
// Two groups lie in a block, and products of all its channels would be half in vain.
func (k *Conv) slidesByEights(has Features) bool {
	across, _ := has.slides()
	return across > 0 && k.Groups > 1 && k.InChannels == eight*k.Groups && k.OutChannels == eight*k.Groups &&
		hasSlide(eight, &k.Window)
}

// eightsTask computes a convolution of groups of eight channels with slide. It has an item for each block of channels
// and strip of rows.
type eightsTask struct {
	*Conv
	work
	has          Features
	function     *activation
	depth        int // of the weights of a block
	strips       int
	stripScratch int // floats of scratch for a strip; behind it that for the weights of the last block
}

func (k *Conv) byEights(m *Machine) *eightsTask {
	w := &k.Window
	strips := stripsFor(2*itemSteps, w.OutHeight, w.OutWidth*(eight*w.taps()+4))
	t := &eightsTask{Conv: k, work: work{items: blocksOf(k.OutChannels) * strips}, has: m.Has,
		function: m.Has.bind(k.Function), depth: k.depthOf(), strips: strips}
	if padded(w) {
		t.stripScratch = stripOf(w, (w.OutHeight+strips-1)/strips).blockFloats()
	}
	t.scratch = t.stripScratch
	if k.OutChannels%lanes > 0 {
		t.scratch += w.taps() * lanes * lanes
	}
	return t
}

func (t *eightsTask) Run(w *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), m.at(t.Weights), m.at(t.Bias), m.at(t.Residual), w, first, last)
}

func (t *eightsTask) compute(out, in, weights, bias, residual []float32, worker *Worker, first, last int) {
	w := &t.Window
	outPitch, inPitch := w.OutHeight*w.OutWidth*lanes, w.InHeight*w.InWidth*lanes
	d := slideOf(eight, w, t.function, t.has)
	for item := first; item < last; item++ {
		block := item / t.strips
		row, endRow := shareOf(w.OutHeight, t.strips, item%t.strips)
		d.rows = endRow - row
		d.weights, d.bias = t.weightsOf(weights, worker.Scratch, block), bias[block*lanes:(block+1)*lanes]
		image := in[block*inPitch : (block+1)*inPitch]
		if padded(w) {
			strip := stripOf(w, d.rows)
			strip.fill(worker.Scratch, image, w, row*w.Stride.Rows-w.Top)
			d.in, d.rowPitch = worker.Scratch, strip.width*lanes
		} else {
			d.in, d.rowPitch = image[row*w.Stride.Rows*w.InWidth*lanes:], w.InWidth*lanes
		}
		at := block*outPitch + row*w.OutWidth*lanes
		d.out = out[at:]
		if residual != nil {
			d.residual = residual[at:]
		}
		d.run()
	}
}

// weightsOf returns the weights of a block, those of 16 inputs for each place of the window. Where the last block has
// one group, only eight inputs have weights, and the others get zeros.
func (t *eightsTask) weightsOf(all, scratch []float32, block int) []float32 {
	own := all[block*t.depth*lanes:]
	if (block+1)*lanes <= t.OutChannels {
		return own
	}
	padded := scratch[t.stripScratch:t.scratch]
	clear(padded)
	for tap := range t.Window.taps() {
		copy(padded[tap*lanes*lanes:], own[tap*eight*lanes:(tap+1)*eight*lanes])
	}
	return padded
}
