package kernel

// AddChannels adds one value per channel, of a blocked vector, to each of its pixels.
type AddChannels struct {
	Out    Ref `op:"out"`
	In     Ref `op:"in,inplace"`
	Values Ref `op:"in"`

	Channels, Pixels int
}

// MultiplyChannels multiplies each pixel of a channel by the channel's value in a blocked vector.
type MultiplyChannels struct {
	Out    Ref `op:"out" holds:"f32,f16"`
	In     Ref `op:"in,inplace" holds:"f32,f16"` // of one type with Out
	Values Ref `op:"in"`

	Channels, Pixels int
}

// BatchNorm multiplies each pixel of a channel by the channel's factor and adds its offset.
type BatchNorm struct {
	Out     Ref `op:"out"`
	In      Ref `op:"in,inplace"`
	Factors Ref `op:"weights"` // [channels/16][16]
	Offsets Ref `op:"weights"` // [channels/16][16]

	Channels, Pixels int
}

// Prelu multiplies what is below zero by the channel's slope.
type Prelu struct {
	Out    Ref `op:"out"`
	In     Ref `op:"in,inplace"`
	Slopes Ref `op:"weights"` // [channels/16][16]

	Channels, Pixels int
}

func (k *AddChannels) Describe() string      { return "sum" }
func (k *MultiplyChannels) Describe() string { return "product" }
func (k *BatchNorm) Describe() string        { return "batch norm" }

func (k *Prelu) Describe() string { return "PReLU" }

func (k *AddChannels) Bind(m *Machine, _ []Task) Task {
	return &addChannelsTask{k, perChannel(m, k.Channels, k.Pixels)}
}

func (k *MultiplyChannels) Bind(m *Machine, _ []Task) Task {
	t := &multiplyChannelsTask{k, perChannel(m, k.Channels, k.Pixels)}
	t.items = blocksIn(&k.In, k.Channels) * t.pieces
	return t
}

func (k *BatchNorm) Bind(m *Machine, _ []Task) Task {
	return &batchNormTask{k, perChannel(m, k.Channels, k.Pixels)}
}

func (k *Prelu) Bind(m *Machine, _ []Task) Task {
	return &preluTask{k, perChannel(m, k.Channels, k.Pixels)}
}

// channelWork cuts work with one number for every channel: each block's pixels into pieces.
type channelWork struct {
	work
	has            Features
	pixels, pieces int
}

func perChannel(m *Machine, channels, pixels int) channelWork {
	pieces := (pixels*lanes + itemFloats - 1) / itemFloats
	return channelWork{work: work{items: blocksOf(channels) * pieces}, has: m.Has, pixels: pixels, pieces: pieces}
}

// span returns the block of an item and the floats it covers.
func (w *channelWork) span(item int) (b, begin, end int) {
	b = item / w.pieces
	begin, end = shareOf(w.pixels, w.pieces, item%w.pieces)
	return b, (b*w.pixels + begin) * lanes, (b*w.pixels + end) * lanes
}

// ones and zeros are the factors and offsets that change nothing.
var (
	ones  = [lanes]float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	zeros [lanes]float32
)

type addChannelsTask struct {
	*AddChannels
	channelWork
}

func (t *addChannelsTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), m.at(t.Values), first, last)
}

func (t *addChannelsTask) compute(out, in, values []float32, first, last int) {
	for item := first; item < last; item++ {
		b, begin, end := t.span(item)
		t.has.affinePixels(out[begin:end], in[begin:end], &ones, pixelLanes(values, b*lanes))
	}
}

type multiplyChannelsTask struct {
	*MultiplyChannels
	channelWork
}

func (t *multiplyChannelsTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), m.at(t.Values), first, last)
}

func (t *multiplyChannelsTask) compute(out, in, values []float32, first, last int) {
	for item := first; item < last; item++ {
		b, begin, end := t.span(item)
		if isHalf(&t.In) {
			factors := halfFactors(values[b*halfLanes:])
			t.has.multiplyLanesHalf(out[begin:end], in[begin:end], &factors)
			continue
		}
		t.has.affinePixels(out[begin:end], in[begin:end], pixelLanes(values, b*lanes), &zeros)
	}
}

type batchNormTask struct {
	*BatchNorm
	channelWork
}

func (t *batchNormTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), m.at(t.Factors), m.at(t.Offsets), first, last)
}

func (t *batchNormTask) compute(out, in, factors, offsets []float32, first, last int) {
	for item := first; item < last; item++ {
		b, begin, end := t.span(item)
		t.has.affinePixels(out[begin:end], in[begin:end], pixelLanes(factors, b*lanes), pixelLanes(offsets, b*lanes))
	}
}

type preluTask struct {
	*Prelu
	channelWork
}

func (t *preluTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), m.at(t.Slopes), first, last)
}

func (t *preluTask) compute(out, in, slopes []float32, first, last int) {
	for item := first; item < last; item++ {
		b, begin, end := t.span(item)
		each := pixelLanes(slopes, b*lanes)
		for at := begin; at < end; at += lanes {
			to, from := pixelLanes(out, at), pixelLanes(in, at)
			for lane, v := range from {
				to[lane] = max(v, 0) + min(v, 0)*each[lane]
			}
		}
	}
}
