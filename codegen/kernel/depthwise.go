package kernel

// Depthwise is a convolution in which each channel stands alone, with a window of its own.
type Depthwise struct {
	Out      Ref `op:"out" holds:"f32,f16"`
	In       Ref `op:"in" holds:"f32,f16"`         // of one type with Out and Residual
	Weights  Ref `op:"weights" holds:"f32,f16"`    // [channels/16][rows][columns][16], the window's
	Bias     Ref `op:"weights"`                    // [channels/16][16]
	Residual Ref `op:"in,inplace" holds:"f32,f16"` // may be absent
	Sums     Ref `op:"out"`                        // for AverageSums: [channels/16][strips][16]; may be absent

	Channels int
	Window   Window
	Function Function
}

func (k *Depthwise) Describe() string {
	return k.Window.String() + " depthwise convolution" + residualText(k.Residual) + k.Function.then()
}

func (k *Depthwise) Bind(m *Machine, _ []Task) Task {
	bound := *k
	if isHalf(&k.In) {
		bound.Weights, bound.Bias = m.halves("weight", k.Weights), m.halves("bias", k.Bias)
	} else {
		bound.Weights = m.floats(k.Weights)
	}
	return bound.on(m)
}

// depthwiseTask has an item for each block of channels and strip of rows.
type depthwiseTask struct {
	*Depthwise
	work
	has      Features
	strips   int
	function *activation
	between  int // floats of scratch for a strip with its padding; behind it that of float16
}

func (k *Depthwise) on(m *Machine) *depthwiseTask {
	w := &k.Window
	strips := stripsFor(itemSteps, w.OutHeight, w.OutWidth*(w.taps()+4))
	t := &depthwiseTask{Depthwise: k, has: m.Has, strips: strips, function: m.Has.bindFor(&k.In, k.Function)}
	t.items = blocksIn(&k.In, k.Channels) * strips
	if padded(w) {
		t.between = stripOf(w, (w.OutHeight+strips-1)/strips).blockFloats()
	}
	t.scratch = t.between + halfScratchFor(&k.In)
	return t
}

func (t *depthwiseTask) sumRows() int { return t.strips }

func (t *depthwiseTask) Run(w *Worker, m Memory, first, last int) {
	o := operands{out: m.at(t.Out), in: m.at(t.In), weights: m.at(t.Weights), bias: m.at(t.Bias),
		residual: m.at(t.Residual), sums: m.at(t.Sums)}
	t.compute(&o, w, first, last)
}

func (t *depthwiseTask) compute(o *operands, worker *Worker, first, last int) {
	w := &t.Window
	strips := t.strips
	outPitch, inPitch, taps := w.OutHeight*w.OutWidth*lanes, w.InHeight*w.InWidth*lanes, w.taps()*lanes
	d := slideOf(1, w, t.function, t.has)
	d.half, d.halfScratch = isHalf(&t.In), worker.Scratch[t.between:]
	for item := first; item < last; item++ {
		block := item / strips
		row, endRow := shareOf(w.OutHeight, strips, item%strips)
		d.rows = endRow - row
		d.weights, d.bias = o.weights[block*taps:(block+1)*taps], o.bias[block*lanes:(block+1)*lanes]
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
		if o.sums != nil {
			d.sumsAt(o.sums, block, item%strips, strips)
		}
		d.run()
	}
}
