package kernel

// Load copies weights to where values are: a tensor that a network has learned, such as the embedding of positions. It
// lies in the weights as in the arena, Floats of a blocked layout.
type Load struct {
	Out     Ref `op:"out"`
	Weights Ref `op:"weights"`

	Floats int
}

func (k *Load) Describe() string { return "learned tensor" }

func (k *Load) Bind(m *Machine, _ []Task) Task { return &loadTask{k, perElement(m, k.Floats)} }

type loadTask struct {
	*Load
	elementWork
}

func (t *loadTask) Run(_ *Worker, m Memory, first, last int) {
	begin, end := t.span(first, last)
	copy(m.at(t.Out)[begin:end], m.at(t.Weights)[begin:end])
}
