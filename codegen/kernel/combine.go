package kernel

// Operator is what Combine does with two elements.
type Operator uint8

// The operators.
const (
	Plus Operator = iota
	Minus
	Times
	Over
)

// String returns what the operator's constant is called.
func (o Operator) String() string { return [...]string{"Plus", "Minus", "Times", "Over"}[o] }

// Combine adds, subtracts, multiplies or divides two values element by element (Operator), where Add, Multiply and the
// kernels for channels do not fit. Each layout is given axis by axis, as in Rearrange. An axis with no pitch repeats a
// value along it: of [8, 197, 64] + [8, 1, 64], BAxes has Axis{} for the 197.
type Combine struct {
	Out Ref `op:"out" holds:"f32 any"`
	A   Ref `op:"in" holds:"f32 any"`
	B   Ref `op:"in" holds:"f32 any"`

	Operator               Operator
	Shape                  [maxAxes]int // ones in front
	OutAxes, AAxes, BAxes  [maxAxes]Axis
	OutFirst, AFrom, BFrom int // where the first element lies
}

func (k *Combine) Describe() string {
	return [...]string{"sum", "difference", "product", "quotient"}[k.Operator]
}

func (k *Combine) Bind(*Machine, []Task) Task { return &combineTask{k, perRow(&k.Shape)} }

type combineTask struct {
	*Combine
	rowWork
}

func (t *combineTask) Run(_ *Worker, m Memory, first, last int) {
	t.compute(m.at(t.Out)[t.OutFirst:], m.at(t.A)[t.AFrom:], m.at(t.B)[t.BFrom:], first, last)
}

func (t *combineTask) compute(out, a, b []float32, first, last int) {
	begin, end := t.span(first, last)
	to, left, right := t.OutAxes[maxAxes-1], t.AAxes[maxAxes-1], t.BAxes[maxAxes-1]
	count := t.Shape[maxAxes-1]
	for row := begin; row < end; row++ {
		place := t.row(row)
		outRow, aRow, bRow := place.in(&t.OutAxes), place.in(&t.AAxes), place.in(&t.BAxes)
		for i := 0; i < count; i += lanes {
			o, x, y := outRow+i/lanes*to.Block, aRow+i/lanes*left.Block, bRow+i/lanes*right.Block
			for range min(lanes, count-i) {
				out[o] = combined(t.Operator, a[x], b[y])
				o += to.Lane
				x += left.Lane
				y += right.Lane
			}
		}
	}
}

func combined(operator Operator, x, y float32) float32 {
	switch operator {
	case Plus:
		return x + y
	case Minus:
		return x - y
	case Times:
		return x * y
	}
	return x / y
}

// Affine computes x · Factor + Offset of every element, all Floats of a blocked layout.
type Affine struct {
	Out Ref `op:"out"`
	In  Ref `op:"in,inplace"`

	Floats         int
	Factor, Offset float32
}

func (k *Affine) Describe() string { return "factor and offset" }

func (k *Affine) Bind(m *Machine, _ []Task) Task {
	t := &affineTask{Affine: k, elementWork: perElement(m, k.Floats)}
	for i := range t.factors {
		t.factors[i], t.offsets[i] = k.Factor, k.Offset
	}
	return t
}

type affineTask struct {
	*Affine
	elementWork
	factors, offsets [lanes]float32
}

func (t *affineTask) Run(_ *Worker, m Memory, first, last int) {
	begin, end := t.span(first, last)
	t.has.affinePixels(m.at(t.Out)[begin:end], m.at(t.In)[begin:end], &t.factors, &t.offsets)
}
