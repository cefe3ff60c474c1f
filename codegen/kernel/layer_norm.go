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
	return &layerNormTask{k, perPixel(m, &k.Rows, 3*runPixels*lanes)}
}

// layerNormTask has an item for each run of pixels.
type layerNormTask struct {
	*LayerNorm
	pixelWork
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
	size := pixels * lanes
	sums, means, squares := scratch[:size], scratch[size:2*size], scratch[2*size:3*size]
	blocks, count := blocksOf(t.Rows.Channels), float32(t.Rows.Channels)
	clear(sums)
	for b := range blocks {
		t.addLanes(sums, in[b*t.Rows.BlockPitch:][:size], t.Rows.held(b))
	}
	for p := 0; p < size; p += lanes {
		mean := sumOf(pixelLanes(sums, p)) / count
		for i := range pixelLanes(means, p) {
			means[p+i] = mean
		}
	}
	clear(squares)
	for b := range blocks {
		addSquares(squares, in[b*t.Rows.BlockPitch:][:size], means, t.Rows.held(b))
	}
	for p := 0; p < size; p += lanes {
		variance := float64(sumOf(pixelLanes(squares, p)) / count)
		sums[p] = float32(1 / math.Sqrt(variance+t.Epsilon))
	}
	for b := range blocks {
		factor, offset := pixelLanes(factors, b*lanes), pixelLanes(offsets, b*lanes)
		at := b * t.Rows.BlockPitch
		for p := 0; p < size; p += lanes {
			from, to := pixelLanes(in, at+p), pixelLanes(out, at+p)
			mean, inverse := means[p], sums[p]
			for i, v := range from {
				to[i] = (v-mean)*inverse*factor[i] + offset[i]
			}
		}
	}
}

// addSquares adds the squares of what lanes differ from their pixels' means.
func addSquares(squares, in, means []float32, held int) {
	for at := 0; at < len(in); at += lanes {
		to, from, mean := pixelLanes(squares, at), pixelLanes(in, at), means[at]
		for i := 0; i < held; i++ {
			d := from[i] - mean
			to[i] += d * d
		}
	}
}
