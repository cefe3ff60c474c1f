package kernel

import "math"

// Machine is the processor that kernels are bound to, and the memory that binding takes beside that of the weights: a
// kernel whose weights are of another type or order than its routines read has them converted, once.
//
//	bind all kernels · make memory of Bound bytes · Convert
type Machine struct {
	Has Features

	// Repack is how many bytes binding may take to keep what kernels otherwise make of weights in every inference.
	// Whether it does changes no result.
	Repack int

	// Step is the number of the step whose kernel is bound, for errors.
	Step int

	bound       int // bytes so far
	conversions []conversion
}

// conversion is weights in the form that a task reads. convert returns a weight that is beyond the range of their
// type, or 0.
type conversion struct {
	from, to Ref
	convert  func(to, from []byte) (beyond float32)
	step     int
	what     string
}

// OutOfRange says that weights were converted to a type whose range one of them is beyond: of which step, which of
// its weights, and that one.
type OutOfRange struct {
	Step   int
	What   string
	Weight float32
}

// Bound returns how many bytes the kernels that were bound need beside the weights.
func (m *Machine) Bound() int { return m.bound }

// converted returns the place in bound memory where a value will be that is made of weights.
func (m *Machine) converted(from Ref, v Value, convert func(to, from []byte)) Ref {
	return m.narrowed("", from, v, func(to, from []byte) float32 {
		convert(to, from)
		return 0
	})
}

// narrowed is converted where a weight may be beyond the type that it becomes. what they are is for errors.
func (m *Machine) narrowed(what string, from Ref, v Value, convert func(to, from []byte) (beyond float32)) Ref {
	to := Ref{BoundSpace, m.bound, v}
	m.bound += (v.Bytes() + Alignment - 1) / Alignment * Alignment
	m.conversions = append(m.conversions, conversion{from: from, to: to, convert: convert, step: m.Step,
		what: what})
	return to
}

// kept returns a place like converted, for floats that a kernel would otherwise make of weights in every inference, or
// no place if what is left of Repack is too little.
func (m *Machine) kept(from Ref, floats int, convert func(to, from []float32)) Ref {
	v := Planes(F32, 1, floats)
	if v.Bytes() > m.Repack {
		return Ref{}
	}
	m.Repack -= v.Bytes()
	return m.converted(from, v, func(to, from []byte) { convert(FloatsOf(to), FloatsOf(from)) })
}

// Convert fills bound memory, which has the length that Bound says: first what is made of weights, then what is made of
// that. each calls a function for the numbers from 0 up to n, in any order, on any number of goroutines. It returns the
// first step of which a weight is beyond the range of its new type, and has become infinite, or nil.
func (m *Machine) Convert(memory Memory, each func(n int, do func(i int))) *OutOfRange {
	beyond := make([]float32, len(m.conversions))
	for _, from := range []Space{WeightsSpace, BoundSpace} {
		each(len(m.conversions), func(i int) {
			if c := &m.conversions[i]; c.from.Space == from {
				beyond[i] = c.convert(memory.Bytes(&c.to), memory.Bytes(&c.from))
			}
		})
	}
	for i, weight := range beyond {
		if weight != 0 {
			return &OutOfRange{m.conversions[i].step, m.conversions[i].what, weight}
		}
	}
	return nil
}

// HalfToFloat widens an IEEE 754 binary16. The exponent and fraction, moved to their places in a binary32, stand for
// the value times 2⁻¹¹², subnormal ones too, so that one multiplication puts it right.
func HalfToFloat(h uint16) float32 {
	magnitude := math.Float32frombits(uint32(h&0x7fff)<<13) * 0x1p112
	if h&0x7c00 == 0x7c00 { // infinite or NaN
		magnitude = math.Float32frombits(0x7f800000 | uint32(h&0x3ff)<<13)
	}
	return math.Float32frombits(math.Float32bits(magnitude) | uint32(h&0x8000)<<16)
}
