package kernel

// Add adds two values of one shape. They are the same blocked layout, so it goes over all Floats of it, lanes past the
// last channel included, without asking where a pixel or a channel begins.
type Add struct {
	Out Ref `op:"out"`
	A   Ref `op:"in,inplace"`
	B   Ref `op:"in,inplace"`

	Floats int
}

// Multiply multiplies two values of one shape, all Floats of their blocked layout.
type Multiply struct {
	Out Ref `op:"out"`
	A   Ref `op:"in,inplace"`
	B   Ref `op:"in,inplace"`

	Floats int
}

// Activate applies a function to every element, all Floats of a blocked layout: where no kernel before it has taken the
// function in.
type Activate struct {
	Out Ref `op:"out"`
	In  Ref `op:"in,inplace"`

	Floats   int
	Function Function
}

func (k *Add) Describe() string      { return "sum" }
func (k *Multiply) Describe() string { return "product" }
func (k *Activate) Describe() string { return k.Function.String() }

func (k *Add) Bind(m *Machine, _ []Task) Task      { return &addTask{k, perElement(m, k.Floats)} }
func (k *Multiply) Bind(m *Machine, _ []Task) Task { return &multiplyTask{k, perElement(m, k.Floats)} }
func (k *Activate) Bind(m *Machine, _ []Task) Task { return k.on(m) }

// itemFloats is how many floats make an item of elementwise work: some 5 microseconds.
const itemFloats = 1 << 15

// elementWork cuts work on values of one shape.
type elementWork struct {
	work
	has    Features
	floats int
}

func perElement(m *Machine, floats int) elementWork {
	return elementWork{work{items: (floats + itemFloats - 1) / itemFloats}, m.Has, floats}
}

// span returns the floats that a range of items covers.
func (w *elementWork) span(first, last int) (begin, end int) {
	return first * itemFloats, min(last*itemFloats, w.floats)
}

type addTask struct {
	*Add
	elementWork
}

func (t *addTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.A), m.at(t.B), first, last)
}

func (t *addTask) compute(out, a, b []float32, first, last int) {
	begin, end := t.span(first, last)
	t.has.addPixels(out[begin:end], a[begin:end], b[begin:end])
}

type multiplyTask struct {
	*Multiply
	elementWork
}

func (t *multiplyTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.A), m.at(t.B), first, last)
}

func (t *multiplyTask) compute(out, a, b []float32, first, last int) {
	begin, end := t.span(first, last)
	t.has.multiplyPixels(out[begin:end], a[begin:end], b[begin:end])
}

type activateTask struct {
	*Activate
	elementWork
	function *activation
}

func (k *Activate) on(m *Machine) *activateTask {
	return &activateTask{k, perElement(m, k.Floats), m.Has.bind(k.Function)}
}

func (t *activateTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out), m.at(t.In), first, last)
}

func (t *activateTask) compute(out, in []float32, first, last int) {
	begin, end := t.span(first, last)
	if &out[0] != &in[0] {
		copy(out[begin:end], in[begin:end])
	}
	t.function.apply(out[begin:end])
}
