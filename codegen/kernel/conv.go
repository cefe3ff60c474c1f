package kernel

import "fmt"

// Conv is a convolution of any window and number of groups:
//
//	[in/16][inHeight][inWidth][16] → [out/16][outHeight][outWidth][16]
//
// InChannels and OutChannels are all channels, of which each group has its share.
//
// Weights are [out/16][depth][16], where the depth of a block of outputs runs over the blocks of the input channels it
// sees (see inputs), rows and columns of the window, and channels within the input block, with zeros for channels of
// other groups than that of the output; every block takes as much room as the one with the largest depth.
//
// Where groups share a block, infinities and NaN in one of them reach the others, being multiplied by zero.
type Conv struct {
	Out      Ref `op:"out"`
	In       Ref `op:"in"`
	Weights  Ref `op:"weights" holds:"f32,f16"`
	Bias     Ref `op:"weights"`    // [out/16][16]
	Residual Ref `op:"in,inplace"` // may be absent

	Groups, InChannels, OutChannels int
	Window                          Window
	Function                        Function
}

func (k *Conv) Describe() string {
	text := k.Window.String() + " convolution"
	if k.Groups > 1 {
		text += fmt.Sprintf(" of %d groups", k.Groups)
	}
	return text + residualText(k.Residual) + k.Function.then()
}

func (k *Conv) Bind(m *Machine, _ []Task) Task {
	bound := *k
	if k.slidesByEights(m.Has) {
		bound.Weights = m.floats(k.Weights)
		return bound.byEights(m)
	}
	onMatrix := k.paysOnMatrix(m)
	if onMatrix {
		bound.Weights = m.floats(k.Weights)
	} else {
		bound.Weights = m.stored(k.Weights)
	}
	return bound.on(m, onMatrix)
}

// convTask computes a convolution in one of two ways. On the matrix unit an item is a strip of rows and a pair of
// blocks of outputs; with product it is a strip of rows and a panel of up to four blocks, and scratch holds
//
//	[stripScratch]                the rows that the strip's windows see, with their padding, or copies of them
//	                              (shifted); where they are held, those of all strips, one behind the other
//	[blocks of a panel][depth]16  the panel's weights as float32, where they are stored as float16
type convTask struct {
	*Conv
	work
	has      Features
	function *activation
	depth    int // products that an output is the sum of, in the block of outputs that has most
	strips   int // how many strips of rows the output is cut into

	// With product.
	isFlat       bool // the rows of a strip are computed as if they were one: see flat
	stripScratch int  // floats of scratch for a strip
	holdsStrips  bool // there is scratch for all strips, which a worker fills once for all panels

	// On the matrix unit.
	pairs int // how many pairs of blocks of outputs there are
	part  int // floats that each of the three parts of a strip's pixels takes
	kept  Ref // the weights, split into parts when the model was made; absent where each item splits its own
}

func (k *Conv) on(m *Machine, onMatrix bool) *convTask {
	t := &convTask{Conv: k, work: work{onMatrix: onMatrix}, has: m.Has, function: m.Has.bind(k.Function),
		depth: k.depthOf(), isFlat: k.flat()}
	if t.onMatrix {
		t.strips, t.pairs = k.matrixCut()
		t.items = t.strips * t.pairs
		t.scratch, t.part = k.matrixScratch()
		t.scratch = max(t.scratch, k.stripFloats(1))
		t.kept = m.splitWeights(k.Weights, k.InChannels, k.OutChannels, k.Window.taps())
		return t
	}
	t.strips = k.stripCount()
	t.items = k.panels() * t.strips
	t.stripScratch = k.stripFloats((k.Window.OutHeight + t.strips - 1) / t.strips)
	t.holdsStrips = k.Groups == 1 && k.panels() > 1 && t.strips <= mostHeldStrips &&
		t.strips*t.stripScratch <= heldStripFloats
	t.scratch = t.stripsScratch()
	if isHalf(&k.Weights) {
		t.scratch += k.panelBlocks() * t.depth * lanes
	}
	return t
}

func (t *convTask) Run(w *Worker, m Memory, first, last int) {
	w.kept = m.at(t.kept)
	o := t.operands(m)
	t.compute(&o, w, first, last)
}

// operands returns what the operands hold.
func (k *Conv) operands(m Memory) operands {
	return operands{out: m.at(k.Out), in: m.at(k.In), weights: m.at(k.Weights), bias: m.at(k.Bias),
		residual: m.at(k.Residual)}
}

func (t *convTask) compute(o *operands, w *Worker, first, last int) {
	if t.onMatrix {
		t.computeMatrix(o, w, first, last)
		return
	}
	packed := stored{memory: o.weights, halves: isHalf(&t.Weights), pitch: t.depth * lanes, has: t.has}
	if packed.halves {
		packed.scratch = w.Scratch[t.stripsScratch():]
	}
	for item := first; item < last; item++ {
		var r region
		strip := item % t.strips
		r.block, r.endBlock = t.panel(item / t.strips)
		r.row, r.endRow = shareOf(t.Window.OutHeight, t.strips, strip)
		if !t.holdsStrips {
			t.products(o, &packed, w.Scratch, r, false)
			continue
		}
		t.products(o, &packed, w.Scratch[strip*t.stripScratch:], r, w.strips>>strip&1 != 0)
		w.strips |= 1 << strip
	}
}

// Bounds of the strips that are held from one panel to the next, and of what they take: half of a second-level cache of
// two megabytes.
const (
	mostHeldStrips  = 64 // the bits of Worker.strips
	heldStripFloats = 1 << 18
)

// products computes a region whose blocks see the same inputs; isFilled says that scratch holds these. weights.ahead
// spreads fetching the weights of the next panel over the strips of this one.
func (t *convTask) products(o *operands, weights *stored, scratch []float32, r region, isFilled bool) {
	w := &t.Window
	rows := r.endRow - r.row
	outPixels, depth := w.OutHeight*w.OutWidth, t.depth
	p := product{
		outPitch: outPixels * lanes, weightPitch: depth * lanes, pixelPitch: w.Stride.Columns * lanes,
		rows: w.Size.Rows, columns: w.Size.Columns, columnPitch: w.Dilation.Columns * lanes,
		function: t.function, has: t.has,
	}
	p.in = t.source(&p, o.in, scratch, r, isFilled)
	p.setOutputs(weights.blocks(r.block, r.endBlock), o.bias, r.block, r.endBlock, t.OutChannels)
	n := max(w.OutHeight/rows, 1)
	p.ahead = weights.ahead(r.endBlock, r.endBlock+r.blocks(), r.row*n/w.OutHeight, n)
	at := r.block*p.outPitch + r.row*w.OutWidth*lanes
	p.out = o.out[at:]
	if o.residual != nil {
		p.residual = o.residual[at:]
	}
	if t.isFlat {
		p.run(rows * w.OutWidth)
		return
	}
	p.moreLines, p.outLinePitch = rows-1, w.OutWidth*lanes
	p.linePitch = w.Stride.Rows * p.rowPitch / w.Dilation.Rows
	p.run(w.OutWidth)
}
