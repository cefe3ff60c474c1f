package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exponential and finerExponential hold the coefficients, highest power first, of polynomials that are 2^x for x from 0 up to
// 1 with a relative error of at most 2.6e-6 and 7.5e-8 (minimax, fitted by Lawson's iteration). An error e of the exponential
// is one of at most e/4 in the sigmoid.
var (
	exponential      = []float32{0.013534168, 0.052011464, 0.24144275, 0.69300383, 1.0000026}
	finerExponential = []float32{0.0018775767, 0.0089893406, 0.055826318, 0.24015361, 0.69315308, 0.99999994}
)

const (
	log2e     = 1.44269504088896341
	sqrt2     = 1.41421356237309505
	saturated = 87 // where exp(x) is beyond what matters to 1 + exp(x), and still finite
)

// For x not below zero, half of erfc(x/√2) is t·(a1 + t·(a2 + …))·exp(−x²/2), t being 1/(1 + erfcScale·x), with an error of at most
// 1e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. The coefficients are half of theirs, the highest power
// first.
var erfc = []float32{1.061405429 / 2, -1.453152027 / 2, 1.421413741 / 2, -0.284496736 / 2, 0.254829592 / 2}

const (
	erfcScale = 0.3275911 / sqrt2
	erfcEnd   = 13 // where the function is next to nothing, and its exponential still a normal number
)

// constants is a table of numbers in memory.
type constants struct {
	table  operand.Mem
	copies int // of each number, side by side
	values []float32
	e      emitter
}

func (e emitter) constants(name string, copies int) *constants {
	c := &constants{table: e.StaticGlobal(name), copies: copies, e: e}
	e.DataAttributes(attr.RODATA | attr.NOPTR)
	return c
}

// of returns where a number lies in the table, and adds it if it is new. It must be called while the table is the active
// global, which holds throughout a routine.
func (c *constants) of(v float32) operand.Mem {
	for i, w := range c.values {
		if w == v {
			return c.table.Offset(4 * i * c.copies)
		}
	}
	at := 4 * len(c.values) * c.copies
	c.values = append(c.values, v)
	for i := range c.copies {
		c.e.AddDatum(at+4*i, operand.F32(v))
	}
	return c.table.Offset(at)
}

// functionRoutine writes the routine that applies a function, whose number is in CX, to the first accumulators, whose number
// is in SI. A function that it does not know leaves them as they are.
func (e emitter) functionRoutine(bodies map[int]func(x reg.VecPhysical), prepare map[int]func()) {
	e.routine("apply"+e.m.name, "func()")
	for f := relu; f <= gelu; f++ {
		e.CMPQ(reg.RCX, operand.Imm(uint64(f)))
		e.JEQ(operand.LabelRef(fmt.Sprintf("function%d", f)))
	}
	e.RET()
	for f := relu; f <= gelu; f++ {
		label := func(i int) operand.LabelRef { return operand.LabelRef(fmt.Sprintf("function%d_%d", f, i)) }
		e.Label(fmt.Sprintf("function%d", f))
		if prepare[f] != nil {
			prepare[f]()
		}
		e.choose(reg.RSI, 1, e.m.accumulators(), label)
		for i := e.m.accumulators(); i > 0; i-- {
			e.Label(string(label(i)))
			bodies[f](e.m.accumulator(i - 1))
		}
		e.RET()
	}
}

// functions512 writes the functions for AVX-512.
func functions512(c *build.Context) {
	e := emitter{c, avx512}
	k := e.constants("functions512", 1)
	load := func(v float32, r reg.VecPhysical) func() { return func() { e.VBROADCASTSS(k.of(v), r) } }
	both := func(a, b func()) func() { return func() { a(); b() } }
	prepare := map[int]func(){
		relu: load(0, reg.Z3), relu6: both(load(0, reg.Z3), load(6, reg.Z2)),
		silu: load(-saturated, reg.Z3), sigmoid: load(-saturated, reg.Z3),
		hardSwish: load(-3, reg.Z3), hardSigmoid: both(load(0, reg.Z3), load(1, reg.Z2)),
		tanh: load(-saturated/2, reg.Z3), gelu: nil,
	}
	// Of two operands, max and min return the one written first here if either is NaN.
	bodies := map[int]func(x reg.VecPhysical){
		relu: func(x reg.VecPhysical) { e.VMAXPS(x, reg.Z3, x) },
		relu6: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Z3, x)
			e.VMINPS(x, reg.Z2, x)
		},
		silu: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Z3, x)
			e.onePlusExponential512(k, x, -log2e, exponential)
			e.VRCP14PS(reg.Z1, reg.Z0)
			e.VFNMADD213PS_BCST(k.of(2), reg.Z0, reg.Z1) // 2 − d·(1/d)
			e.VMULPS(reg.Z0, x, x)
			e.VMULPS(reg.Z1, x, x)
		},
		sigmoid: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Z3, x)
			e.onePlusExponential512(k, x, -log2e, exponential)
			e.VRCP14PS(reg.Z1, reg.Z0)
			e.VFNMADD213PS_BCST(k.of(2), reg.Z0, reg.Z1)
			e.VMULPS(reg.Z1, reg.Z0, x)
		},
		hardSwish: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Z3, x)
			e.VADDPS_BCST(k.of(3), x, reg.Z0)
			e.VMINPS_BCST(k.of(6), reg.Z0, reg.Z0)
			e.VMULPS_BCST(k.of(1.0/6), reg.Z0, reg.Z0)
			e.VMULPS(reg.Z0, x, x)
		},
		hardSigmoid: func(x reg.VecPhysical) {
			e.VMULPS_BCST(k.of(1.0/6), x, x)
			e.VADDPS_BCST(k.of(0.5), x, x)
			e.VMAXPS(x, reg.Z3, x)
			e.VMINPS(x, reg.Z2, x)
		},
		tanh: func(x reg.VecPhysical) { // 2/(1 + exp(−2x)) − 1
			e.VMAXPS(x, reg.Z3, x)
			e.onePlusExponential512(k, x, -2*log2e, finerExponential)
			e.VRCP14PS(reg.Z1, reg.Z0)
			e.VFNMADD213PS_BCST(k.of(2), reg.Z0, reg.Z1)
			e.VMULPS(reg.Z1, reg.Z0, x)
			e.VADDPS(x, x, x)
			e.VSUBPS_BCST(k.of(1), x, x)
		},
		gelu: func(x reg.VecPhysical) { e.gelu512(k, x) },
	}
	e.functionRoutine(bodies, prepare)
}

// onePlusExponential512 leaves 1 + 2^(x·factor) in Z1 and uses Z0 and Z2. For −Inf it leaves 1, for NaN NaN.
func (e emitter) onePlusExponential512(k *constants, x reg.VecPhysical, factor float32, polynomial []float32) {
	e.VMULPS_BCST(k.of(factor), x, reg.Z0)
	e.power512(k, polynomial)
	e.VADDPS_BCST(k.of(1), reg.Z1, reg.Z1)
}

// power512 leaves 2^Z0 in Z1 and uses Z2.
//
// VREDUCEPS takes the fraction of a number, that of an infinity being 0; VSCALEFPS multiplies by two to the power of the whole.
func (e emitter) power512(k *constants, polynomial []float32) {
	e.VREDUCEPS(operand.U8(1), reg.Z0, reg.Z2)
	e.VBROADCASTSS(k.of(polynomial[0]), reg.Z1)
	for _, coefficient := range polynomial[1:] {
		e.VFMADD213PS_BCST(k.of(coefficient), reg.Z2, reg.Z1)
	}
	e.VSCALEFPS(reg.Z0, reg.Z1, reg.Z1)
}

// gelu512 replaces x by x·Φ(x), which is max(x, 0) − |x|·erfc(|x|/√2)/2.
func (e emitter) gelu512(k *constants, x reg.VecPhysical) {
	e.VMULPS_BCST(k.of(-1), x, reg.Z3)
	e.VMAXPS(reg.Z3, x, reg.Z3)
	e.VMINPS_BCST(k.of(erfcEnd), reg.Z3, reg.Z3)
	e.VMULPS(reg.Z3, reg.Z3, reg.Z0)
	e.VMULPS_BCST(k.of(-log2e/2), reg.Z0, reg.Z0)
	e.power512(k, finerExponential)
	e.VBROADCASTSS(k.of(erfcScale), reg.Z2)
	e.VFMADD213PS_BCST(k.of(1), reg.Z3, reg.Z2)
	e.VRCP14PS(reg.Z2, reg.Z0)
	e.VFNMADD213PS_BCST(k.of(2), reg.Z0, reg.Z2)
	e.VMULPS(reg.Z2, reg.Z0, reg.Z0)
	e.VBROADCASTSS(k.of(erfc[0]), reg.Z2)
	for _, coefficient := range erfc[1:] {
		e.VFMADD213PS_BCST(k.of(coefficient), reg.Z0, reg.Z2)
	}
	e.VMULPS(reg.Z0, reg.Z2, reg.Z2)
	e.VMULPS(reg.Z1, reg.Z2, reg.Z2)
	e.VMULPS(reg.Z3, reg.Z2, reg.Z2)
	e.VXORPS(xmm(reg.Z0), xmm(reg.Z0), xmm(reg.Z0))
	e.VMAXPS(x, reg.Z0, x)
	e.VSUBPS(reg.Z2, x, x)
}
