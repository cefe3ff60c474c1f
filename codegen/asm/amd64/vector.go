// Package amd64 supplies the instruction sets of x86-64 for package tiling, printed by avo, and what only they have:
// the matrix unit (AMX), whose instructions are written as bytes, and the questions to the processor.
package amd64

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/routine"
)

// machine is what AVX2 and AVX-512 have in common; they differ in the width and number of registers, and in constants.
type machine struct {
	*emitter
	set       *routine.Set
	vectors   []reg.VecPhysical
	bytes     int
	constants *constants
}

// AVX2 is AVX2 with FMA3: sixteen registers of eight floats. Constants lie in memory eight times.
func AVX2(c *build.Context) isa.Machine {
	return &avx2{machine{
		emitter: &emitter{c}, set: routine.AVX2, bytes: 32,
		vectors: []reg.VecPhysical{
			reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12,
			reg.Y13, reg.Y14, reg.Y15,
		},
	}}
}

// AVX512 is AVX-512 F and DQ: thirty-two registers of sixteen floats. Operations broadcast their constants.
func AVX512(c *build.Context) isa.Machine { return newAVX512(c) }

func newAVX512(c *build.Context) *avx512 {
	return &avx512{machine{
		emitter: &emitter{c}, set: routine.AVX512, bytes: 64,
		vectors: []reg.VecPhysical{
			reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12,
			reg.Z13, reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24,
			reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
		},
	}}
}

type (
	avx2   struct{ machine }
	avx512 struct{ machine }
)

func (m *machine) Set() *routine.Set         { return m.set }
func (m *machine) Vecs() int                 { return len(m.vectors) }
func (m *machine) Bytes() int                { return m.bytes }
func (m *machine) Element() int              { return 4 }
func (m *machine) FirstAccumulator() isa.Vec { return 4 }
func (m *machine) Accumulators() int         { return len(m.vectors) - 4 }
func (m *machine) LanesPerLoad() int         { return 1 }
func (m *machine) WholeBlocks() bool         { return false }

// Unroll of AVX2 is four: two were 4% slower where two threads share a core. With AVX-512 one lane at a time took 4%
// longer in dense convolutions, and four no less than two.
func (m *avx2) Unroll() int   { return 4 }
func (m *avx512) Unroll() int { return 2 }

// v is the processor's register.
func (m *machine) v(v isa.Vec) reg.VecPhysical { return m.vectors[v] }

// op is an operand that is a register or memory. Constants are the instruction set's own matter.
func (m *machine) op(s isa.Source) operand.Op {
	switch s := s.(type) {
	case isa.Vec:
		return m.v(s)
	case isa.Mem:
		return m.mem(s)
	}
	panic("amd64: an operand that is neither register nor memory")
}

func (m *avx2) Constants(name string)   { m.constants = m.table(name, 8) }
func (m *avx512) Constants(name string) { m.constants = m.table(name, 1) }

// op of AVX2 finds constants in memory, as wide as a register.
func (m *avx2) op(s isa.Source) operand.Op {
	if n, ok := s.(isa.Number); ok {
		return m.constants.of(float32(n))
	}
	return m.machine.op(s)
}

// either calls one of two forms of an instruction: AVX-512 marks in its name that an operand is broadcast.
func (m *avx512) either(plain, broadcast func(ops ...operand.Op), s isa.Source, rest ...operand.Op) {
	if n, ok := s.(isa.Number); ok {
		broadcast(append([]operand.Op{m.constants.of(float32(n))}, rest...)...)
		return
	}
	plain(append([]operand.Op{m.op(s)}, rest...)...)
}

func (m *avx2) Load(from isa.Source, to isa.Vec) {
	if v, ok := from.(isa.Vec); ok {
		m.VMOVAPS(m.v(v), m.v(to))
		return
	}
	m.VMOVUPS(m.op(from), m.v(to))
}

func (m *avx512) Load(from isa.Source, to isa.Vec) {
	switch s := from.(type) {
	case isa.Vec:
		m.VMOVAPS(m.v(s), m.v(to))
	case isa.Mem:
		m.VMOVUPS(m.mem(s), m.v(to))
	case isa.Number:
		m.VBROADCASTSS(m.constants.of(float32(s)), m.v(to))
	}
}

func (m *machine) Store(from isa.Vec, to isa.Mem)     { m.VMOVUPS(m.v(from), m.mem(to)) }
func (m *machine) Broadcast(from isa.Mem, to isa.Vec) { m.VBROADCASTSS(m.mem(from), m.v(to)) }
func (m *machine) Sub(a, b, to isa.Vec)               { m.VSUBPS(m.v(b), m.v(a), m.v(to)) }

func (m *machine) LoadHalves(from isa.Mem, to isa.Vec) { m.VCVTPH2PS(m.mem(from), m.v(to)) }

func (m *machine) LoadLanes(from isa.Mem, _ int, to isa.Vec) { m.Broadcast(from, to) }

func (m *avx2) MulAddLane(weights isa.Source, input isa.Vec, _ int, sum isa.Vec) {
	m.MulAdd(weights, input, sum)
}

func (m *avx512) MulAddLane(weights isa.Source, input isa.Vec, _ int, sum isa.Vec) {
	m.MulAdd(weights, input, sum)
}

// Swap: a number of four digits of two bits says which of four parts of the register goes to each place; halves of 256
// bits have an instruction of their own.
func (m *avx2) Swap(distance int, from, to isa.Vec) {
	if distance == 4 {
		m.VPERM2F128(operand.U8(1), m.v(from), m.v(from), m.v(to))
		return
	}
	m.swapWithin128(distance, from, to)
}

func (m *avx512) Swap(distance int, from, to isa.Vec) {
	switch distance {
	case 8:
		m.VSHUFF32X4(operand.U8(1<<6|0<<4|3<<2|2), m.v(from), m.v(from), m.v(to))
	case 4:
		m.VSHUFF32X4(operand.U8(2<<6|3<<4|0<<2|1), m.v(from), m.v(from), m.v(to))
	default:
		m.swapWithin128(distance, from, to)
	}
}

func (m *machine) swapWithin128(distance int, from, to isa.Vec) {
	order := operand.U8(2<<6 | 3<<4 | 0<<2 | 1)
	if distance == 2 {
		order = operand.U8(1<<6 | 0<<4 | 3<<2 | 2)
	}
	m.VPERMILPS(order, m.v(from), m.v(to))
}

func (m *avx2) SetGroups(isa.Int)                         {}
func (m *avx2) LoadGroupInputs(from isa.Mem, to isa.Vec)  { m.Broadcast(from, to) }
func (m *avx2) LoadGroupWeights(from isa.Mem, to isa.Vec) { m.Load(from, to) }

// SetGroups of AVX-512 sets a mask of the second group's lanes.
func (m *avx512) SetGroups(spare isa.Int) {
	const second = 0xff00
	low := integers[spare].As32()
	m.MOVL(operand.U32(second), low)
	m.KMOVW(low, reg.K1)
}

// LoadGroupInputs takes one operation on the ports that multiply, for the mask. A permutation takes one, too, and on
// one of the two ports alone.
func (m *avx512) LoadGroupInputs(from isa.Mem, to isa.Vec) {
	second := from
	second.Disp += 8 * 4
	m.VBROADCASTSS(m.mem(from), m.v(to))
	m.VBROADCASTSS(m.mem(second), reg.K1, m.v(to))
}

func (m *avx512) LoadGroupWeights(from isa.Mem, to isa.Vec) {
	second := from
	second.Disp += 8*64 + 8*4
	m.VMOVUPS(m.mem(from), m.v(to).AsY())
	m.VINSERTF32X8(operand.U8(1), m.mem(second), m.v(to), m.v(to))
}

// Zero clears the low part of a register, which clears the whole.
func (m *machine) Zero(to isa.Vec) {
	x := m.v(to).AsX().(reg.VecPhysical)
	m.VXORPS(x, x, x)
}

func (m *avx2) Add(a isa.Source, b, to isa.Vec)       { m.VADDPS(m.op(a), m.v(b), m.v(to)) }
func (m *avx2) Mul(a isa.Source, b, to isa.Vec)       { m.VMULPS(m.op(a), m.v(b), m.v(to)) }
func (m *avx2) MulAdd(a isa.Source, b, sum isa.Vec)   { m.VFMADD231PS(m.op(a), m.v(b), m.v(sum)) }
func (m *avx2) MulSub(a isa.Source, b, sum isa.Vec)   { m.VFNMADD231PS(m.op(a), m.v(b), m.v(sum)) }
func (m *avx2) Horner(c isa.Source, f, x isa.Vec)     { m.VFMADD213PS(m.op(c), m.v(f), m.v(x)) }
func (m *avx2) Complement(c isa.Source, f, x isa.Vec) { m.VFNMADD213PS(m.op(c), m.v(f), m.v(x)) }

func (m *avx2) SubNumber(a isa.Vec, n isa.Number, to isa.Vec) { m.VSUBPS(m.op(n), m.v(a), m.v(to)) }

// Max and Min: of two operands the instructions return the one that Go's assembler is given first if either is not a
// number.
func (m *avx2) Max(a isa.Source, b, to isa.Vec) { m.VMAXPS(m.op(a), m.v(b), m.v(to)) }
func (m *avx2) Min(a isa.Source, b, to isa.Vec) { m.VMINPS(m.op(a), m.v(b), m.v(to)) }

func (m *avx512) Add(a isa.Source, b, to isa.Vec) {
	m.either(m.VADDPS, m.VADDPS_BCST, a, m.v(b), m.v(to))
}

func (m *avx512) Mul(a isa.Source, b, to isa.Vec) {
	m.either(m.VMULPS, m.VMULPS_BCST, a, m.v(b), m.v(to))
}

func (m *avx512) Max(a isa.Source, b, to isa.Vec) {
	m.either(m.VMAXPS, m.VMAXPS_BCST, a, m.v(b), m.v(to))
}

func (m *avx512) Min(a isa.Source, b, to isa.Vec) {
	m.either(m.VMINPS, m.VMINPS_BCST, a, m.v(b), m.v(to))
}

func (m *avx512) MulAdd(a isa.Source, b, sum isa.Vec) {
	m.either(m.VFMADD231PS, m.VFMADD231PS_BCST, a, m.v(b), m.v(sum))
}

func (m *avx512) MulSub(a isa.Source, b, sum isa.Vec) {
	m.either(m.VFNMADD231PS, m.VFNMADD231PS_BCST, a, m.v(b), m.v(sum))
}

func (m *avx512) Horner(c isa.Source, f, x isa.Vec) {
	m.either(m.VFMADD213PS, m.VFMADD213PS_BCST, c, m.v(f), m.v(x))
}

func (m *avx512) Complement(c isa.Source, f, x isa.Vec) {
	m.either(m.VFNMADD213PS, m.VFNMADD213PS_BCST, c, m.v(f), m.v(x))
}

func (m *avx512) SubNumber(a isa.Vec, n isa.Number, to isa.Vec) {
	m.VSUBPS_BCST(m.constants.of(float32(n)), m.v(a), m.v(to))
}

// unordered is the comparison that holds where an operand is not a number.
const unordered = 3

func (m *avx2) MaxInto(from isa.Mem, old isa.Vec, spare [2]isa.Vec) {
	greater, isNaN := m.v(spare[0]), m.v(spare[1])
	m.VCMPPS(operand.U8(unordered), m.v(old), m.v(old), isNaN)
	m.VMAXPS(m.mem(from), m.v(old), greater)
	m.VBLENDVPS(isNaN, m.v(old), greater, m.v(old))
}

func (m *avx512) MaxInto(from isa.Mem, old isa.Vec, spare [2]isa.Vec) {
	greater := m.v(spare[0])
	m.VCMPPS(operand.U8(unordered), m.v(old), m.v(old), reg.K1)
	m.VMAXPS(m.mem(from), m.v(old), greater)
	m.VBLENDMPS(m.v(old), greater, reg.K1, m.v(old))
}

// Of a float32, how many bits its fraction has, and the largest power of two whose reciprocal is a normal number, too.
const (
	fraction = 23
	most     = 126
)

// Exp2 of AVX2 takes the nearest integer and adds it to the exponent of the polynomial's value, as an integer.
func (m *avx2) Exp2(x, spare, to isa.Vec, polynomial []float32, within126 bool) {
	if !within126 { // the exponent would run over
		m.Load(isa.Number(-most), spare)
		m.Max(x, spare, x)
	}
	const nearest = 0
	m.VROUNDPS(operand.U8(nearest), m.v(x), m.v(spare))
	m.Sub(x, spare, x)
	m.horner(x, to, polynomial)
	m.VCVTPS2DQ(m.v(spare), m.v(spare))
	m.VPSLLD(operand.U8(fraction), m.v(spare), m.v(spare))
	m.VPADDD(m.v(spare), m.v(to), m.v(to))
}

// Exp2 of AVX-512: VREDUCEPS takes the fraction of a number, that of an infinity being 0; VSCALEFPS multiplies by two
// to the power of the whole, whatever it is.
func (m *avx512) Exp2(x, spare, to isa.Vec, polynomial []float32, _ bool) {
	const down = 1
	m.VREDUCEPS(operand.U8(down), m.v(x), m.v(spare))
	m.horner(spare, to, polynomial)
	m.VSCALEFPS(m.v(x), m.v(to), m.v(to))
}

func (m *avx2) horner(x, to isa.Vec, polynomial []float32)   { horner(m, x, to, polynomial) }
func (m *avx512) horner(x, to isa.Vec, polynomial []float32) { horner(m, x, to, polynomial) }

// horner evaluates a polynomial, the coefficient of the highest power first.
func horner(m isa.Vectors, x, to isa.Vec, polynomial []float32) {
	m.Load(isa.Number(polynomial[0]), to)
	for _, coefficient := range polynomial[1:] {
		m.Horner(isa.Number(coefficient), x, to)
	}
}

// Nearest of AVX2: integers come of adding a large number, which takes fewer operations than rounding. AVX-512 has
// operations for the parts of a number.
func (m *avx2) Nearest() bool   { return true }
func (m *avx512) Nearest() bool { return false }

// OnePlusExp2 of AVX2 adds a number so large that its last place is one, and whose last bits, shifted, are those of 1:
// so 2 to the power of an integer is a number, by which the polynomial is multiplied. Beside the polynomial, it takes
// six operations on the two ports that multiply, where rounding and adding to the exponent took nine.
func (m *avx2) OnePlusExp2(x isa.Vec, factor isa.Number, f, spare, to isa.Vec, polynomial []float32) {
	const large = 3<<(fraction-1) + 1 + most
	m.Load(-most/factor, spare)
	m.Min(x, spare, f)
	m.Load(isa.Number(large), spare)
	m.MulAdd(factor, f, spare)
	m.SubNumber(spare, large, to)
	m.VFMSUB231PS(m.op(factor), m.v(f), m.v(to)) // the fraction
	m.VPSLLD(operand.U8(fraction), m.v(spare), m.v(spare))
	m.horner(to, f, polynomial)
	m.Load(isa.Number(1), to)
	m.MulAdd(f, spare, to)
}

func (m *avx512) OnePlusExp2(x isa.Vec, factor isa.Number, f, spare, to isa.Vec, polynomial []float32) {
	m.Mul(factor, x, f)
	m.Exp2(f, spare, to, polynomial, false)
	m.Add(isa.Number(1), to, to)
}

// Reciprocal: the estimate of AVX2 has 12 bits, that of AVX-512 has 14; what is left of 1 is the relative error, of
// which the square is beyond float32.
func (m *avx2) Reciprocal(d, r isa.Vec) isa.Vec {
	m.VRCPPS(m.v(d), m.v(r))
	m.Complement(isa.Number(1), r, d) // 1 − d·r
	return d
}

func (m *avx512) Reciprocal(d, r isa.Vec) isa.Vec {
	m.VRCP14PS(m.v(d), m.v(r))
	m.Complement(isa.Number(1), r, d)
	return d
}

func (m *avx2) Divide(d, r, x isa.Vec)   { divide(m, d, r, x) }
func (m *avx512) Divide(d, r, x isa.Vec) { divide(m, d, r, x) }

// divide: x comes in last, for it may be infinite.
func divide(m isa.Machine, d, r, x isa.Vec) {
	m.MulAdd(m.Reciprocal(d, r), r, r)
	m.Mul(r, x, x)
}

// transposeWithin128 exchanges rows and columns within each 128 bits of four registers after the other:
//
//	a b c d     a e b f     a e i m
//	e f g h     c g d h     b f j n
//	i j k l     i m j n     c g k o
//	m n o p     k o l p     d h l p
func (m *machine) transposeWithin128(rows, room []isa.Vec) {
	for i := 0; i < len(rows); i += 2 {
		m.VUNPCKLPS(m.v(rows[i+1]), m.v(rows[i]), m.v(room[i]))
		m.VUNPCKHPS(m.v(rows[i+1]), m.v(rows[i]), m.v(room[i+1]))
	}
	for i := 0; i < len(rows); i += 4 {
		for k := range 2 {
			m.VUNPCKLPD(m.v(room[i+2+k]), m.v(room[i+k]), m.v(rows[i+2*k]))
			m.VUNPCKHPD(m.v(room[i+2+k]), m.v(room[i+k]), m.v(rows[i+2*k+1]))
		}
	}
}

// Transpose of AVX2: of two registers, the lower halves make one, the upper halves the other.
func (m *avx2) Transpose(rows, room []isa.Vec) []isa.Vec {
	const lower, upper = 2 << 4, 3<<4 | 1
	m.transposeWithin128(rows, room)
	for i := range 4 {
		m.VPERM2F128(operand.U8(lower), m.v(rows[4+i]), m.v(rows[i]), m.v(room[i]))
		m.VPERM2F128(operand.U8(upper), m.v(rows[4+i]), m.v(rows[i]), m.v(room[4+i]))
	}
	return room
}

// Transpose of AVX-512 makes of two registers of four quarters one of the even quarters and one of the odd ones, twice.
func (m *avx512) Transpose(rows, room []isa.Vec) []isa.Vec {
	const even, odd = 2<<6 | 0<<4 | 2<<2 | 0, 3<<6 | 1<<4 | 3<<2 | 1
	m.transposeWithin128(rows, room)
	for i := range 4 {
		for k := 0; k < 16; k += 8 {
			m.VSHUFF32X4(operand.U8(even), m.v(rows[k+4+i]), m.v(rows[k+i]), m.v(room[k+i]))
			m.VSHUFF32X4(operand.U8(odd), m.v(rows[k+4+i]), m.v(rows[k+i]), m.v(room[k+4+i]))
		}
	}
	for i := range 8 {
		m.VSHUFF32X4(operand.U8(even), m.v(room[8+i]), m.v(room[i]), m.v(rows[i]))
		m.VSHUFF32X4(operand.U8(odd), m.v(room[8+i]), m.v(room[i]), m.v(rows[8+i]))
	}
	return rows
}
