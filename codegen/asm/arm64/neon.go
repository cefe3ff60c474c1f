package arm64

import (
	"fmt"

	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/routine"
)

// NEON is Armv8-A's Advanced SIMD: thirty-two registers of four floats. A pixel of a block is four of them.
type NEON struct {
	text
	aside bool // the temporary registers are those of the second of two runs: see PairMacro
}

// New returns the instruction set for one file.
func New() *NEON { return &NEON{} }

func (*NEON) Set() *routine.Set { return routine.NEON }
func (*NEON) Vecs() int         { return 32 }
func (*NEON) Bytes() int        { return 16 }

// Accumulators leaves four registers for constants and operands in memory, which instructions here do not take.
func (*NEON) Accumulators() int { return 24 }

// LanesPerLoad: a multiply-add takes one operand from one lane of a register, so that inputs need not be broadcast.
func (*NEON) LanesPerLoad() int { return 4 }

func (*NEON) Unroll() int { return 4 }

// constant is the register for an operand that is a constant or in memory, the first one behind the accumulators.
const constant isa.Vec = 28

// asides are the temporary registers of the second of two runs, in place of those of the first.
var asides = map[isa.Vec]isa.Vec{0: 3, 1: 29, 2: 30, constant: 31}

// v is the processor's register, or one that stands for a macro's.
func (x *NEON) v(v isa.Vec) isa.Vec {
	if other, ok := asides[v]; ok && x.aside {
		return other
	}
	return v
}

func (x *NEON) f(v isa.Vec) string {
	if v >= open {
		panic("arm64: a macro's register is loaded or stored")
	}
	return fmt.Sprintf("F%d", x.v(v))
}

// vector is a register as Go's assembler calls it, arm what Arm's does.
func (x *NEON) vector(v isa.Vec) string {
	switch v {
	case open:
		return "v"
	case second:
		return "w"
	}
	return fmt.Sprintf("V%d", x.v(v))
}

func (x *NEON) arm(v isa.Vec) string {
	switch v {
	case open:
		return "vx"
	case second:
		return "vy"
	}
	return fmt.Sprintf("v%d", x.v(v))
}

func (x *NEON) s4(v isa.Vec) string  { return x.vector(v) + ".S4" }
func (x *NEON) b16(v isa.Vec) string { return x.vector(v) + ".B16" }

// PairMacro: the second run has other temporary registers, so that the two do not wait for each other.
func (x *NEON) PairMacro(name string, body func(x isa.Vec)) {
	x.define(name, "x, v, y, w", func() {
		a := x.apart(func() { body(open) })
		x.aside = true
		b := x.apart(func() { body(second) })
		x.aside = false
		for i := range a {
			x.body.WriteString(a[i] + b[i])
		}
	})
}

func (x *NEON) ExpandPair(macro string, a, b isa.Vec) {
	fmt.Fprintf(&x.body, "\t%s(%d, V%d, %d, V%d)\n", macro, a, a, b, b)
}

// Encodings of instructions with three registers of four floats, without the registers.
const (
	fadd   = 0x4e20d400
	fsub   = 0x4ea0d400
	fmul   = 0x6e20dc00
	fmax   = 0x4e20f400
	fmin   = 0x4ea0f400
	frecps = 0x4e20fc00 // 2 − n·m
)

// Of two.
const (
	frintm = 0x4e219800 // rounds down
	fcvtzs = 0x4ea1b800 // to an integer
	frecpe = 0x4ea1d800 // estimates 1/n, to eight bits
)

// fcvtl widens four float16 in the lower half of a register.
const fcvtl = 0x0e217800

// fmlaElement multiplies with one lane of a register.
const fmlaElement = 0x4f801000

// three writes an instruction d = op(n, m).
func (x *NEON) three(code uint32, name string, d, n, m isa.Vec) {
	x.word(code, []field{{x.v(m), 16}, {x.v(n), 5}, {x.v(d), 0}}, "%s %s.4s, %s.4s, %s.4s", name, x.arm(d), x.arm(n),
		x.arm(m))
}

// two writes an instruction d = op(n).
func (x *NEON) two(code uint32, name string, d, n isa.Vec) {
	x.word(code, []field{{x.v(n), 5}, {x.v(d), 0}}, "%s %s.4s, %s.4s", name, x.arm(d), x.arm(n))
}

// register brings an operand into a register, unless it is in one.
func (x *NEON) register(s isa.Source) isa.Vec {
	if v, ok := s.(isa.Vec); ok {
		return v
	}
	x.Load(s, constant)
	return constant
}

func (x *NEON) Load(from isa.Source, to isa.Vec) {
	switch from := from.(type) {
	case isa.Vec:
		x.op("VMOV", x.b16(from), x.b16(to))
	case isa.Mem:
		x.op("FMOVQ", x.mem(from), x.f(to))
	case isa.Number:
		x.op("FMOVQ", fmt.Sprintf("%d(%s)", x.number(float32(from)), numbers), x.f(to))
	}
}

// number returns where a constant lies in the table.
func (x *NEON) number(v float32) int {
	for i, w := range x.table.values {
		if w == v {
			return 16 * i
		}
	}
	x.table.values = append(x.table.values, v)
	return 16 * (len(x.table.values) - 1)
}

func (x *NEON) Store(from isa.Vec, to isa.Mem) { x.op("FMOVQ", x.f(from), x.mem(to)) }
func (x *NEON) Zero(to isa.Vec)                { x.op("VEOR", x.b16(to), x.b16(to), x.b16(to)) }

func (x *NEON) Swap(distance int, from, to isa.Vec) {
	if distance == 2 {
		x.op("VEXT", "$8", x.b16(from), x.b16(from), x.b16(to))
		return
	}
	x.op("VREV64", x.s4(from), x.s4(to))
}

// Transpose interleaves numbers of two rows, and then pairs of them.
func (x *NEON) Transpose(rows, room []isa.Vec) []isa.Vec {
	d2 := func(v isa.Vec) string { return x.vector(v) + ".D2" }
	for i := 0; i < 4; i += 2 {
		x.op("VZIP1", x.s4(rows[i+1]), x.s4(rows[i]), x.s4(room[i]))
		x.op("VZIP2", x.s4(rows[i+1]), x.s4(rows[i]), x.s4(room[i+1]))
	}
	for i := range 2 {
		x.op("VZIP1", d2(room[2+i]), d2(room[i]), d2(rows[2*i]))
		x.op("VZIP2", d2(room[2+i]), d2(room[i]), d2(rows[2*i+1]))
	}
	return rows
}

func (x *NEON) Broadcast(from isa.Mem, to isa.Vec) {
	x.op("FMOVS", x.mem(from), x.f(to))
	x.op("VDUP", x.vector(to)+".S[0]", x.s4(to))
}

func (x *NEON) LoadHalves(from isa.Mem, to isa.Vec) {
	x.op("FMOVD", x.mem(from), x.f(to))
	x.word(fcvtl, []field{{x.v(to), 5}, {x.v(to), 0}}, "fcvtl %s.4s, %s.4h", x.arm(to), x.arm(to))
}

func (x *NEON) LoadLanes(from isa.Mem, n int, to isa.Vec) {
	if n == 1 {
		x.op("FMOVS", x.mem(from), x.f(to))
		return
	}
	x.op("FMOVQ", x.mem(from), x.f(to))
}

func (x *NEON) SetGroups(isa.Int)                         {}
func (x *NEON) LoadGroupInputs(from isa.Mem, to isa.Vec)  { x.LoadLanes(from, 1, to) }
func (x *NEON) LoadGroupWeights(from isa.Mem, to isa.Vec) { x.Load(from, to) }

// MulAddLane: the lane's number is in the bits H and L of the instruction.
func (x *NEON) MulAddLane(weights isa.Source, inputs isa.Vec, lane int, sum isa.Vec) {
	w := x.register(weights)
	x.word(fmlaElement|uint32(lane&1)<<21|uint32(lane>>1)<<11, []field{{x.v(inputs), 16}, {x.v(w), 5}, {x.v(sum), 0}},
		"fmla %s.4s, %s.4s, %s.s[%d]", x.arm(sum), x.arm(w), x.arm(inputs), lane)
}

func (x *NEON) Add(a isa.Source, b, to isa.Vec) { x.three(fadd, "fadd", to, b, x.register(a)) }
func (x *NEON) Sub(a, b, to isa.Vec)            { x.three(fsub, "fsub", to, a, b) }
func (x *NEON) Mul(a isa.Source, b, to isa.Vec) { x.three(fmul, "fmul", to, b, x.register(a)) }
func (x *NEON) Max(a isa.Source, b, to isa.Vec) { x.three(fmax, "fmax", to, b, x.register(a)) }
func (x *NEON) Min(a isa.Source, b, to isa.Vec) { x.three(fmin, "fmin", to, b, x.register(a)) }
func (x *NEON) MulAdd(a isa.Source, b, sum isa.Vec) {
	x.op("VFMLA", x.s4(x.register(a)), x.s4(b), x.s4(sum))
}
func (x *NEON) MulSub(a isa.Source, b, sum isa.Vec) {
	x.op("VFMLS", x.s4(x.register(a)), x.s4(b), x.s4(sum))
}

func (x *NEON) SubNumber(a isa.Vec, n isa.Number, to isa.Vec) {
	x.Load(n, constant)
	x.Sub(a, constant, to)
}

// Horner and Complement: multiply-adds here add to the constant, which is then copied.
func (x *NEON) Horner(c isa.Source, factor, v isa.Vec) {
	x.Load(c, constant)
	x.MulAdd(v, factor, constant)
	x.Load(constant, v)
}

func (x *NEON) Complement(c isa.Source, factor, v isa.Vec) {
	x.Load(c, constant)
	x.MulSub(v, factor, constant)
	x.Load(constant, v)
}

// MaxInto: the instruction keeps what is not a number.
func (x *NEON) MaxInto(from isa.Mem, old isa.Vec, _ [2]isa.Vec) { x.Max(from, old, old) }

// Exp2 takes the whole of v by rounding down and adds it to the exponent of the polynomial's value, as an integer.
// The polynomial's two registers take turns, so that nothing is copied; it begins in the one from which it ends in to.
func (x *NEON) Exp2(v, spare, to isa.Vec, polynomial []float32, within126 bool) {
	if !within126 {
		x.Load(isa.Number(-126), spare)
		x.Max(spare, v, v)
	}
	x.two(frintm, "frintm", spare, v)
	x.Sub(v, spare, v)
	sum, next := to, constant
	if len(polynomial)%2 == 0 {
		sum, next = next, sum
	}
	x.Load(isa.Number(polynomial[0]), sum)
	for _, coefficient := range polynomial[1:] {
		x.Load(isa.Number(coefficient), next)
		x.MulAdd(sum, v, next)
		sum, next = next, sum
	}
	x.two(fcvtzs, "fcvtzs", spare, spare)
	x.op("VSHL", "$23", x.s4(spare), x.s4(spare))
	x.op("VADD", x.s4(spare), x.s4(to), x.s4(to))
}

// Reciprocal: the estimate has eight bits; a step of Newton's, r·(2 − d·r), makes sixteen of them, and the next is
// left to the caller.
func (x *NEON) Reciprocal(d, r isa.Vec) isa.Vec {
	x.two(frecpe, "frecpe", r, d)
	x.three(frecps, "frecps", constant, d, r)
	x.three(fmul, "fmul", r, r, constant)
	x.Load(isa.Number(1), constant)
	x.MulSub(r, d, constant)
	return constant
}
