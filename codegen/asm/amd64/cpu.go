package amd64

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// CPU writes the routines that ask the processor what it can do.
func CPU(c *build.Context) {
	e := emitter{c}
	e.Routine("cpuid", "func(leaf, subleaf uint32) (a, b, c, d uint32)")
	e.MOVL(operand.NewParamAddr("leaf", 0), reg.EAX)
	e.MOVL(operand.NewParamAddr("subleaf", 4), reg.ECX)
	e.CPUID()
	e.MOVL(reg.EAX, operand.NewParamAddr("a", 8))
	e.MOVL(reg.EBX, operand.NewParamAddr("b", 12))
	e.MOVL(reg.ECX, operand.NewParamAddr("c", 16))
	e.MOVL(reg.EDX, operand.NewParamAddr("d", 20))
	e.RET()

	e.Routine("xgetbv", "func() (low uint32)")
	e.XORL(reg.ECX, reg.ECX)
	e.XGETBV()
	e.MOVL(reg.EAX, operand.NewParamAddr("low", 0))
	e.RET()
}
