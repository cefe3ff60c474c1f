package kernel

import "fmt"

// ExpandDepthwise is a Pointwise and a Depthwise of its result, or a Conv of groups of eight channels, up to four
// blocks of channels and a strip of rows at a time, so that what lies between them never leaves the cache.
//
// Strips of one panel of blocks follow each other. A worker that computes two in succession keeps the rows that the
// windows of both see.
type ExpandDepthwise struct {
	Out              Ref `op:"out" holds:"f32,f16"`
	In               Ref `op:"in" holds:"f32,f16"`      // of one type with Out
	Weights          Ref `op:"weights" holds:"f32,f16"` // those of the Pointwise
	Bias             Ref `op:"weights"`
	DepthwiseWeights Ref `op:"weights" holds:"f32,f16"` // those of the Depthwise, or of the Conv
	DepthwiseBias    Ref `op:"weights"`
	Sums             Ref `op:"out"` // those of the Depthwise

	InChannels, Channels int    // of the input, and of what the 1×1 convolution makes of it
	Window               Window // of the depthwise convolution
	ExpandFunction       Function
	Function             Function
	Eights               bool // the second convolution is the Conv, of a window with HasEightsSlide
}

func (k *ExpandDepthwise) Describe() string {
	text := fmt.Sprintf("1×1 convolution to %d channels%s, %s ", k.Channels, k.ExpandFunction.then(), k.Window)
	if k.Eights {
		return text + fmt.Sprintf("convolution of %d groups%s", k.Channels/eight, k.Function.then())
	}
	return text + "depthwise convolution" + k.Function.then()
}

func (k *ExpandDepthwise) Bind(m *Machine, _ []Task) Task {
	bound, onMatrix := *k, k.paysOnMatrix(m)
	if k.isHalf() {
		bound.Weights, bound.Bias = m.halves("1×1 weight", k.Weights), m.halves("1×1 bias", k.Bias)
		bound.DepthwiseWeights = m.halves("depthwise weight", k.DepthwiseWeights)
		bound.DepthwiseBias = m.halves("depthwise bias", k.DepthwiseBias)
		return bound.on(m, onMatrix)
	}
	bound.DepthwiseWeights = m.floats(k.DepthwiseWeights)
	if onMatrix {
		bound.Weights = m.floats(k.Weights)
	} else {
		bound.Weights = m.stored(k.Weights)
	}
	return bound.on(m, onMatrix)
}

// expandDepthwiseTask has an item for each panel of blocks and strip of rows. The 1×1 convolution is computed on the
// matrix unit or with product. Scratch holds
//
//	[matrix]                         what the matrix unit needs, if it is used
//	[between]                        the rows between the two convolutions, of a panel's blocks
//	[blocks of a panel][inputs]16    the panel's weights as float32, where they are float16 and products are not
//	[halfScratchFloats]              what arithmetic of float16 needs, in place of the weights
//	[flat]                           rows side by side: see productsFlat
//	[taps][16]16                     the weights of the last block of groups of eight
type expandDepthwiseTask struct {
	*ExpandDepthwise
	work
	has     Features
	expand  *activation // of the 1×1 convolution
	last    *activation // of the depthwise convolution
	strips  int         // how many strips of rows the output is cut into
	panels  int         // how many panels the blocks of channels are divided into
	matrix  int         // floats of scratch for the matrix unit
	part    int         // floats that each of the three parts of the input's pixels takes there
	between int         // floats of scratch for the rows between the two convolutions
	flat    int         // where the rows begin in it that are computed as one
	rows    int         // how many these are, or 0
	padded  int         // where the weights of the last block begin
}

// isHalf reports whether values and arithmetic are float16.
func (k *ExpandDepthwise) isHalf() bool { return isHalf(&k.In) }

// blocks returns how many blocks of channels there are.
func (k *ExpandDepthwise) blocks() int { return blocksIn(&k.In, k.Channels) }

func (k *ExpandDepthwise) on(m *Machine, onMatrix bool) *expandDepthwiseTask {
	t := &expandDepthwiseTask{ExpandDepthwise: k, work: work{onMatrix: onMatrix}, has: m.Has,
		expand: m.Has.bindFor(&k.In, k.ExpandFunction), last: m.Has.bindFor(&k.In, k.Function)}
	t.strips = t.stripCount()
	t.panels = t.panelCount()
	t.items = t.panels * t.strips
	if t.onMatrix {
		t.matrix, t.part = k.matrixScratch()
	}
	blocks := min(k.blocks(), 4)
	t.between = blocks * tallestOf(&k.Window, t.strips).blockFloats()
	t.scratch = t.matrix + t.between + halfScratchFor(&k.In)
	if k.widensWeights() {
		t.scratch += blocks * k.InChannels * lanes
	}
	if t.flat = t.scratch; !t.onMatrix && !k.isHalf() && t.strips == 1 && t.has.isShort(k.Window.InWidth) {
		t.rows = min(tallestOf(&k.Window, 1).rows-k.Window.Top, k.Window.InHeight)
		t.scratch += blocks * t.rows * k.Window.InWidth * lanes
	}
	if t.padded = t.scratch; k.Eights {
		t.scratch += k.Window.taps() * lanes * lanes
	}
	return t
}

// stripCount returns into how many strips of rows the output is cut.
func (t *expandDepthwiseTask) stripCount() int {
	w := &t.Window
	blocks := min(t.blocks(), 4)
	cost := blocks * (w.InWidth*w.Stride.Rows*t.InChannels + w.OutWidth*(w.taps()*groupIf(t.Eights)+4))
	strips := stripsFor(2*itemProducts, w.OutHeight, cost)
	if t.onMatrix {
		strips = 1 // the matrix unit takes its time to begin
	}
	return fittingStrips(w, strips, blocks)
}

// panelCount returns how many panels the blocks of channels are divided into. If there are several and all rows are one
// strip, their number is even, for two workers to have as much to do.
func (t *expandDepthwiseTask) panelCount() int {
	blocks, each := t.blocks(), 4
	if !t.onMatrix && !t.isHalf() {
		each = t.has.bestBlocks(t.Window.InWidth)
	}
	panels := (blocks + each - 1) / each
	if panels > 1 && panels%2 > 0 && t.strips == 1 {
		panels++
	}
	return panels
}

// widensWeights reports whether weights are float16, and products are not.
func (k *ExpandDepthwise) widensWeights() bool { return isHalf(&k.Weights) && !k.isHalf() }

func (t *expandDepthwiseTask) sumRows() int { return t.strips }

func (t *expandDepthwiseTask) Run(w *Worker, m Memory, first, last int) {
	o := operands{out: m.at(t.Out), in: m.at(t.In), weights: m.at(t.Weights), bias: m.at(t.Bias),
		depthwiseWeights: m.at(t.DepthwiseWeights), depthwiseBias: m.at(t.DepthwiseBias), sums: m.at(t.Sums)}
	t.compute(&o, w, first, last)
}

func (t *expandDepthwiseTask) compute(o *operands, worker *Worker, first, last int) {
	w := &t.Window
	packed := stored{memory: o.weights, halves: t.widensWeights(), pitch: t.InChannels * lanes, has: t.has}
	if packed.halves {
		packed.scratch = worker.Scratch[t.between:] // t.matrix is 0: the matrix unit reads weights of float32
	}
	e := expansion{t: t, in: o.in, weights: o.weights, packed: packed, bias: o.bias, strip: rollingStrip{
		window: w, function: t.last, has: t.has, scratch: worker.Scratch,
		out: o.out, weights: o.depthwiseWeights, bias: o.depthwiseBias, sums: o.sums,
		half: t.isHalf(), halfScratch: worker.Scratch[t.matrix+t.between:],
		eights: t.Eights, channels: t.Channels, padded: worker.Scratch[t.padded:],
	}, flat: worker.Scratch[t.flat:]}
	if t.onMatrix {
		e.strip.scratch = worker.Scratch[t.matrix:]
		e.begin(worker)
	}
	for item := first; item < last; item++ {
		var r region
		r.block, r.endBlock = shareOf(t.blocks(), t.panels, item/t.strips)
		r.row, r.endRow = shareOf(w.OutHeight, t.strips, item%t.strips)
		// The order in which the unit adds up a pixel's products depends on which pixels are computed together, so it
		// computes all rows of a strip, wherever a range of items begins.
		continues := item > first && item%t.strips > 0 && !t.onMatrix
		between := r
		between.row, between.endRow = e.strip.advance(r, continues)
		if between.row < between.endRow && !(e.finite && e.multiply(between)) {
			e.products(between)
		}
		e.strip.convolve(r, item%t.strips, t.strips)
	}
}

// expansion fills strips with the results of a 1×1 convolution.
type expansion struct {
	strip             rollingStrip
	t                 *expandDepthwiseTask
	in, weights, bias []float32
	packed            stored // weights, for product
	flat              []float32

	work   matrixWork // if the matrix unit is used
	finite bool       // all numbers of the input
}

// products computes a region of what lies between the convolutions.
func (e *expansion) products(r region) {
	w := &e.t.Window
	p := product{
		outPitch: e.strip.held.blockFloats(), weightPitch: e.t.InChannels * lanes, pixelPitch: lanes,
		blockPitch: w.InHeight * w.InWidth * lanes, rows: 1, columns: 1, function: e.t.expand, has: e.t.has,
		half: e.strip.half, halfScratch: e.strip.halfScratch,
	}
	p.setOutputs(e.packed.blocks(r.block, r.endBlock), e.bias, r.block, r.endBlock, e.t.Channels)
	if p.half {
		p.setHalfInputs(e.t.InChannels)
	} else {
		p.setInputs(0, e.t.InChannels)
	}
	p.linePitch, p.outLinePitch = w.InWidth*lanes, e.strip.held.width*lanes
	if e.t.strips == 1 { // or else the next strip needs the same weights
		p.ahead = e.packed.ahead(r.endBlock, r.endBlock+r.blocks(), 0, 1)
	}
	p.in, p.out, p.moreLines = e.in[r.row*w.InWidth*lanes:], e.strip.row(r.row), r.endRow-r.row-1
	if e.t.rows > 0 {
		e.productsFlat(&p, r.row, r.endRow)
		return
	}
	p.run(w.InWidth)
}

// productsFlat computes rows that are too short for tiles as if they were one, and copies them to the strip.
func (e *expansion) productsFlat(p *product, first, last int) {
	row := e.t.Window.InWidth * lanes
	p.out, p.outPitch, p.moreLines = e.flat, (last-first)*row, 0
	p.run((last - first) * e.t.Window.InWidth)
	for b := range p.blocks {
		for y := first; y < last; y++ {
			copy(e.strip.row(y)[b*e.strip.held.blockFloats():][:row], e.flat[b*p.outPitch+(y-first)*row:])
		}
	}
}
