package kernel

// Linear multiplies a vector with a matrix, [in] → [out], as a 1×1 convolution does the only pixel of an image. All
// weights are read for a single pixel, so it takes as long as memory needs to bring them.
type Linear struct {
	Out      Ref `op:"out"`
	In       Ref `op:"in"`
	Weights  Ref `op:"weights" holds:"f32,f16"` // [out/16][in][16]
	Bias     Ref `op:"weights"`                 // [out/16][16]
	Residual Ref `op:"in,inplace"`              // may be absent

	InChannels, OutChannels int
	Function                Function
}

func (k *Linear) Describe() string {
	return "linear" + residualText(k.Residual) + k.Function.then()
}

func (k *Linear) Bind(m *Machine, _ []Task) Task {
	bound := *k
	bound.Weights = m.stored(k.Weights)
	t := &linearTask{Linear: &bound, work: work{items: panelsOf(blocksOf(k.OutChannels))}, has: m.Has,
		function: m.Has.bind(k.Function)}
	if isHalf(&bound.Weights) {
		if k.InChannels*4*lanes > mostWidened {
			t.items = blocksOf(k.OutChannels)
		}
		blocks := (blocksOf(k.OutChannels) + t.items - 1) / t.items
		t.scratch = k.InChannels * blocks * lanes
	}
	return t
}

// mostWidened is how many weights are widened together if less will do: half of a second-level cache of one megabyte.
const mostWidened = 1 << 17

// linearTask has an item for every four blocks of outputs, or for each where there are many inputs and their weights
// are widened.
type linearTask struct {
	*Linear
	work
	has      Features
	function *activation
}

func (t *linearTask) Run(w *Worker, m Memory, first, last int) {
	o := operands{out: m.at(t.Out), in: m.at(t.In), weights: m.at(t.Weights), bias: m.at(t.Bias),
		residual: m.at(t.Residual)}
	t.compute(&o, w, first, last)
}

func (t *linearTask) compute(o *operands, w *Worker, first, last int) {
	p := product{
		in: o.in, outPitch: lanes, weightPitch: t.InChannels * lanes,
		pixelPitch: lanes, blockPitch: lanes, rows: 1, columns: 1, function: t.function, has: t.has,
	}
	p.setInputs(0, t.InChannels)
	packed := stored{memory: o.weights, halves: isHalf(&t.Weights), pitch: p.weightPitch, has: t.has,
		scratch: w.Scratch}
	for panel := first; panel < last; panel++ {
		begin, end := shareOf(blocksOf(t.OutChannels), t.items, panel)
		p.setOutputs(packed.blocks(begin, end), o.bias, begin, end, t.OutChannels)
		p.out = o.out[begin*lanes : end*lanes]
		if o.residual != nil {
			p.residual = o.residual[begin*lanes : end*lanes]
		}
		p.run(1)
	}
}
