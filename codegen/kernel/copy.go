package kernel

// CopyChannels copies a number of channels, beginning with channel From of the input, to those beginning with channel
// To of the output, which has as many pixels. The lanes that follow in the last block it touches become zero: copies to
// one value go in order of channels.
type CopyChannels struct {
	Out Ref `op:"out"`
	In  Ref `op:"in"`

	From, To, Channels, Pixels int
}

func (k *CopyChannels) Describe() string { return "copy" }

func (k *CopyChannels) Bind(*Machine, []Task) Task {
	first, last := k.outBlocks()
	return &copyTask{k, work{items: last - first}}
}

// outBlocks returns the range of output blocks that the copied channels lie in.
func (k *CopyChannels) outBlocks() (first, last int) {
	return k.To / lanes, blocksOf(k.To + k.Channels)
}

// copyTask has an item for each block of the output that is touched.
type copyTask struct {
	*CopyChannels
	work
}

func (t *copyTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *copyTask) compute(out, in []float32, first, last int) {
	firstBlock, _ := t.outBlocks()
	for item := first; item < last; item++ {
		b := firstBlock + item
		begin, end := max(t.To, b*lanes), min(t.To+t.Channels, (b+1)*lanes)
		source := begin - t.To + t.From
		to := out[b*t.Pixels*lanes : (b+1)*t.Pixels*lanes]
		if end-begin == lanes && source%lanes == 0 {
			copy(to, in[source*t.Pixels:])
			continue
		}
		for channel := begin; channel < end; channel++ {
			c := channel - t.To + t.From
			lane, at := channel%lanes, c/lanes*t.Pixels*lanes+c%lanes
			for p := range t.Pixels {
				to[p*lanes+lane] = in[at+p*lanes]
			}
		}
		for lane := (end-1)%lanes + 1; lane < lanes; lane++ {
			for p := range t.Pixels {
				to[p*lanes+lane] = 0
			}
		}
	}
}
