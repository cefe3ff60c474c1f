package kernel

// MaxPool takes the largest element that each window sees, of each channel by itself:
//
//	[channels/16][inHeight][inWidth][16] → [channels/16][outHeight][outWidth][16]
//
// Padding never wins, NaN always.
type MaxPool struct {
	Out Ref `op:"out"`
	In  Ref `op:"in"`

	Channels int
	Window   Window
}

// AveragePool takes the mean of what each window sees, of the shapes of MaxPool. With CountPadding, padding counts as
// zeros: the sum is divided by the number of taps; without, by the number of those that see the image.
type AveragePool struct {
	Out Ref `op:"out"`
	In  Ref `op:"in"`

	Channels     int
	Window       Window
	CountPadding bool
}

func (k *MaxPool) Describe() string     { return k.Window.String() + " maximum" }
func (k *AveragePool) Describe() string { return k.Window.String() + " mean" }

func (k *MaxPool) Bind(m *Machine, _ []Task) Task {
	return &maxPoolTask{k, poolWork{work: pooling(k.Channels, &k.Window), has: m.Has, window: &k.Window, largest: true}}
}

func (k *AveragePool) Bind(m *Machine, _ []Task) Task {
	return &averagePoolTask{k, poolWork{work: pooling(k.Channels, &k.Window), has: m.Has, window: &k.Window,
		countPadding: k.CountPadding}}
}

// pooling has an item for every row of every block.
func pooling(channels int, w *Window) work { return work{items: blocksOf(channels) * w.OutHeight} }

// poolWork is what the two have in common.
type poolWork struct {
	work
	has          Features
	window       *Window
	largest      bool
	countPadding bool
}

type maxPoolTask struct {
	*MaxPool
	poolWork
}

func (t *maxPoolTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

type averagePoolTask struct {
	*AveragePool
	poolWork
}

func (t *averagePoolTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

// compute reduces rows: one pixel after the other where windows see padding, those between all at once.
func (t *poolWork) compute(out, in []float32, first, last int) {
	w := t.window
	inner, outer := w.inner()
	for item := first; item < last; item++ {
		image := in[item/w.OutHeight*w.InHeight*w.InWidth*lanes:]
		row := out[item*w.OutWidth*lanes : (item+1)*w.OutWidth*lanes]
		y := item % w.OutHeight
		for x := 0; x < w.OutWidth; {
			end := x + 1
			if x == inner && outer > inner {
				end = outer
			}
			t.reduce(row[x*lanes:end*lanes], image, y, x)
			x = end
		}
	}
}

// reduce computes output pixels that see the same columns of the window, from column x of row y on.
func (t *poolWork) reduce(out, image []float32, y, x int) {
	w := t.window
	rows, columns := w.rows(y), w.columns(x)
	seen := windows{
		rows: rows.last - rows.first, columns: columns.last - columns.first,
		rowPitch: w.Dilation.Rows * w.InWidth * lanes, columnPitch: w.Dilation.Columns * lanes,
		pixelPitch: w.Stride.Columns * lanes,
	}
	if seen.rows > 0 && seen.columns > 0 {
		row, column := rows.start+rows.first*w.Dilation.Rows, columns.start+columns.first*w.Dilation.Columns
		image = image[(row*w.InWidth+column)*lanes:]
	}
	if t.largest {
		seen.max(t.has, out, image)
		return
	}
	seen.sum(t.has, out, image)
	count := seen.rows * seen.columns
	if t.countPadding {
		count = w.taps()
	}
	for i := range out {
		out[i] /= float32(count)
	}
}
