package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// functions256 writes the functions for AVX2.
func functions256(c *build.Context) {
	e := emitter{c, avx2}
	k := e.constants("functions256", 8)
	load := func(v float32, r reg.VecPhysical) func() { return func() { e.VMOVUPS(k.of(v), r) } }
	both := func(a, b func()) func() { return func() { a(); b() } }
	prepare := map[int]func(){
		relu: load(0, reg.Y3), relu6: both(load(0, reg.Y3), load(6, reg.Y2)),
		silu: load(-saturated, reg.Y3), sigmoid: load(-saturated, reg.Y3),
		hardSwish: load(-3, reg.Y3), hardSigmoid: both(load(0, reg.Y3), load(1, reg.Y2)),
		tanh: load(-saturated/2, reg.Y3), gelu: nil,
	}
	// Of two operands, max and min return the one written first here if either is NaN.
	bodies := map[int]func(x reg.VecPhysical){
		relu: func(x reg.VecPhysical) { e.VMAXPS(x, reg.Y3, x) },
		relu6: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Y3, x)
			e.VMINPS(x, reg.Y2, x)
		},
		silu: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Y3, x)
			e.onePlusExponential256(k, x, -log2e, exponential)
			e.VRCPPS(reg.Y1, reg.Y0)
			e.VFNMADD213PS(k.of(2), reg.Y0, reg.Y1) // 2 − d·(1/d)
			e.VMULPS(reg.Y0, x, x)
			e.VMULPS(reg.Y1, x, x)
		},
		sigmoid: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Y3, x)
			e.onePlusExponential256(k, x, -log2e, exponential)
			e.VRCPPS(reg.Y1, reg.Y0)
			e.VFNMADD213PS(k.of(2), reg.Y0, reg.Y1)
			e.VMULPS(reg.Y1, reg.Y0, x)
		},
		hardSwish: func(x reg.VecPhysical) {
			e.VMAXPS(x, reg.Y3, x)
			e.VADDPS(k.of(3), x, reg.Y0)
			e.VMINPS(k.of(6), reg.Y0, reg.Y0)
			e.VMULPS(k.of(1.0/6), reg.Y0, reg.Y0)
			e.VMULPS(reg.Y0, x, x)
		},
		hardSigmoid: func(x reg.VecPhysical) {
			e.VMULPS(k.of(1.0/6), x, x)
			e.VADDPS(k.of(0.5), x, x)
			e.VMAXPS(x, reg.Y3, x)
			e.VMINPS(x, reg.Y2, x)
		},
		tanh: func(x reg.VecPhysical) { // 2/(1 + exp(−2x)) − 1
			e.VMAXPS(x, reg.Y3, x)
			e.onePlusExponential256(k, x, -2*log2e, finerExponential)
			e.VRCPPS(reg.Y1, reg.Y0)
			e.VFNMADD213PS(k.of(2), reg.Y0, reg.Y1)
			e.VMULPS(reg.Y1, reg.Y0, x)
			e.VADDPS(x, x, x)
			e.VSUBPS(k.of(1), x, x)
		},
		gelu: func(x reg.VecPhysical) { e.gelu256(k, x) },
	}
	e.functionRoutine(bodies, prepare)
}

// onePlusExponential256 leaves 1 + 2^(x·factor) in Y1 and uses Y0 and Y2. For −Inf it leaves 1, for NaN NaN.
func (e emitter) onePlusExponential256(k *constants, x reg.VecPhysical, factor float32, polynomial []float32) {
	e.VMULPS(k.of(factor), x, reg.Y0)
	e.VMOVUPS(k.of(-126), reg.Y2)
	e.VMAXPS(reg.Y0, reg.Y2, reg.Y0)
	e.power256(k, polynomial)
	e.VADDPS(k.of(1), reg.Y1, reg.Y1)
}

// power256 leaves 2^Y0 in Y1, for exponents from −126 to 126, and uses Y0 and Y2.
func (e emitter) power256(k *constants, polynomial []float32) {
	e.VROUNDPS(operand.U8(1), reg.Y0, reg.Y2) // down
	e.VSUBPS(reg.Y2, reg.Y0, reg.Y0)
	e.VMOVUPS(k.of(polynomial[0]), reg.Y1)
	for _, coefficient := range polynomial[1:] {
		e.VFMADD213PS(k.of(coefficient), reg.Y0, reg.Y1)
	}
	e.VCVTPS2DQ(reg.Y2, reg.Y2)
	e.VPSLLD(operand.U8(23), reg.Y2, reg.Y2)
	e.VPADDD(reg.Y2, reg.Y1, reg.Y1)
}

// gelu256 replaces x by x·Φ(x), which is max(x, 0) − |x|·erfc(|x|/√2)/2.
func (e emitter) gelu256(k *constants, x reg.VecPhysical) {
	e.VMULPS(k.of(-1), x, reg.Y3)
	e.VMAXPS(reg.Y3, x, reg.Y3)
	e.VMINPS(k.of(erfcEnd), reg.Y3, reg.Y3)
	e.VMULPS(reg.Y3, reg.Y3, reg.Y0)
	e.VMULPS(k.of(-log2e/2), reg.Y0, reg.Y0)
	e.power256(k, finerExponential)
	e.VMOVUPS(k.of(erfcScale), reg.Y2)
	e.VFMADD213PS(k.of(1), reg.Y3, reg.Y2)
	e.VRCPPS(reg.Y2, reg.Y0)
	e.VFNMADD213PS(k.of(2), reg.Y0, reg.Y2)
	e.VMULPS(reg.Y2, reg.Y0, reg.Y0)
	e.VMOVUPS(k.of(erfc[0]), reg.Y2)
	for _, coefficient := range erfc[1:] {
		e.VFMADD213PS(k.of(coefficient), reg.Y0, reg.Y2)
	}
	e.VMULPS(reg.Y0, reg.Y2, reg.Y2)
	e.VMULPS(reg.Y1, reg.Y2, reg.Y2)
	e.VMULPS(reg.Y3, reg.Y2, reg.Y2)
	e.VXORPS(reg.X0, reg.X0, reg.X0)
	e.VMAXPS(x, reg.Y0, x)
	e.VSUBPS(reg.Y2, x, x)
}
