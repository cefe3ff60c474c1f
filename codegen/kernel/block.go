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

func (k *Block) Bind(*Machine, []Task) Task {
	return &blockTask{k, work{items: blocksOf(k.Channels)}}
}

func (k *Unblock) Bind(*Machine, []Task) Task {
	return &unblockTask{k, work{items: blocksOf(k.Channels)}}
}

// blockTask has an item for each block of channels, as has unblockTask.
type blockTask struct {
	*Block
	work
}

func (t *blockTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *blockTask) compute(out, in []float32, first, last int) {
	for b := first; b < last; b++ {
		to := out[b*t.Pixels*lanes : (b+1)*t.Pixels*lanes]
		held := min(lanes, t.Channels-b*lanes)
		for lane := range lanes {
			if lane >= held {
				for p := range t.Pixels {
					to[p*lanes+lane] = 0
				}
				continue
			}
			from := in[(b*lanes+lane)*t.Pixels:]
			for p, v := range from[:t.Pixels] {
				to[p*lanes+lane] = v
			}
		}
	}
}

type unblockTask struct {
	*Unblock
	work
}

func (t *unblockTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *unblockTask) compute(out, in []float32, first, last int) {
	for b := first; b < last; b++ {
		from := in[b*t.Pixels*lanes : (b+1)*t.Pixels*lanes]
		for lane := range min(lanes, t.Channels-b*lanes) {
			to := out[(b*lanes+lane)*t.Pixels:]
			for p := range to[:t.Pixels] {
				to[p] = from[p*lanes+lane]
			}
		}
	}
}
