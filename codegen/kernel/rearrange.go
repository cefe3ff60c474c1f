package kernel

// Rearrange copies a value from one layout to another, each of which is given axis by axis: it changes between blocks
// and rows, exchanges axes, cuts and joins. Element (i, j, …, k) of Shape lies, in floats from an operand's beginning,
// at
//
//	first + axes[0].at(i) + axes[1].at(j) + … + axes[5].at(k)
//
// A row runs along the last axis, so it is fastest where that has whole blocks in either layout.
type Rearrange struct {
	Out Ref `op:"out" holds:"f32 any"`
	In  Ref `op:"in" holds:"f32 any"`

	Shape            [maxAxes]int // ones in front
	OutAxes, InAxes  [maxAxes]Axis
	OutFirst, InFrom int // where the first element lies
}

func (k *Rearrange) Describe() string { return "change of layout" }

func (k *Rearrange) Bind(*Machine, []Task) Task { return &rearrangeTask{k, perRow(&k.Shape)} }

type rearrangeTask struct {
	*Rearrange
	rowWork
}

func (t *rearrangeTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out)[t.OutFirst:], m.at(t.In)[t.InFrom:], first, last)
}

func (t *rearrangeTask) compute(out, in []float32, first, last int) {
	begin, end := t.span(first, last)
	to, from := t.OutAxes[maxAxes-1], t.InAxes[maxAxes-1]
	count := t.Shape[maxAxes-1]
	for row := begin; row < end; row++ {
		place := t.row(row)
		outRow, inRow := place.in(&t.OutAxes), place.in(&t.InAxes)
		for i := 0; i < count; i += lanes {
			o, x := outRow+i/lanes*to.Block, inRow+i/lanes*from.Block
			for range min(lanes, count-i) {
				out[o] = in[x]
				o += to.Lane
				x += from.Lane
			}
		}
	}
}
