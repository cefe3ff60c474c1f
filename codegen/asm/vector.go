package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector writes the routines for work without products: pixels of 16 lanes in a row, one after the other.
func vector(c *build.Context, m *machine) {
	e := vectorKernel{emitter{c, m}}
	e.scaleRows()
	e.affinePixels()
	e.twoOperands("addPixels", func(a operand.Mem, b, to reg.VecPhysical) { e.VADDPS(a, b, to) })
	e.twoOperands("multiplyPixels", func(a operand.Mem, b, to reg.VecPhysical) { e.VMULPS(a, b, to) })
	e.sumPixels()
	e.window("maxWindows", e.greater)
	e.window("sumWindows", func(from operand.Mem, sum int) {
		e.VADDPS(from, e.m.registers[sum], e.m.registers[sum])
	})
}

type vectorKernel struct{ emitter }

// begin begins a routine and loads its arguments, all of eight bytes.
func (e vectorKernel) begin(name, arguments string, names []string, registers ...reg.Register) {
	e.routine(name+e.m.name, "func("+arguments+")")
	e.compute(0)
	for i, r := range registers {
		e.MOVQ(operand.NewParamAddr(names[i], 8*i), r)
	}
}

// loop repeats code until the count in CX, which is not zero at first, is used up.
func (e vectorKernel) loop(label string, body func()) {
	e.Label(label)
	body()
	e.DECQ(reg.RCX)
	e.JNZ(operand.LabelRef(label))
}

// halves calls a function for every register of a pixel, with its place.
func (e vectorKernel) halves(do func(half, displacement int)) {
	for half := range e.m.halves {
		do(half, half*e.m.bytes)
	}
}

// functionOfPixels applies a function in place, four registers at a time. It lies in the file of the functions that it calls, not in
// that of the other vector routines: kernels are copied into generated packages file by file, and many need functions and no pixels.
func functionOfPixels(c *build.Context, m *machine) {
	const together = 4
	e := vectorKernel{emitter{c, m}}
	e.begin("applyPixels", "x *byte, function, pixels int", []string{"x", "function", "pixels"}, reg.RDI, reg.RCX, reg.RBX)
	if e.m.halves == 2 {
		e.SHLQ(operand.U8(1), reg.RBX)
	}
	group := func(n int) {
		for i := range n {
			e.VMOVUPS(at(reg.RDI, i*e.m.bytes), e.m.accumulator(i))
		}
		e.MOVQ(operand.U32(n), reg.RSI)
		e.call("apply" + e.m.name)
		for i := range n {
			e.VMOVUPS(e.m.accumulator(i), at(reg.RDI, i*e.m.bytes))
		}
		e.ADDQ(operand.U32(n*e.m.bytes), reg.RDI)
	}
	e.SUBQ(operand.U8(together), reg.RBX)
	e.JLT(operand.LabelRef("rest"))
	e.Label("four")
	group(together)
	e.SUBQ(operand.U8(together), reg.RBX)
	e.JGE(operand.LabelRef("four"))
	e.Label("rest")
	e.ADDQ(operand.U8(together), reg.RBX)
	e.JZ(operand.LabelRef("done"))
	e.Label("one")
	group(1)
	e.DECQ(reg.RBX)
	e.JNZ(operand.LabelRef("one"))
	e.Label("done")
	e.finish(0)
}

// scaleRows multiplies every pixel by a number of its own.
func (e vectorKernel) scaleRows() {
	e.begin("scaleRows", "out, in, factors *byte, rows int", []string{"out", "in", "factors", "rows"}, reg.RDI, reg.RSI, reg.RDX, reg.RCX)
	e.loop("row", func() {
		factor := e.m.registers[0]
		e.VBROADCASTSS(at(reg.RDX, 0), factor)
		e.halves(func(half, displacement int) {
			e.VMULPS(at(reg.RSI, displacement), factor, e.m.registers[1+half])
			e.VMOVUPS(e.m.registers[1+half], at(reg.RDI, displacement))
		})
		e.ADDQ(operand.U8(64), reg.RSI)
		e.ADDQ(operand.U8(64), reg.RDI)
		e.ADDQ(operand.U8(4), reg.RDX)
	})
	e.finish(0)
}

// affinePixels multiplies all pixels by factors of the lanes and adds offsets.
func (e vectorKernel) affinePixels() {
	e.begin("affinePixels", "out, in, factors, offsets *byte, pixels int", []string{"out", "in", "factors", "offsets", "pixels"},
		reg.RDI, reg.RSI, reg.RDX, reg.RBX, reg.RCX)
	factors, offsets, values := e.m.registers[0:2], e.m.registers[2:4], e.m.registers[4:6]
	e.halves(func(half, displacement int) {
		e.VMOVUPS(at(reg.RDX, displacement), factors[half])
		e.VMOVUPS(at(reg.RBX, displacement), offsets[half])
	})
	e.loop("pixel", func() {
		e.halves(func(half, displacement int) {
			e.VMOVUPS(at(reg.RSI, displacement), values[half])
			e.VFMADD213PS(offsets[half], factors[half], values[half])
			e.VMOVUPS(values[half], at(reg.RDI, displacement))
		})
		e.ADDQ(operand.U8(64), reg.RSI)
		e.ADDQ(operand.U8(64), reg.RDI)
	})
	e.finish(0)
}

// twoOperands writes the combination of two values.
func (e vectorKernel) twoOperands(name string, combine func(a operand.Mem, b, to reg.VecPhysical)) {
	e.begin(name, "out, a, b *byte, pixels int", []string{"out", "a", "b", "pixels"}, reg.RDI, reg.RSI, reg.RDX, reg.RCX)
	e.loop("pixel", func() {
		e.halves(func(half, displacement int) {
			r := e.m.registers[half]
			e.VMOVUPS(at(reg.RSI, displacement), r)
			combine(at(reg.RDX, displacement), r, r)
			e.VMOVUPS(r, at(reg.RDI, displacement))
		})
		e.ADDQ(operand.U8(64), reg.RSI)
		e.ADDQ(operand.U8(64), reg.RDX)
		e.ADDQ(operand.U8(64), reg.RDI)
	})
	e.finish(0)
}

// sumPixels adds up pixels, four sums at a time, of which each takes a fourth of them.
func (e vectorKernel) sumPixels() {
	const together = 4
	e.begin("sumPixels", "out, in *byte, pixels int", []string{"out", "in", "pixels"}, reg.RDI, reg.RSI, reg.RCX)
	sum := func(i, half int) reg.VecPhysical { return e.m.registers[i*e.m.halves+half] }
	for i := range together {
		e.halves(func(half, _ int) { e.VXORPS(xmm(sum(i, half)), xmm(sum(i, half)), xmm(sum(i, half))) })
	}
	add := func(n int) {
		for i := range n {
			e.halves(func(half, displacement int) {
				e.VADDPS(at(reg.RSI, 64*i+displacement), sum(i, half), sum(i, half))
			})
		}
		e.ADDQ(operand.U32(64*n), reg.RSI)
	}
	e.SUBQ(operand.U8(together), reg.RCX)
	e.JLT(operand.LabelRef("rest"))
	e.Label("four")
	add(together)
	e.SUBQ(operand.U8(together), reg.RCX)
	e.JGE(operand.LabelRef("four"))
	e.Label("rest")
	e.ADDQ(operand.U8(together), reg.RCX)
	e.JZ(operand.LabelRef("done"))
	e.loop("one", func() { add(1) })
	e.Label("done")
	e.halves(func(half, displacement int) {
		e.VADDPS(sum(1, half), sum(0, half), sum(0, half))
		e.VADDPS(sum(3, half), sum(2, half), sum(2, half))
		e.VADDPS(sum(2, half), sum(0, half), sum(0, half))
		e.VMOVUPS(sum(0, half), at(reg.RDI, displacement))
	})
	e.finish(0)
}

// xmm returns the low part of a register; clearing it clears the whole.
func xmm(r reg.VecPhysical) reg.VecPhysical { return r.AsX().(reg.VecPhysical) }

// window writes the reduction of what windows see, for output pixels side by side. Results begin as what out holds.
func (e vectorKernel) window(name string, reduce func(from operand.Mem, sum int)) {
	e.begin(name, "out, in *byte, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int",
		[]string{"out", "in", "rows", "columns", "rowPitch", "columnPitch", "pixelPitch", "pixels"},
		reg.RDI, reg.RSI, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.RCX)
	e.loop("pixel", func() {
		e.halves(func(half, displacement int) { e.VMOVUPS(at(reg.RDI, displacement), e.m.registers[half]) })
		e.MOVQ(reg.RSI, reg.RAX)
		e.MOVQ(reg.R8, reg.RBX)
		e.Label("row")
		e.MOVQ(reg.RAX, reg.RDX)
		e.MOVQ(reg.R9, reg.R13)
		e.Label("column")
		e.halves(func(half, displacement int) { reduce(at(reg.RDX, displacement), half) })
		e.ADDQ(reg.R11, reg.RDX)
		e.DECQ(reg.R13)
		e.JNZ(operand.LabelRef("column"))
		e.ADDQ(reg.R10, reg.RAX)
		e.DECQ(reg.RBX)
		e.JNZ(operand.LabelRef("row"))
		e.halves(func(half, displacement int) { e.VMOVUPS(e.m.registers[half], at(reg.RDI, displacement)) })
		e.ADDQ(operand.U8(64), reg.RDI)
		e.ADDQ(reg.R12, reg.RSI)
	})
	e.finish(0)
}

// greater takes the greater of two numbers, or NaN if either is NaN: max alone returns the operand written first here.
func (e vectorKernel) greater(from operand.Mem, sum int) {
	old := e.m.registers[sum]
	if e.m.halves == 1 {
		e.VCMPPS(operand.U8(3), old, old, reg.K1) // unordered
		e.VMAXPS(from, old, reg.Z4)
		e.VBLENDMPS(old, reg.Z4, reg.K1, old)
		return
	}
	e.VCMPPS(operand.U8(3), old, old, reg.Y5)
	e.VMAXPS(from, old, reg.Y4)
	e.VBLENDVPS(reg.Y5, old, reg.Y4, old)
}
