package kernel

import "fmt"

// PlanarDepthwise is a Planar and a Depthwise of its result, up to four blocks of channels and a strip of rows at a
// time, so that what lies between them never leaves the cache.
//
// Strips of one group of blocks follow each other. A worker that computes two in succession keeps the rows that the
// windows of both see.
type PlanarDepthwise struct {
	Out              Ref `op:"out"`
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
	bound.Weights, bound.DepthwiseWeights = m.floats(k.Weights), m.floats(k.DepthwiseWeights)
	return bound.on(m)
}

// fewStrips is how many strips are too few for an even share among workers.
const fewStrips = 8

// planarDepthwiseTask has an item for each group of blocks and strip of rows.
type planarDepthwiseTask struct {
	*PlanarDepthwise
	work
	has     Features
	planar  Planar // the first convolution
	strips  int
	first   *activation // of the first convolution
	last    *activation
	between int // floats of scratch for the rows between the two convolutions
}

func (k *PlanarDepthwise) on(m *Machine) *planarDepthwiseTask {
	t := &planarDepthwiseTask{PlanarDepthwise: k, has: m.Has, first: m.Has.bind(k.PlanarFunction),
		last: m.Has.bind(k.Function)}
	t.planar = Planar{InChannels: k.InChannels, OutChannels: k.Channels, Window: k.PlanarWindow,
		Function: k.PlanarFunction}
	t.strips = t.stripCount()
	t.items = groupsOf(blocksOf(k.Channels)) * t.strips
	tallest := tallestOf(&k.Window, t.strips)
	t.between = min(blocksOf(k.Channels), 4) * tallest.blockFloats()
	t.scratch = t.between + t.planar.sourceFloats(min(tallest.rows, k.Window.InHeight))
	return t
}

// stripCount returns into how many strips of rows the output is cut.
func (t *planarDepthwiseTask) stripCount() int {
	w := &t.Window
	blocks := min(blocksOf(t.Channels), 4)
	cost := blocks * (w.InWidth*w.Stride.Rows*t.planar.depth() + w.OutWidth*(w.taps()+4))
	strips := stripsFor(2*itemProducts, w.OutHeight, cost)
	if strips < fewStrips {
		strips = stripsFor(itemProducts, w.OutHeight, cost)
	}
	return fittingStrips(w, strips, blocks)
}

func (t *planarDepthwiseTask) sumRows() int { return t.strips }

func (t *planarDepthwiseTask) Run(w *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), m.at(t.Weights), m.at(t.Bias), m.at(t.DepthwiseWeights), m.at(t.DepthwiseBias),
		m.at(t.Sums), w, first, last)
}

func (t *planarDepthwiseTask) compute(out, image, weights, bias, depthwiseWeights, depthwiseBias, sums []float32,
	worker *Worker, first, last int) {
	blocks, strips := blocksOf(t.Channels), t.strips
	r := rollingStrip{
		window: &t.Window, function: t.last, has: t.has, scratch: worker.Scratch,
		out: out, weights: depthwiseWeights, bias: depthwiseBias, sums: sums,
	}
	source := worker.Scratch[t.between:]
	p := t.planar.product(t.has, t.first)
	for item := first; item < last; item++ {
		block, endBlock := shareOf(blocks, groupsOf(blocks), item/strips)
		row, endRow := shareOf(t.Window.OutHeight, strips, item%strips)
		from, to := r.advance(endBlock-block, row, endRow, item > first && item%strips > 0)
		if from < to {
			p.choose(weights[block*p.weightPitch:endBlock*p.weightPitch], bias, block, endBlock)
			p.outPitch = r.held.blockFloats()
			seen := t.planar.source(&p, image, source, from, to)
			for y := from; y < to; y++ {
				p.in, p.out = seen[t.planar.rowAt(&p, y-from):], r.row(y)
				p.run(t.Window.InWidth)
			}
		}
		r.convolve(block, endBlock, row, endRow, item%strips, strips)
	}
}
