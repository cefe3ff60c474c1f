package arm64

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/routine"
)

// NEON is Armv8-A's Advanced SIMD: thirty-two registers of four float32, or of eight float16. A pixel of a block is
// four of them.
type NEON struct {
	text
	*precision
	run int // whose temporary registers are used: see RunsMacro
}

// precision is what instructions compute with.
type precision struct {
	set     *routine.Set
	element int // bytes
	// A register of such numbers, as Arm calls its arrangement and Go's assembler does.
	arranged, goArranged string

	first isa.Vec
	// constant is the register for an operand that is a constant or in memory, asides are the temporary registers of
	// further runs, in place of those of the first.
	constant isa.Vec
	asides   [mostRuns - 1]map[isa.Vec]isa.Vec

	fraction int     // bits of a number behind its exponent
	least    float32 // the lowest exponent of a normal number
	integers float32 // a number between whose neighbours there is one
	cubic    bool    // the estimate of a reciprocal needs the square of its error, too

	// Encodings of instructions with three registers, without the registers.
	fadd, fsub, fmul, fmax, fmin, fmla, fmls uint32
	frecpe                                   uint32 // of two: an estimate of 1/n, to eight bits
}

// New returns the instruction set for one file, with arithmetic of float32. The last four registers are for constants
// and operands in memory, which instructions here do not take.
func New() *NEON {
	return &NEON{text: text{control: defaultNaN}, precision: &precision{
		set: routine.NEON, element: 4, arranged: "4s", goArranged: "S4",
		first: 4, constant: 28, asides: [...]map[isa.Vec]isa.Vec{
			{0: 3, 1: 29, 2: 30, 28: 31}, {0: 20, 1: 21, 2: 22, 28: 23}, {0: 24, 1: 25, 2: 26, 28: 27},
		},
		fraction: 23, least: -126, integers: 3 << 22, cubic: true,
		fadd: 0x4e20d400, fsub: 0x4ea0d400, fmul: 0x6e20dc00, fmax: 0x4e20f400, fmin: 0x4ea0f400,
		frecpe: 0x4ea1d800,
	}}
}

// NewHalf returns the one with arithmetic of float16 (FEAT_FP16). What multiplies by an element finds it in the first
// sixteen registers only, so that accumulators are the last ones.
func NewHalf() *NEON {
	return &NEON{text: text{control: defaultNaN}, precision: &precision{
		set: routine.Half, element: 2, arranged: "8h", goArranged: "H8",
		first: 8, constant: 7, asides: [...]map[isa.Vec]isa.Vec{
			{0: 3, 1: 4, 2: 5, 7: 6}, {0: 24, 1: 25, 2: 26, 7: 27}, {0: 28, 1: 29, 2: 30, 7: 31},
		},
		fraction: 10, least: -14, integers: 3 << 9,
		fadd: 0x4e401400, fsub: 0x4ec01400, fmul: 0x6e401c00, fmax: 0x4e403400, fmin: 0x4ec03400,
		fmla: 0x4e400c00, fmls: 0x4ec00c00,
		frecpe: 0x4ef9d800,
	}}
}

func (x *NEON) Set() *routine.Set { return x.set }
func (*NEON) Vecs() int           { return 32 }
func (*NEON) Bytes() int          { return 16 }
func (x *NEON) Element() int      { return x.element }

func (x *NEON) FirstAccumulator() isa.Vec { return x.first }
func (*NEON) Accumulators() int           { return 24 }

// LanesPerLoad: a multiply-add takes one operand from one lane of a register, so that inputs need not be broadcast.
func (x *NEON) LanesPerLoad() int { return 16 / x.element }

func (x *NEON) Unroll() int { return 16 / x.element }

func (*NEON) WholeBlocks() bool { return true }

// v is the processor's register, or one that stands for a macro's.
func (x *NEON) v(v isa.Vec) isa.Vec {
	if v == common {
		return x.constant
	}
	if x.run > 0 {
		if other, ok := x.asides[x.run-1][v]; ok {
			return other
		}
	}
	return v
}

func (x *NEON) f(v isa.Vec) string {
	if isOpen(v) {
		panic("arm64: a macro's register is loaded or stored")
	}
	return fmt.Sprintf("F%d", x.v(v))
}

// vector is a register as Go's assembler calls it, arm what Arm's does.
func (x *NEON) vector(v isa.Vec) string {
	if isOpen(v) {
		return opened[v-open].name
	}
	return fmt.Sprintf("V%d", x.v(v))
}

func (x *NEON) named(v isa.Vec) string {
	if isOpen(v) {
		return "v" + opened[v-open].number
	}
	return fmt.Sprintf("v%d", x.v(v))
}

func (x *NEON) all(v isa.Vec) string { return x.vector(v) + "." + x.goArranged } // its numbers
func (x *NEON) b16(v isa.Vec) string { return x.vector(v) + ".B16" }

// RunsMacro: each run has other temporary registers, so that they do not wait for each other. What all load into the
// common one is loaded once.
func (x *NEON) RunsMacro(name string, runs int, body func(x isa.Vec)) {
	var parameters []string
	for _, o := range opened[:runs] {
		parameters = append(parameters, o.number, o.name)
	}
	x.define(name, strings.Join(parameters, ", "), func() {
		lines := make([][]string, runs)
		for run := range lines {
			x.run = run
			lines[run] = x.apart(func() { body(open + isa.Vec(run)) })
		}
		x.run = 0
		for i, first := range lines[0] {
			x.body.WriteString(first)
			for _, other := range lines[1:] {
				if other[i] != first {
					x.body.WriteString(other[i])
				}
			}
		}
	})
}

func (x *NEON) ExpandRuns(macro string, registers ...isa.Vec) {
	var operands []string
	for _, v := range registers {
		operands = append(operands, fmt.Sprintf("%d, V%d", v, v))
	}
	fmt.Fprintf(&x.body, "\t%s(%s)\n", macro, strings.Join(operands, ", "))
}

// FourAccumulators leaves eight registers for the temporary ones of two more runs.
func (*NEON) FourAccumulators() int { return 16 }

// Conversions of the numbers in the lower half of a register, or between the upper half and a whole one.
const (
	fcvtl  = 0x0e217800 // widens float16
	fcvtl2 = 0x4e217800
	fcvtn  = 0x0e216800 // makes float16
	fcvtn2 = 0x4e216800
)

// Multiplications with one lane of a register, without the lane's number.
const (
	fmlaElement     = 0x4f801000
	fmlaHalfElement = 0x4f001000
)

// numbered is a register with its arrangement.
func (x *NEON) numbered(v isa.Vec) string { return x.named(v) + "." + x.arranged }

// three writes an instruction d = op(n, m).
func (x *NEON) three(code uint32, name string, d, n, m isa.Vec) {
	x.word(code, []field{{x.v(m), 16}, {x.v(n), 5}, {x.v(d), 0}}, "%s %s, %s, %s", name, x.numbered(d), x.numbered(n),
		x.numbered(m))
}

// two writes an instruction d = op(n).
func (x *NEON) two(code uint32, name string, d, n isa.Vec) {
	x.word(code, []field{{x.v(n), 5}, {x.v(d), 0}}, "%s %s, %s", name, x.numbered(d), x.numbered(n))
}

// register brings an operand into a register, unless it is in one. The next instruction is what reads it, in both runs
// of a pair.
func (x *NEON) register(s isa.Source) isa.Vec {
	if v, ok := s.(isa.Vec); ok {
		return v
	}
	x.Load(s, common)
	return common
}

func (x *NEON) Load(from isa.Source, to isa.Vec) {
	switch from := from.(type) {
	case isa.Vec:
		x.op("VMOV", x.b16(from), x.b16(to))
	case isa.Mem:
		x.op("FMOVQ", x.mem(from), x.f(to))
	case isa.Number:
		x.op("FMOVQ", fmt.Sprintf("%d(%s)", x.number(float32(from))-inTable, numbers), x.f(to))
	}
}

// number returns where a constant lies in the table.
func (x *NEON) number(v float32) int {
	x.table.element = x.element
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
	x.op("VREV64", x.all(from), x.all(to))
}

// Transpose interleaves numbers of two rows, and then pairs of them.
func (x *NEON) Transpose(rows, room []isa.Vec) []isa.Vec {
	d2 := func(v isa.Vec) string { return x.vector(v) + ".D2" }
	for i := 0; i < 4; i += 2 {
		x.op("VZIP1", x.all(rows[i+1]), x.all(rows[i]), x.all(room[i]))
		x.op("VZIP2", x.all(rows[i+1]), x.all(rows[i]), x.all(room[i+1]))
	}
	for i := range 2 {
		x.op("VZIP1", d2(room[2+i]), d2(room[i]), d2(rows[2*i]))
		x.op("VZIP2", d2(room[2+i]), d2(room[i]), d2(rows[2*i+1]))
	}
	return rows
}

// Broadcast makes a float16 of the number first, where those are computed with.
func (x *NEON) Broadcast(from isa.Mem, to isa.Vec) {
	x.op("FMOVS", x.mem(from), x.f(to))
	lane := ".S[0]"
	if x.element == 2 {
		x.op("FCVTSH", x.f(to), x.f(to))
		lane = ".H[0]"
	}
	x.op("VDUP", x.vector(to)+lane, x.all(to))
}

func (x *NEON) LoadHalves(from isa.Mem, to isa.Vec) {
	x.op("FMOVD", x.mem(from), x.f(to))
	x.Widen(to, to, false)
}

// Widen: an instruction for each half of the register.
func (x *NEON) Widen(from, to isa.Vec, upper bool) {
	code, name, lanes := uint32(fcvtl), "fcvtl", "4h"
	if upper {
		code, name, lanes = fcvtl2, "fcvtl2", "8h"
	}
	x.word(code, []field{{x.v(from), 5}, {x.v(to), 0}}, "%s %s.4s, %s.%s", name, x.named(to), x.named(from), lanes)
}

func (x *NEON) Narrow(from, to isa.Vec, upper bool) {
	code, name, lanes := uint32(fcvtn), "fcvtn", "4h"
	if upper {
		code, name, lanes = fcvtn2, "fcvtn2", "8h"
	}
	x.word(code, []field{{x.v(from), 5}, {x.v(to), 0}}, "%s %s.%s, %s.4s", name, x.named(to), lanes, x.named(from))
}

func (x *NEON) AddFloats(a, b, to isa.Vec) {
	const fadd = 0x4e20d400
	x.word(fadd, []field{{x.v(a), 16}, {x.v(b), 5}, {x.v(to), 0}}, "fadd %s.4s, %s.4s, %s.4s", x.named(to), x.named(b),
		x.named(a))
}

// LoadLanes loads four bytes for a single number: what is in the other lanes nobody sees.
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

// MulAddLane: the lane's number is in the bits H and L of the instruction, of float16 H, L and M.
func (x *NEON) MulAddLane(weights isa.Source, inputs isa.Vec, lane int, sum isa.Vec) {
	w := x.register(weights)
	code, letter := fmlaElement|uint32(lane&1)<<21|uint32(lane>>1)<<11, "s"
	if x.element == 2 {
		if inputs > 15 {
			panic("arm64: a lane of float16 is in one of the registers from 16 on")
		}
		code, letter = fmlaHalfElement|uint32(lane&3)<<20|uint32(lane>>2)<<11, "h"
	}
	x.word(code, []field{{x.v(inputs), 16}, {x.v(w), 5}, {x.v(sum), 0}}, "fmla %s, %s, %s.%s[%d]", x.numbered(sum),
		x.numbered(w), x.named(inputs), letter, lane)
}

func (x *NEON) Add(a isa.Source, b, to isa.Vec) { x.three(x.fadd, "fadd", to, b, x.register(a)) }
func (x *NEON) Sub(a, b, to isa.Vec)            { x.three(x.fsub, "fsub", to, a, b) }
func (x *NEON) Mul(a isa.Source, b, to isa.Vec) { x.three(x.fmul, "fmul", to, b, x.register(a)) }
func (x *NEON) Max(a isa.Source, b, to isa.Vec) { x.three(x.fmax, "fmax", to, b, x.register(a)) }
func (x *NEON) Min(a isa.Source, b, to isa.Vec) { x.three(x.fmin, "fmin", to, b, x.register(a)) }

func (x *NEON) MulAdd(a isa.Source, b, sum isa.Vec) {
	if x.fmla == 0 {
		x.op("VFMLA", x.all(x.register(a)), x.all(b), x.all(sum))
		return
	}
	x.three(x.fmla, "fmla", sum, b, x.register(a))
}

func (x *NEON) MulSub(a isa.Source, b, sum isa.Vec) {
	if x.fmls == 0 {
		x.op("VFMLS", x.all(x.register(a)), x.all(b), x.all(sum))
		return
	}
	x.three(x.fmls, "fmls", sum, b, x.register(a))
}

func (x *NEON) SubNumber(a isa.Vec, n isa.Number, to isa.Vec) {
	x.Load(n, x.constant)
	x.Sub(a, x.constant, to)
}

// Horner and Complement: multiply-adds here add to the constant, which is then copied.
func (x *NEON) Horner(c isa.Source, factor, v isa.Vec) {
	x.Load(c, x.constant)
	x.MulAdd(v, factor, x.constant)
	x.Load(x.constant, v)
}

func (x *NEON) Complement(c isa.Source, factor, v isa.Vec) {
	x.Load(c, x.constant)
	x.MulSub(v, factor, x.constant)
	x.Load(x.constant, v)
}

// MaxInto: the instruction keeps what is not a number.
func (x *NEON) MaxInto(from isa.Mem, old isa.Vec, _ [2]isa.Vec) { x.Max(from, old, old) }

// Nearest: integers come of adding a large number. The instructions that round take two to eight times as long as an
// addition.
func (*NEON) Nearest() bool { return true }

// Exp2 adds the whole of v to the exponent of the polynomial's value, as an integer. The polynomial's two registers
// take turns, so that nothing is copied; it begins in the one from which it ends in to.
func (x *NEON) Exp2(v, spare, to isa.Vec, polynomial []float32, isNormal bool) {
	if !isNormal {
		x.Max(isa.Number(x.least), v, v)
	}
	// Of a number so large that the last place is one, the last bits are the integer. Above them no bit reaches the
	// exponent, nor is there one where v is the default NaN.
	x.Add(isa.Number(x.integers), v, spare)
	x.Load(isa.Number(x.integers), x.constant)
	x.Sub(spare, x.constant, x.constant)
	x.Sub(v, x.constant, v)
	sum, next := to, x.constant
	if len(polynomial)%2 == 0 {
		sum, next = next, sum
	}
	x.Load(isa.Number(polynomial[0]), sum)
	for _, coefficient := range polynomial[1:] {
		x.Load(isa.Number(coefficient), next)
		x.MulAdd(sum, v, next)
		sum, next = next, sum
	}
	x.shift(spare)
	x.op("VADD", x.all(spare), x.all(to), x.all(to))
}

// shift makes the last bits the exponent.
func (x *NEON) shift(v isa.Vec) { x.op("VSHL", fmt.Sprintf("$%d", x.fraction), x.all(v), x.all(v)) }

// OnePlusExp2 adds a large number as Exp2 does, one whose last bits, shifted, are those of 1: so 2 to the power of an
// integer is a number, by which the polynomial is multiplied. Seven additions and multiplications take as few
// instructions, beside the polynomial's and the shift.
func (x *NEON) OnePlusExp2(v isa.Vec, factor isa.Number, f, spare, to isa.Vec, polynomial []float32) {
	large := isa.Number(x.integers + 1 - x.least)
	x.Min(isa.Number(x.least/float32(factor)), v, f)
	x.Load(large, spare)
	x.MulAdd(factor, f, spare)
	x.Sub(x.register(large), spare, to)
	x.MulAdd(factor, f, to) // the fraction
	x.shift(spare)
	sum, next := f, x.constant
	x.Load(isa.Number(polynomial[1]), sum)
	x.MulAdd(isa.Number(polynomial[0]), to, sum)
	for _, coefficient := range polynomial[2:] {
		x.Load(isa.Number(coefficient), next)
		x.MulAdd(sum, to, next)
		sum, next = next, sum
	}
	x.Load(isa.Number(1), to)
	x.MulAdd(sum, spare, to)
}

// Reciprocal: the estimate has eight bits, what is left of 1 is its error e, and 1/d is r·(1 + e + e² + …). Of float16
// the first is enough.
func (x *NEON) Reciprocal(d, r isa.Vec) isa.Vec {
	x.estimate(d, r)
	return x.growth()
}

// Divide multiplies with the estimate while its error is computed. Of 1 the estimate is less, so that e is above zero
// and an infinite number stays what it is.
func (x *NEON) Divide(d, r, v isa.Vec) {
	x.estimate(d, r)
	x.Mul(r, v, v)
	x.MulAdd(x.growth(), v, v)
}

// estimate leaves the estimate of a reciprocal in r and its error in the register for constants.
func (x *NEON) estimate(d, r isa.Vec) {
	x.two(x.frecpe, "frecpe", r, d)
	x.Load(isa.Number(1), x.constant)
	x.MulSub(r, d, x.constant)
}

// growth is by how much of itself the estimate is to grow.
func (x *NEON) growth() isa.Vec {
	if x.cubic {
		x.MulAdd(x.constant, x.constant, x.constant)
	}
	return x.constant
}
