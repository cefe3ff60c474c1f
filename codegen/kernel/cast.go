package kernel

// Cast makes float16 of float32, or float32 of float16: both in blocks, of 32 channels and of 16.
type Cast struct {
	Out Ref `op:"out" holds:"f32,f16"`
	In  Ref `op:"in" holds:"f32,f16"`

	Channels, Pixels int
}

func (k *Cast) Describe() string { return "conversion to " + k.Out.Value.Layout.Type.String() }

func (k *Cast) Bind(m *Machine, _ []Task) Task {
	pieces := (k.Pixels*halfLanes + itemFloats - 1) / itemFloats
	return &castTask{Cast: k, work: work{items: halfBlocksOf(k.Channels) * pieces}, has: m.Has, pieces: pieces}
}

// castTask has an item for each piece of a block of float16.
type castTask struct {
	*Cast
	work
	has    Features
	pieces int
}

func (t *castTask) Run(_ *Worker, m Memory, first, last int) {
	narrows := isHalf(&t.Out)
	half, floats := m.at(t.In), m.at(t.Out)
	if narrows {
		half, floats = floats, half
	}
	for item := first; item < last; item++ {
		block := item / t.pieces
		begin, end := shareOf(t.Pixels, t.pieces, item%t.pieces)
		at := half[(block*t.Pixels+begin)*lanes:]
		a := floats[(2*block*t.Pixels+begin)*lanes:]
		b := a // where the last block of float32 is the only one of its pair, it stands for both
		if 2*block+1 < blocksOf(t.Channels) {
			b = a[t.Pixels*lanes:]
		}
		if narrows {
			t.has.narrowPixels(at, a, b, lanes, end-begin)
		} else {
			t.has.widenPixels(a, b, at, lanes, end-begin)
		}
	}
}
