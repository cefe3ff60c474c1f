package kernel

// SoftmaxPixels makes the channels of each pixel positive with the sum 1: exp(x) / sum of exp(x). The largest channel
// is subtracted first, so that nothing overflows. It needs no exponential of its own: with s the sigmoid of x ≤ 0,
// which every instruction set computes, exp(x) is s / (1 - s), and 1 - s is no less than a half.
type SoftmaxPixels struct {
	Out Ref `op:"out"`
	In  Ref `op:"in,inplace"`

	Rows PixelRows
}

func (k *SoftmaxPixels) Describe() string { return "softmax" }

func (k *SoftmaxPixels) Bind(m *Machine, _ []Task) Task {
	return &softmaxTask{k, perPixel(m, &k.Rows, 2*runPixels*lanes), m.Has.bind(Function{Kind: Sigmoid})}
}

// softmaxTask has an item for each run of pixels.
type softmaxTask struct {
	*SoftmaxPixels
	pixelWork
	sigmoid *activation
}

func (t *softmaxTask) Run(w *Worker, m Memory, first, last int) {
	out, in := m.at(t.Out), m.at(t.In)
	for item := first; item < last; item++ {
		at, pixels := t.run(&t.Rows, item)
		t.compute(out[at:], in[at:], pixels, w.Scratch)
	}
}

func (t *softmaxTask) compute(out, in []float32, pixels int, scratch []float32) {
	size := pixels * lanes
	sums, most := scratch[:size], scratch[size:2*size]
	blocks := blocksOf(t.Rows.Channels)
	copy(most, in[:size])
	for b := range blocks {
		takeLargest(most, in[b*t.Rows.BlockPitch:][:size], t.Rows.held(b))
	}
	for p := 0; p < size; p += lanes {
		held := most[p : p+t.Rows.held(0)]
		largest := held[0]
		for _, v := range held {
			largest = max(largest, v)
		}
		most[p] = largest
	}
	clear(sums)
	for b := range blocks {
		to, held := out[b*t.Rows.BlockPitch:][:size], t.Rows.held(b)
		subtractFromLanes(to, in[b*t.Rows.BlockPitch:][:size], most)
		t.sigmoid.apply(to)
		for i, s := range to {
			to[i] = s / (1 - s)
		}
		t.addLanes(sums, to, held)
	}
	for p := 0; p < size; p += lanes {
		sums[p/lanes] = 1 / sumOf(pixelLanes(sums, p))
	}
	for b := range blocks {
		to := out[b*t.Rows.BlockPitch:][:size]
		t.has.scaleRows(to, to, sums[:pixels])
	}
}

// takeLargest keeps the larger of each lane that is a channel; NaN, where there is one.
func takeLargest(most, in []float32, held int) {
	for at := 0; at < len(in); at += lanes {
		for i, v := range in[at : at+held] {
			most[at+i] = max(most[at+i], v)
		}
	}
}

// subtractFromLanes subtracts from each pixel's lanes the number that stands in its first of most.
func subtractFromLanes(out, in, most []float32) {
	for at := 0; at < len(out); at += lanes {
		from, to, largest := pixelLanes(in, at), pixelLanes(out, at), most[at]
		for i, v := range from {
			to[i] = v - largest
		}
	}
}
