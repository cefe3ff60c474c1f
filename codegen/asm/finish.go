package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// finishTogether is how many pixels are finished at a time.
const finishTogether = 8

// finishPixels writes the routine that makes results of sums, some rows of them: it adds the residual, unless that is nil, and applies a
// function.
//
// The registers: AX the settings, R9, R10 and R11 a row of results, sums and residual, DI, BX and DX the pixel at hand, R8 how many are
// left and R12 how many rows, R13 the function.
func (k *matrixKernel) finishPixels() {
	k.routine("finishPixelsAMX", "func(f *byte)")
	k.compute(0)
	k.MOVQ(operand.NewParamAddr("f", 0), reg.RAX)
	for _, load := range []struct {
		offset int
		to     reg.Register
	}{{finishOut, reg.R9}, {finishSums, reg.R10}, {finishResidual, reg.R11}, {finishRows, reg.R12}} {
		k.MOVQ(at(reg.RAX, load.offset), load.to)
	}
	k.MOVBQZX(at(reg.RAX, finishFunction), reg.R13)
	k.Label("row")
	for _, start := range []struct{ from, to reg.Register }{{reg.R9, reg.RDI}, {reg.R10, reg.RBX}, {reg.R11, reg.RDX}} {
		k.MOVQ(start.from, start.to)
	}
	k.MOVQ(at(reg.RAX, finishPixelCount), reg.R8)
	k.SUBQ(operand.U8(finishTogether), reg.R8)
	k.JLT(operand.LabelRef("rest"))
	k.Label("together")
	k.finishSome(finishTogether)
	k.SUBQ(operand.U8(finishTogether), reg.R8)
	k.JGE(operand.LabelRef("together"))
	k.Label("rest")
	k.ADDQ(operand.U8(finishTogether), reg.R8)
	k.JZ(operand.LabelRef("next"))
	label := func(n int) operand.LabelRef { return operand.LabelRef(fmt.Sprintf("rest%d", n)) }
	k.choose(reg.R8, 1, finishTogether-1, label)
	for n := 1; n < finishTogether; n++ {
		k.Label(string(label(n)))
		k.finishSome(n)
		k.JMP(operand.LabelRef("next"))
	}
	k.Label("next")
	k.ADDQ(at(reg.RAX, finishOutPitch), reg.R9)
	k.ADDQ(at(reg.RAX, finishSumsPitch), reg.R10)
	k.TESTQ(reg.R11, reg.R11)
	k.JZ(operand.LabelRef("withoutResidual"))
	k.ADDQ(at(reg.RAX, finishOutPitch), reg.R11)
	k.Label("withoutResidual")
	k.DECQ(reg.R12)
	k.JNZ(operand.LabelRef("row"))
	k.finish(0)
}

// finishSome finishes a number of pixels.
func (k *matrixKernel) finishSome(n int) {
	name := fmt.Sprintf("some%d", n)
	for i := range n {
		k.VMOVUPS(at(reg.RBX, 64*i), k.m.accumulator(i))
	}
	k.TESTQ(reg.RDX, reg.RDX)
	k.JZ(operand.LabelRef(name + "Function"))
	for i := range n {
		k.VADDPS(at(reg.RDX, 64*i), k.m.accumulator(i), k.m.accumulator(i))
	}
	k.ADDQ(operand.U32(64*n), reg.RDX)
	k.Label(name + "Function")
	k.MOVQ(reg.R13, reg.RCX)
	k.TESTQ(reg.RCX, reg.RCX)
	k.JZ(operand.LabelRef(name + "Store"))
	k.MOVQ(operand.U32(n), reg.RSI)
	k.call("apply" + k.m.name)
	k.Label(name + "Store")
	for i := range n {
		k.VMOVUPS(k.m.accumulator(i), at(reg.RDI, 64*i))
	}
	k.ADDQ(operand.U32(64*n), reg.RBX)
	k.ADDQ(operand.U32(64*n), reg.RDI)
}
