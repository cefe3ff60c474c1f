package kernel

import "math"

// LayerNorm normalises the channels of each pixel: it subtracts their mean, divides by the root of their variance and
// Epsilon, multiplies by factors and adds offsets.
type LayerNorm struct {
	Out     Ref `op:"out"`
	In      Ref `op:"in,inplace"`
	Factors Ref `op:"weights"` // [channels/16][16]
	Offsets Ref `op:"weights"` // [channels/16][16]

	Rows    PixelRows
	Epsilon float64
}

func (k *LayerNorm) Describe() string { return "layer norm" }

func (k *LayerNorm) Bind(m *Machine, _ []Task) Task {
	t := &layerNormTask{LayerNorm: k, pixelWork: perPixel(m, &k.Rows, 2*runPixels*lanes)}
	for i := range t.share {
		t.share[i] = 1 / float32(k.Rows.Channels)
	}
	return t
}

// layerNormTask has an item for each run of pixels.
type layerNormTask struct {
	*LayerNorm
	pixelWork
	share, zeros [lanes]float32 // share is that of a channel in the mean
}

func (t *layerNormTask) Run(w *Worker, m Memory, first, last int) {
	out, in, factors, offsets := m.at(t.Out), m.at(t.In), m.at(t.Factors), m.at(t.Offsets)
	for item := first; item < last; item++ {
		at, pixels := t.run(&t.Rows, item)
		t.normalise(out[at:], in[at:], factors, offsets, pixels, w.Scratch)
	}
}

// normalise takes three passes over the blocks of some pixels: means, variances, results. Lanes past the last channel
// stay out of the first two.
func (t *layerNormTask) normalise(out, in, factors, offsets []float32, pixels int, scratch []float32) {
	size, blocks, pitch := pixels*lanes, blocksOf(t.Rows.Channels), t.Rows.BlockPitch
	means, squares := scratch[:size], scratch[size:2*size]
	whole, rest := t.Rows.Channels/lanes, t.Rows.Channels%lanes
	clear(means)
	t.has.sumBlocks(means, in, whole, pitch)
	if rest > 0 {
		addLanes(means, in[whole*pitch:], rest)
	}
	t.has.foldSum(means)
	t.has.affinePixels(means, means, &t.share, &t.zeros)
	clear(squares)
	t.has.addSquares(squares, in, means, whole, pitch)
	if rest > 0 {
		addSquaresOfLanes(squares, in[whole*pitch:], means, rest)
	}
	t.has.foldSum(squares)
	for p := range pixels {
		variance := float64(squares[p*lanes] * t.share[0])
		squares[p] = float32(1 / math.Sqrt(variance+t.Epsilon))
	}
	t.has.normalise(out, in, means, squares[:pixels], factors, offsets, blocks, pitch)
}

// addLanes adds the first lanes of each pixel to sums.
func addLanes(sums, in []float32, held int) {
	for at := 0; at < len(sums); at += lanes {
		for i, v := range in[at : at+held] {
			sums[at+i] += v
		}
	}
}
