package kernel

import "fmt"

// PlanarDepthwise is a Planar and a Depthwise of its result, up to four blocks of channels and a strip of rows at a
// time, so that what lies between them never leaves the cache.
//
// Strips of one panel of blocks follow each other. A worker that computes two in succession keeps the rows that the
// windows of both see.
type PlanarDepthwise struct {
	Out              Ref `op:"out" holds:"f32,f16"`
	In               Ref `op:"in" holds:"f32 planes"`
	Weights          Ref `op:"weights" holds:"f32,f16"` // those of the Planar
	Bias             Ref `op:"weights"`
	DepthwiseWeights Ref `op:"weights" holds:"f32,f16"` // those of the Depthwise
	DepthwiseBias    Ref `op:"weights"`
	Sums             Ref `op:"out"` // those of the Depthwise

	InChannels, Channels int    // of the image, and of what the first convolution makes of it
	PlanarWindow         Window // of the first convolution
	PlanarFunction       Function
	Window               Window // of the depthwise convolution
	Function             Function
}

func (k *PlanarDepthwise) Describe() string {
	return fmt.Sprintf("%s convolution of the image to %d channels%s, %s depthwise convolution%s",
		k.PlanarWindow, k.Channels, k.PlanarFunction.then(), k.Window, k.Function.then())
}

func (k *PlanarDepthwise) Bind(m *Machine, _ []Task) Task {
	bound := *k
	bound.Weights = m.floats(k.Weights)
	if k.isHalf() {
		bound.DepthwiseWeights = m.halves("depthwise weight", k.DepthwiseWeights)
		bound.DepthwiseBias = m.halves("depthwise bias", k.DepthwiseBias)
	} else {
		bound.DepthwiseWeights = m.floats(k.DepthwiseWeights)
	}
	return bound.on(m)
}

// fewStrips is how many strips are too few for an even share among workers.
const fewStrips = 8

// planarDepthwiseTask has an item for each panel of blocks and strip of rows. Scratch holds
//
//	[between]            the rows between the two convolutions, of a panel's blocks
//	[source]             the rows of the image that the first convolution reads, with their padding
//	[rowFloats]          where the result is float16: a row of the first convolution's results, float32 still
//	[halfScratchFloats]  there, too: what arithmetic of float16 needs
type planarDepthwiseTask struct {
	*PlanarDepthwise
	work
	has     Features
	planar  Planar      // the first convolution
	strips  int         // how many strips of rows the output is cut into
	first   *activation // of the first convolution
	last    *activation // of the depthwise convolution
	between int         // floats of scratch for the rows between the two convolutions
	source  int         // floats of scratch for what the first convolution reads
}

// isHalf reports whether the result is float16. The first convolution, of the image, is of float32 always.
func (k *PlanarDepthwise) isHalf() bool { return isHalf(&k.Out) }

// blocks returns how many blocks of channels there are.
func (k *PlanarDepthwise) blocks() int { return blocksIn(&k.Out, k.Channels) }

func (k *PlanarDepthwise) on(m *Machine) *planarDepthwiseTask {
	t := &planarDepthwiseTask{PlanarDepthwise: k, has: m.Has, first: m.Has.bind(k.PlanarFunction),
		last: m.Has.bindFor(&k.Out, k.Function)}
	t.planar = Planar{InChannels: k.InChannels, OutChannels: k.Channels, Window: k.PlanarWindow,
		Function: k.PlanarFunction}
	t.strips = t.stripCount()
	blocks := k.blocks()
	t.items = panelsOf(blocks) * t.strips
	tallest := tallestOf(&k.Window, t.strips)
	t.between = min(blocks, 4) * tallest.blockFloats()
	t.source = t.planar.sourceFloats(min(tallest.rows, k.Window.InHeight))
	t.scratch = t.between + t.source
	if k.isHalf() {
		t.scratch += t.rowFloats() + halfScratchFloats
	}
	return t
}

// stripCount returns into how many strips of rows the output is cut.
func (t *planarDepthwiseTask) stripCount() int {
	w := &t.Window
	blocks := min(t.blocks(), 4)
	cost := blocks * (w.InWidth*w.Stride.Rows*t.planar.depth() + w.OutWidth*(w.taps()+4))
	strips := stripsFor(2*itemProducts, w.OutHeight, cost)
	if strips < fewStrips {
		strips = stripsFor(itemProducts, w.OutHeight, cost)
	}
	return fittingStrips(w, strips, blocks)
}

func (t *planarDepthwiseTask) sumRows() int { return t.strips }

func (t *planarDepthwiseTask) Run(w *Worker, m Memory, first, last int) {
	o := operands{out: m.at(t.Out), in: m.at(t.In), weights: m.at(t.Weights), bias: m.at(t.Bias),
		depthwiseWeights: m.at(t.DepthwiseWeights), depthwiseBias: m.at(t.DepthwiseBias), sums: m.at(t.Sums)}
	t.compute(&o, w, first, last)
}

func (t *planarDepthwiseTask) compute(o *operands, worker *Worker, first, last int) {
	blocks, strips := t.blocks(), t.strips
	s := rollingStrip{
		window: &t.Window, function: t.last, has: t.has, scratch: worker.Scratch,
		out: o.out, weights: o.depthwiseWeights, bias: o.depthwiseBias, sums: o.sums, half: t.isHalf(),
	}
	source, line := worker.Scratch[t.between:], worker.Scratch[t.between+t.source:]
	if s.half {
		s.halfScratch = line[t.rowFloats():]
	}
	p := t.planar.product(t.has, t.first)
	for item := first; item < last; item++ {
		var r region
		r.block, r.endBlock = shareOf(blocks, panelsOf(blocks), item/strips)
		r.row, r.endRow = shareOf(t.Window.OutHeight, strips, item%strips)
		from, to := s.advance(r, item > first && item%strips > 0)
		if from < to {
			block, endBlock := r.block, r.endBlock // of float32
			if s.half {
				block, endBlock = 2*block, min(2*endBlock, blocksOf(t.Channels))
			}
			p.setOutputs(o.weights[block*p.weightPitch:endBlock*p.weightPitch], o.bias, block, endBlock, t.Channels)
			p.outPitch = s.held.blockFloats()
			p.in, p.out = t.planar.source(&p, o.in, source, from, to), s.row(from)
			p.moreLines, p.linePitch, p.outLinePitch = to-from-1, t.planar.linePitch(&p), s.held.width*lanes
			if s.half {
				t.halfRows(&p, line)
			} else {
				p.run(t.Window.InWidth)
			}
		}
		s.convolve(r, item%strips, strips)
	}
}

// rowFloats returns how many floats a row of the first convolution's results has, of as many blocks as are computed
// together.
func (t *planarDepthwiseTask) rowFloats() int {
	return min(blocksOf(t.Channels), 2*4) * t.Window.InWidth * lanes
}

// halfRows computes rows of the first convolution as float32, and makes float16 of each where the product's results go.
func (t *planarDepthwiseTask) halfRows(p *product, line []float32) {
	width := t.Window.InWidth
	for i := range p.moreLines + 1 {
		row := p.line(i, 1)
		to := row.out
		row.out, row.outPitch = line, width*lanes
		row.run(width)
		for b := 0; b < p.blocks; b += 2 {
			first := line[b*row.outPitch:]
			second := first // where there is none, nobody looks at these lanes
			if b+1 < p.blocks {
				second = first[row.outPitch:]
			}
			t.has.narrowPixels(to[b/2*p.outPitch:], first, second, lanes, width)
		}
	}
}
