package kernel

// slidesByEights reports whether the convolution is one of groups of eight channels that a processor has routines for.
// Two groups lie in a block, and products of all its channels would be half in vain.
func (k *Conv) slidesByEights(has Features) bool {
	across, _ := has.slides()
	return across > 0 && k.Groups > 1 && k.InChannels == eight*k.Groups && k.OutChannels == eight*k.Groups &&
		HasEightsSlide(&k.Window)
}

// eightsTask computes a convolution of groups of eight channels with slide. It has an item for each block of channels
// and strip of rows.
type eightsTask struct {
	*Conv
	work
	has          Features
	function     *activation
	strips       int
	stripScratch int // floats of scratch for a strip; behind it that for the weights of the last block
}

func (k *Conv) byEights(m *Machine) *eightsTask {
	w := &k.Window
	strips := stripsFor(2*itemSteps, w.OutHeight, w.OutWidth*(eight*w.taps()+4))
	t := &eightsTask{Conv: k, work: work{items: blocksOf(k.OutChannels) * strips}, has: m.Has,
		function: m.Has.bind(k.Function), strips: strips}
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
	o := t.operands(m)
	t.compute(&o, w, first, last)
}

func (t *eightsTask) compute(o *operands, worker *Worker, first, last int) {
	w := &t.Window
	outPitch, inPitch := w.OutHeight*w.OutWidth*lanes, w.InHeight*w.InWidth*lanes
	d := slideOf(eight, w, t.function, t.has)
	for item := first; item < last; item++ {
		block := item / t.strips
		row, endRow := shareOf(w.OutHeight, t.strips, item%t.strips)
		d.rows = endRow - row
		d.weights = weightsOfEights(o.weights, worker.Scratch[t.stripScratch:], block, t.OutChannels, w.taps())
		d.bias = o.bias[block*lanes : (block+1)*lanes]
		image := o.in[block*inPitch : (block+1)*inPitch]
		if padded(w) {
			strip := stripOf(w, d.rows)
			strip.fill(worker.Scratch, image, w, row*w.Stride.Rows-w.Top)
			d.in, d.rowPitch = worker.Scratch, strip.width*lanes
		} else {
			d.in, d.rowPitch = image[row*w.Stride.Rows*w.InWidth*lanes:], w.InWidth*lanes
		}
		at := block*outPitch + row*w.OutWidth*lanes
		d.out = o.out[at:]
		if o.residual != nil {
			d.residual = o.residual[at:]
		}
		d.run()
	}
}
