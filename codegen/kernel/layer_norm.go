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
	out, in := m.at(t.Out), m.at(t.In)
	n := normalisation{factors: m.at(t.Factors), offsets: m.at(t.Offsets), blocks: blocksOf(t.Rows.Channels),
		pitch: t.Rows.BlockPitch}
	for item := first; item < last; item++ {
		at, pixels := t.run(&t.Rows, item)
		n.out, n.in = out[at:], in[at:]
		t.compute(&n, pixels, w.Scratch)
	}
}

// compute takes three passes over the blocks of some pixels: means, variances, results. Lanes past the last channel
// stay out of the first two.
func (t *layerNormTask) compute(n *normalisation, pixels int, scratch []float32) {
	size, in, pitch := pixels*lanes, n.in, n.pitch
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
	n.means, n.inverses = means, squares[:pixels]
	t.has.normalise(n)
}

// addLanes adds the first lanes of each pixel to sums.
func addLanes(sums, in []float32, used int) {
	for at := 0; at < len(sums); at += lanes {
		for i, v := range in[at : at+used] {
			sums[at+i] += v
		}
	}
}
