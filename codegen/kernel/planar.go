package kernel

// Planar is a dense convolution of the caller's planar image, [in, height, width], which has few channels.
//
// What a row of the window sees of a channel lies together, as the lanes of a block do elsewhere.
type Planar struct {
	Out      Ref `op:"out"`
	In       Ref `op:"in" holds:"f32 planes"`
	Weights  Ref `op:"weights" holds:"f32,f16"` // [out/16][depth][16]: input channels, rows, columns of the window
	Bias     Ref `op:"weights"`                 // [out/16][16]
	Residual Ref `op:"in,inplace"`              // may be absent

	InChannels, OutChannels int
	Window                  Window
	Function                Function
}

func (k *Planar) Describe() string {
	return k.Window.String() + " convolution of the image" + residualText(k.Residual) + k.Function.then()
}

func (k *Planar) Bind(m *Machine, _ []Task) Task {
	bound := *k
	bound.Weights = m.floats(k.Weights)
	return bound.on(m)
}

// planarTask has an item for each strip of rows.
type planarTask struct {
	*Planar
	work
	has      Features
	function *activation
}

func (k *Planar) on(m *Machine) *planarTask {
	w := &k.Window
	strips := stripsFor(itemProducts, w.OutHeight, k.depth()*w.OutWidth*blocksOf(k.OutChannels))
	scratch := k.sourceFloats((w.OutHeight + strips - 1) / strips)
	return &planarTask{Planar: k, work: work{items: strips, scratch: scratch}, has: m.Has,
		function: m.Has.bind(k.Function)}
}

// depth returns how many products an output has.
func (k *Planar) depth() int { return k.InChannels * k.Window.taps() }

// sourceFloats returns how much scratch source needs for a number of output rows.
func (k *Planar) sourceFloats(outRows int) int {
	if !padded(&k.Window) {
		return 0
	}
	strip := stripOf(&k.Window, outRows)
	return k.InChannels * strip.rows * strip.width
}

func (t *planarTask) Run(w *Worker, m Memory, first, last int) {
	o := operands{out: m.at(t.Out), in: m.at(t.In), weights: m.at(t.Weights), bias: m.at(t.Bias),
		residual: m.at(t.Residual)}
	t.compute(&o, w, first, last)
}

func (t *planarTask) compute(o *operands, worker *Worker, first, last int) {
	w := &t.Window
	strips, blocks, outPixels := t.items, blocksOf(t.OutChannels), w.OutHeight*w.OutWidth
	p := t.product(t.has, t.function)
	p.outPitch = outPixels * lanes
	for item := first; item < last; item++ {
		row, endRow := shareOf(w.OutHeight, strips, item)
		from := t.source(&p, o.in, worker.Scratch, row, endRow)
		for panel := range panelsOf(blocks) {
			block, endBlock := shareOf(blocks, panelsOf(blocks), panel)
			p.setOutputs(o.weights[block*p.weightPitch:endBlock*p.weightPitch], o.bias, block, endBlock, t.OutChannels)
			at := block*p.outPitch + row*w.OutWidth*lanes
			p.in, p.out = from, o.out[at:]
			if o.residual != nil {
				p.residual = o.residual[at:]
			}
			p.moreLines, p.linePitch, p.outLinePitch = endRow-row-1, t.linePitch(&p), w.OutWidth*lanes
			p.run(w.OutWidth)
		}
	}
}

// product returns the product that computes rows of the output. What it reads and writes, and for which blocks, is
// still to be said.
func (k *Planar) product(has Features, function *activation) product {
	w := &k.Window
	p := product{
		weightPitch: k.depth() * lanes, pixelPitch: w.Stride.Columns,
		rows: w.Size.Rows, columns: 1, function: function, segmentCount: 1, has: has,
	}
	p.segments[0] = segment{0, k.InChannels, w.Size.Columns}
	if w.Dilation.Columns > 1 {
		p.columns, p.columnPitch, p.segments[0].lanes = w.Size.Columns, w.Dilation.Columns, 1
	}
	return p
}

// linePitch returns how far apart lies what neighbouring output rows see, of those for which source pointed the
// product.
func (k *Planar) linePitch(p *product) int {
	return k.Window.Stride.Rows * p.rowPitch / k.Window.Dilation.Rows
}

// source points the product at the inputs of a range of output rows and returns what its first row sees: the image
// itself or, where windows see padding, strips of its channels in scratch.
func (k *Planar) source(p *product, image, scratch []float32, row, endRow int) []float32 {
	w := &k.Window
	top := row*w.Stride.Rows - w.Top
	if !padded(w) {
		p.blockPitch, p.rowPitch = w.InHeight*w.InWidth, w.Dilation.Rows*w.InWidth
		return image[top*w.InWidth:]
	}
	strip := stripOf(w, endRow-row)
	p.blockPitch, p.rowPitch = strip.rows*strip.width, w.Dilation.Rows*strip.width
	for c := range k.InChannels {
		to, plane := scratch[c*p.blockPitch:], image[c*w.InHeight*w.InWidth:]
		for row := range strip.rows {
			line := to[row*strip.width : (row+1)*strip.width]
			if y := top + row; y < 0 || y >= w.InHeight {
				clear(line)
			} else {
				clear(line[:w.Left])
				copy(line[w.Left:], plane[y*w.InWidth:(y+1)*w.InWidth])
				clear(line[w.Left+w.InWidth:])
			}
		}
	}
	return scratch
}
