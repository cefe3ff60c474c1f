package kernel

// Pointwise is a 1×1 convolution of stride 1.
type Pointwise struct {
	Out      Ref `op:"out" holds:"f32,f16"`
	In       Ref `op:"in" holds:"f32,f16"`         // of one type with Out and Residual
	Weights  Ref `op:"weights" holds:"f32,f16"`    // [out/16][in][16]
	Bias     Ref `op:"weights"`                    // [out/16][16]
	Residual Ref `op:"in,inplace" holds:"f32,f16"` // may be absent
	Scale    Ref `op:"in"`                         // a vector with a factor for every input channel; may be absent

	InChannels, OutChannels, Pixels int
	Function                        Function
}

func (k *Pointwise) Describe() string {
	text := "1×1 convolution"
	if k.Scale.Present() {
		text += " of the scaled input"
	}
	return text + residualText(k.Residual) + k.Function.then()
}

func (k *Pointwise) Bind(m *Machine, _ []Task) Task {
	bound, onMatrix := *k, k.paysOnMatrix(m)
	switch {
	case k.isHalf():
		bound.Weights, bound.Bias = m.halves("weight", k.Weights), m.halves("bias", k.Bias)
	case onMatrix:
		bound.Weights = m.floats(k.Weights)
	default:
		bound.Weights = m.stored(k.Weights)
	}
	return bound.on(m, onMatrix)
}

// pointwiseTask computes on the matrix unit, a band of pixels and a pair of blocks of outputs being an item, or with
// product, where an item is a chunk of a band and a panel of blocks.
type pointwiseTask struct {
	*Pointwise
	work
	has                   Features
	function              *activation
	bands, chunks, panels int
	pairs, part           int // on the matrix unit: part is how many floats each part of a band's pixels takes
	made                  int // floats of scratch for weights; behind them that of float16
}

// isHalf reports whether values and arithmetic are float16.
func (k *Pointwise) isHalf() bool { return isHalf(&k.In) }

// blocks returns how many blocks of outputs there are.
func (k *Pointwise) blocks() int { return blocksIn(&k.In, k.OutChannels) }

func (k *Pointwise) on(m *Machine, onMatrix bool) *pointwiseTask {
	t := &pointwiseTask{Pointwise: k, work: work{onMatrix: onMatrix}, has: m.Has,
		function: m.Has.bindFor(&k.In, k.Function)}
	if t.onMatrix {
		t.bands, t.pairs = k.matrixCut()
		t.items = t.bands * t.pairs
		t.scratch, t.part = k.matrixScratch()
		return t
	}
	t.bands, t.chunks, t.panels = k.cut()
	t.items = t.bands * t.chunks * t.panels
	if k.makesWeights() {
		t.made = k.InChannels * 4 * lanes
	}
	t.scratch = t.made + halfScratchFor(&k.In)
	return t
}

// makesWeights reports whether the weights of each panel are made in scratch: scaled, or widened.
func (k *Pointwise) makesWeights() bool { return k.Scale.Present() || k.widensWeights() }

// widensWeights reports whether weights are float16, and products are not.
func (k *Pointwise) widensWeights() bool { return isHalf(&k.Weights) && !k.isHalf() }

// itemProducts is about how many multiplications by one block of weights, each of 16 lanes, make an item: some 10
// microseconds with AVX-512.
const itemProducts = 1 << 16

// chunks returns how many pieces the pixels are cut into, the product having a depth and at most four blocks wide.
func chunks(pixels, depth, blocks int) int {
	each := max(itemProducts/(depth*min(blocks, 4))/28*28, 28)
	return (pixels + each - 1) / each
}

// bandPixels is how many pixels a band has at least where there are several: making the weights for each then costs
// some percent of the products.
const bandPixels = 96

// cut returns into how many bands the pixels are cut, each band into chunks, and the output blocks into panels. Within
// a band, a panel is computed for all chunks before the next one.
//
// Weights that are more than the input are read once: all pixels are one band. Otherwise a band is one chunk, which all
// panels find in the cache, unless weights are made, for each band anew; then there are up to four bands, for each
// worker to have pixels of its own.
func (k *Pointwise) cut() (bands, chunkCount, panels int) {
	blocks := k.blocks()
	panels = panelsOf(blocks)
	switch {
	case k.makesWeights():
		bands = min(max(k.Pixels/bandPixels/2*2, 1), 4)
	case k.OutChannels > k.Pixels:
		bands = 1
	default:
		return chunks(k.Pixels, k.InChannels, blocks), 1, panels
	}
	return bands, chunks(k.Pixels/bands, k.InChannels, blocks), panels
}

func (t *pointwiseTask) Run(w *Worker, m Memory, first, last int) {
	o := operands{out: m.at(t.Out), in: m.at(t.In), weights: m.at(t.Weights), bias: m.at(t.Bias),
		residual: m.at(t.Residual), scale: m.at(t.Scale)}
	t.compute(&o, w, first, last)
}

func (t *pointwiseTask) compute(o *operands, w *Worker, first, last int) {
	if t.onMatrix {
		t.computeMatrix(o, w, first, last)
		return
	}
	p := product{
		outPitch: t.Pixels * lanes, weightPitch: t.InChannels * lanes,
		pixelPitch: lanes, blockPitch: t.Pixels * lanes, rows: 1, columns: 1, function: t.function, has: t.has,
		half: t.isHalf(), halfScratch: w.Scratch[t.made:],
	}
	if p.half {
		p.setHalfInputs(t.InChannels)
	} else {
		p.setInputs(0, t.InChannels)
	}
	packed := stored{memory: o.weights, halves: t.widensWeights(), pitch: p.weightPitch, has: t.has, scratch: w.Scratch}
	scaledPanel := -1
	for item := first; item < last; item++ {
		chunk, panel, band := item%t.chunks, item/t.chunks%t.panels, item/t.chunks/t.panels
		from, to := shareOf(t.Pixels, t.bands, band)
		begin, end := shareOf(to-from, t.chunks, chunk)
		begin, end = from+begin, from+end
		block, endBlock := shareOf(t.blocks(), t.panels, panel)
		p.setOutputs(packed.blocks(block, endBlock), o.bias, block, endBlock, t.OutChannels)
		if o.scale != nil {
			scaled := w.Scratch[:len(p.weights)] // where widened weights lie already
			if panel != scaledPanel {
				t.has.scaleWeights(scaled, p.weights, o.scale[:t.InChannels], p.half)
				scaledPanel = panel
			}
			p.weights = scaled
		}
		p.ahead = packed.ahead(endBlock, 2*endBlock-block, chunk, t.chunks)
		p.in = o.in[begin*lanes:]
		p.out = o.out[block*p.outPitch+begin*lanes:]
		if o.residual != nil {
			p.residual = o.residual[block*p.outPitch+begin*lanes:]
		}
		p.run(end - begin)
	}
}

// scaleWeights multiplies blocks of weights [in][16], or of 32 float16, one behind the other, by a factor for every
// input.
func (has Features) scaleWeights(scaled, weights, scale []float32, half bool) {
	length := len(scale) * lanes
	for at := 0; at < len(weights); at += length {
		if half {
			has.scaleRowsHalf(scaled[at:at+length], weights[at:at+length], scale)
			continue
		}
		has.scaleRows(scaled[at:at+length], weights[at:at+length], scale)
	}
}
