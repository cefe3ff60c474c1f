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
// blocks of outputs; with product it is a strip of rows and a set of up to four blocks, and scratch holds
//
//	[stripScratch]              the rows that the strip's windows see, with their padding, or copies of them
//	                            (shifted); where they are kept, those of all strips, one behind the other
//	[blocks of a set][depth]16  the set's weights as float32, where they are stored as float16
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
	keepsStrips  bool // there is scratch for all strips, which a worker fills once for all sets

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
	t.items = k.sets() * t.strips
	t.stripScratch = k.stripFloats((k.Window.OutHeight + t.strips - 1) / t.strips)
	t.keepsStrips = k.Groups == 1 && t.strips <= mostKeptStrips && t.strips*t.stripScratch <= keptStripFloats
	t.scratch = t.stripsScratch()
	if isHalf(&k.Weights) {
		t.scratch += k.setBlocks() * t.depth * lanes
	}
	return t
}

// inputs returns the range of input channels that a block of output channels sees: those of all groups that have
// channels in the block. Weights are packed by the same rule: inputsOf in codegen/plan/weights.go.
func (k *Conv) inputs(block int) (begin, end int) {
	groupIn, groupOut := k.InChannels/k.Groups, k.OutChannels/k.Groups
	last := min(block*lanes+lanes, k.OutChannels) - 1
	return block * lanes / groupOut * groupIn, (last/groupOut + 1) * groupIn
}

// depthOf returns how many products the output block with the most of them has.
func (k *Conv) depthOf() int {
	most := 0
	for b := range blocksOf(k.OutChannels) {
		begin, end := k.inputs(b)
		most = max(most, end-begin)
		if k.Groups == 1 {
			break
		}
	}
	return most * k.Window.taps()
}

// deep is the depth from which on output blocks are computed by twos rather than by fours, in wider tiles, so that
// their weights stay in the second-level cache.
const deep = 4096

// setsOf returns into how many sets a number of output blocks that see the same inputs is divided.
func (k *Conv) setsOf(blocks int) int {
	if k.depthOf() > deep {
		return (blocks + 1) / 2
	}
	return setsOf(blocks)
}

// sets returns into how many sets the output blocks are divided, each of at most four that see the same inputs:
//
//	one group                            all blocks see all inputs
//	groups of whole blocks of outputs    a group's blocks see its inputs: the sets of each group by itself
//	groups within blocks                 a block may see the inputs of several groups: a set for each block
func (k *Conv) sets() int {
	groupOut := k.OutChannels / k.Groups
	switch {
	case k.Groups == 1:
		return k.setsOf(blocksOf(k.OutChannels))
	case groupOut%lanes == 0:
		return k.Groups * k.setsOf(groupOut/lanes)
	}
	return blocksOf(k.OutChannels)
}

// set returns the output blocks of a set.
func (k *Conv) set(i int) (block, endBlock int) {
	groupOut := k.OutChannels / k.Groups
	switch {
	case k.Groups == 1:
		return shareOf(blocksOf(k.OutChannels), k.sets(), i)
	case groupOut%lanes == 0:
		blocks := groupOut / lanes
		each := k.setsOf(blocks)
		block, endBlock = shareOf(blocks, each, i%each)
		return i/each*blocks + block, i/each*blocks + endBlock
	}
	return i, i + 1
}

// setBlocks returns how many blocks the largest set has.
func (k *Conv) setBlocks() int {
	most := 0
	for i := range k.sets() {
		block, endBlock := k.set(i)
		most = max(most, endBlock-block)
	}
	return most
}

// fewItems is how many items are too few for an even share among workers.
const fewItems = 24

// stripCount returns into how many strips of rows the output is cut: high ones, which share more of what their windows
// see, unless there would be too few.
func (k *Conv) stripCount() int {
	sets := k.sets()
	cost := k.depthOf() * k.Window.OutWidth * ((blocksOf(k.OutChannels) + sets - 1) / sets)
	if strips := stripsFor(4*itemProducts, k.Window.OutHeight, cost); sets*strips >= fewItems {
		return strips
	}
	return stripsFor(itemProducts, k.Window.OutHeight, cost)
}

// flat reports whether the pixels of several rows are computed together, as if they were one row: rows are shorter than
// tiles, and would leave registers without work. It takes copies of the input in which neighbouring rows of the output
// see neighbouring pixels (shifted). With a stride, these are more, and have to be few enough to be kept.
func (k *Conv) flat() bool {
	w := &k.Window
	if w.taps() == 1 || w.OutWidth >= 14 {
		return false
	}
	return w.Stride == Square(1) ||
		k.Groups == 1 && blocksOf(k.InChannels)*w.taps()*(w.OutHeight+1)*w.OutWidth*lanes <= keptStripFloats
}

// copiedRows returns how many rows each copy of shifted has for some rows of the output, and how many lie between what
// a row of the window sees and what the next one sees. With a stride, each row of the window has rows of its own.
func (k *Conv) copiedRows(outRows int) (rows, apart int) {
	if k.Window.Stride == Square(1) {
		return stripOf(&k.Window, outRows).rows, k.Window.Dilation.Rows
	}
	return k.Window.Size.Rows * outRows, outRows
}

// stripFloats returns how much scratch a number of output rows need.
func (k *Conv) stripFloats(outRows int) int {
	if !padded(&k.Window) && !k.flat() {
		return 0
	}
	most := 0
	for b := range blocksOf(k.OutChannels) {
		begin, end := k.inputs(b)
		most = max(most, blocksOf(end)-begin/lanes)
	}
	if k.flat() {
		rows, _ := k.copiedRows(outRows)
		return most * k.Window.Size.Columns * rows * k.Window.OutWidth * lanes
	}
	strip := stripOf(&k.Window, outRows)
	return most * strip.blockFloats()
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
		r.block, r.endBlock = t.set(item / t.strips)
		r.from, r.to = shareOf(t.Window.OutHeight, t.strips, strip)
		if !t.keepsStrips {
			t.products(o, &packed, w.Scratch, r, false)
			continue
		}
		t.products(o, &packed, w.Scratch[strip*t.stripScratch:], r, w.strips>>strip&1 != 0)
		w.strips |= 1 << strip
	}
}

// Bounds of the strips that are kept from one set to the next, and of what they take: half of a second-level cache of
// two megabytes.
const (
	mostKeptStrips  = 64 // the bits of Worker.strips
	keptStripFloats = 1 << 18
)

// stripsScratch returns how many floats of scratch there are for strips.
func (t *convTask) stripsScratch() int {
	if t.keepsStrips {
		return t.strips * t.stripScratch
	}
	return t.stripScratch
}

// products computes a region whose blocks see the same inputs; isFilled says that scratch holds these. weights.ahead
// spreads fetching the weights of the next set over the strips of this one.
func (t *convTask) products(o *operands, weights *stored, scratch []float32, r region, isFilled bool) {
	w := &t.Window
	rows := r.to - r.from
	outPixels, depth := w.OutHeight*w.OutWidth, t.depth
	p := product{
		outPitch: outPixels * lanes, weightPitch: depth * lanes, pixelPitch: w.Stride.Columns * lanes,
		rows: w.Size.Rows, columns: w.Size.Columns, columnPitch: w.Dilation.Columns * lanes,
		function: t.function, has: t.has,
	}
	p.in = t.source(&p, o.in, scratch, r, isFilled)
	p.setOutputs(weights.blocks(r.block, r.endBlock), o.bias, r.block, r.endBlock, t.OutChannels)
	n := max(w.OutHeight/rows, 1)
	p.ahead = weights.ahead(r.endBlock, r.endBlock+r.blocks(), r.from*n/w.OutHeight, n)
	at := r.block*p.outPitch + r.from*w.OutWidth*lanes
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

// source points the product at the inputs of a region and returns what its first row sees: the input itself or, where
// windows see padding, a strip in scratch, which it fills unless it is filled.
func (t *convTask) source(p *product, in, scratch []float32, r region, isFilled bool) []float32 {
	w := &t.Window
	begin, end := t.inputs(r.block)
	firstBlock, top := begin/lanes, r.from*w.Stride.Rows-w.Top
	strip := stripOf(w, r.to-r.from)
	if t.isFlat {
		rows, apart := t.copiedRows(r.to - r.from)
		p.rowPitch, p.columnPitch = apart*w.OutWidth*lanes, rows*w.OutWidth*lanes
		p.blockPitch, p.pixelPitch = w.Size.Columns*p.columnPitch, lanes
		if !isFilled {
			t.shifted(p, in, scratch, region{firstBlock, blocksOf(end), r.from, r.to})
		}
		p.setInputs(begin-firstBlock*lanes, end-firstBlock*lanes)
		return scratch
	}
	if !padded(w) {
		p.blockPitch, p.rowPitch = w.InHeight*w.InWidth*lanes, w.Dilation.Rows*w.InWidth*lanes
		p.setInputs(begin-firstBlock*lanes, end-firstBlock*lanes)
		return in[firstBlock*p.blockPitch+top*w.InWidth*lanes:]
	}
	p.blockPitch, p.rowPitch = strip.blockFloats(), w.Dilation.Rows*strip.width*lanes
	p.setInputs(begin-firstBlock*lanes, end-firstBlock*lanes)
	for b := firstBlock; b < blocksOf(end) && !isFilled; b++ {
		strip.fill(scratch[(b-firstBlock)*p.blockPitch:], in[b*w.InHeight*w.InWidth*lanes:], w, top)
	}
	return scratch
}

// shifted makes copies of what a region sees of the input, in scratch, one for every column of the window, which hold
// what the column sees of each row: the pixels of all rows then lie one behind the other. Of a window of three columns
// with padding 1, on rows of four pixels:
//
//	input      copy 0     copy 1     copy 2
//	a b c d    0 a b c    a b c d    b c d 0
//	e f g h    0 e f g    e f g h    f g h 0
//
// Output pixel p, counted over all rows, sees at (r, c) of the window pixel r·Dilation.Rows·4 + p of copy c. With a
// stride of two a copy has, one behind the other, what each row of the window sees, 0 being that of padding:
//
//	input      copy 0    copy 1    copy 2
//	a b c d    0 0       0 0       0 0       first row of the window
//	e f g h    0 f       e g       f h
//	i j k l    0 b       a c       b d       second
//	m n o p    0 j       i k       j l
//	           0 f       e g       f h       third
//	           0 n       m o       n p
func (t *convTask) shifted(p *product, in, scratch []float32, r region) {
	w := &t.Window
	outRows := r.to - r.from
	rows, _ := t.copiedRows(outRows)
	for b := r.block; b < r.endBlock; b++ {
		image := in[b*w.InHeight*w.InWidth*lanes:]
		for column := range w.Size.Columns {
			to := scratch[(b-r.block)*p.blockPitch+column*p.columnPitch:]
			for i := range rows {
				y := r.from - w.Top + i
				if w.Stride != Square(1) {
					y = (r.from+i%outRows)*w.Stride.Rows - w.Top + i/outRows*w.Dilation.Rows
				}
				line := to[i*w.OutWidth*lanes:][:w.OutWidth*lanes]
				if y < 0 || y >= w.InHeight {
					clear(line)
					continue
				}
				w.copySeen(line, image[y*w.InWidth*lanes:][:w.InWidth*lanes], column)
			}
		}
	}
}

// copySeen copies what a column of the window sees of a row of one block, for each pixel of the output.
func (w *Window) copySeen(to, row []float32, column int) {
	start, stride := column*w.Dilation.Columns-w.Left, w.Stride.Columns // what the first output pixel sees
	first := min(max((stride-1-start)/stride, 0), w.OutWidth)
	last := max(min((w.InWidth-1-start+stride)/stride, w.OutWidth), first)
	clear(to[:first*lanes])
	switch {
	case stride > 1:
		for x := first; x < last; x++ {
			copy(to[x*lanes:][:lanes], row[(start+x*stride)*lanes:])
		}
	case last > first:
		copy(to[first*lanes:last*lanes], row[(start+first)*lanes:])
	}
	clear(to[last*lanes:])
}
