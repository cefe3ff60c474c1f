package kernel

// Block brings the caller's planar image, [channels, pixels], into blocked layout. Lanes past the channels become zero.
type Block struct {
	Out Ref `op:"out"`
	In  Ref `op:"in" holds:"f32 planes"`

	Channels, Pixels int
}

// Unblock brings a blocked value into planar layout.
type Unblock struct {
	Out Ref `op:"out" holds:"f32 planes"`
	In  Ref `op:"in"`

	Channels, Pixels int
}

func (k *Block) Describe() string   { return "change of layout" }
func (k *Unblock) Describe() string { return "change of layout" }

func (k *Block) Bind(m *Machine, _ []Task) Task {
	return &blockTask{k, work{items: blocksOf(k.Channels)}, m.Has}
}

func (k *Unblock) Bind(m *Machine, _ []Task) Task {
	return &unblockTask{k, work{items: blocksOf(k.Channels)}, m.Has}
}

// blockTask has an item for each block of channels, as has unblockTask.
type blockTask struct {
	*Block
	work
	has Features
}

func (t *blockTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *blockTask) compute(out, in []float32, first, last int) {
	squares := transposed{outPitch: lanes, inPitch: t.Pixels, outStep: lanes * lanes, inStep: lanes,
		squares: t.Pixels / lanes, has: t.has}
	for b := first; b < last; b++ {
		from, to := in[b*lanes*t.Pixels:], out[b*t.Pixels*lanes:(b+1)*t.Pixels*lanes]
		used, done := min(lanes, t.Channels-b*lanes), 0
		if used == lanes {
			squares.run(to, from)
			done = squares.squares * lanes
		}
		for p := done; p < t.Pixels; p++ {
			pixel := pixelLanes(to, p*lanes)
			for lane := range pixel {
				pixel[lane] = 0
				if lane < used {
					pixel[lane] = from[lane*t.Pixels+p]
				}
			}
		}
	}
}

type unblockTask struct {
	*Unblock
	work
	has Features
}

func (t *unblockTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *unblockTask) compute(out, in []float32, first, last int) {
	squares := transposed{outPitch: t.Pixels, inPitch: lanes, outStep: lanes, inStep: lanes * lanes,
		squares: t.Pixels / lanes, has: t.has}
	for b := first; b < last; b++ {
		from, to := in[b*t.Pixels*lanes:(b+1)*t.Pixels*lanes], out[b*lanes*t.Pixels:]
		used, done := min(lanes, t.Channels-b*lanes), 0
		if used == lanes {
			squares.run(to, from)
			done = squares.squares * lanes
		}
		for lane := range used {
			plane := to[lane*t.Pixels:][:t.Pixels]
			for p := done; p < t.Pixels; p++ {
				plane[p] = from[p*lanes+lane]
			}
		}
	}
}
