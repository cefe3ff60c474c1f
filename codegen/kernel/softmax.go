package kernel

import "math"

// SoftmaxPixels makes the channels of each pixel positive with the sum 1: exp(x) / sum of exp(x). The largest channel
// is subtracted first, so that nothing overflows.
type SoftmaxPixels struct {
	Out Ref `op:"out"`
	In  Ref `op:"in,inplace"`

	Rows PixelRows
}

func (k *SoftmaxPixels) Describe() string { return "softmax" }

func (k *SoftmaxPixels) Bind(m *Machine, _ []Task) Task {
	return &softmaxTask{k, perPixel(m, &k.Rows, 2*runPixels*lanes)}
}

// softmaxTask has an item for each run of pixels.
type softmaxTask struct {
	*SoftmaxPixels
	pixelWork
}

func (t *softmaxTask) Run(w *Worker, m Memory, first, last int) {
	out, in := m.at(t.Out), m.at(t.In)
	for item := first; item < last; item++ {
		at, pixels := t.run(&t.Rows, item)
		t.compute(out[at:], in[at:], pixels, w.Scratch)
	}
}

// compute takes three passes over the blocks of some pixels: the largest of each, exponentials and their sums, results.
func (t *softmaxTask) compute(out, in []float32, pixels int, scratch []float32) {
	size, pitch := pixels*lanes, t.Rows.BlockPitch
	most, sums := scratch[:size], scratch[size:2*size]
	end := blocksOf(t.Rows.Channels) - 1
	last, lastOut := in[end*pitch:][:size], out[end*pitch:][:size]
	if rest := t.Rows.Channels % lanes; rest > 0 {
		copyLanes(lastOut, last, rest)
		last = lastOut
	}
	copy(most, last)
	t.has.maxBlocks(most, in, end, pitch)
	t.has.foldMax(most)
	clear(sums)
	t.has.exponentials(out, in, most, sums, end, pitch)
	t.has.exponentials(lastOut, last, most, sums, 1, pitch)
	t.has.foldSum(sums)
	for p := range pixels {
		sums[p] = 1 / sums[p*lanes]
	}
	t.has.scaleBlocks(out, sums[:pixels], end+1, pitch)
}

// copyLanes copies the lanes of each pixel that are channels; the others become less than any number.
func copyLanes(out, in []float32, used int) {
	for at := 0; at < len(out); at += lanes {
		to, from := pixelLanes(out, at), pixelLanes(in, at)
		for i := 0; i < used; i++ {
			to[i] = from[i]
		}
		for i := used; i < lanes; i++ {
			to[i] = float32(math.Inf(-1))
		}
	}
}
