package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// cpu writes the routines that ask the processor what it can do.
func cpu(c *build.Context) {
	e := emitter{c, nil}
	e.routine("cpuid", "func(leaf, subleaf uint32) (a, b, c, d uint32)")
	e.MOVL(operand.NewParamAddr("leaf", 0), reg.EAX)
	e.MOVL(operand.NewParamAddr("subleaf", 4), reg.ECX)
	e.CPUID()
	e.MOVL(reg.EAX, operand.NewParamAddr("a", 8))
	e.MOVL(reg.EBX, operand.NewParamAddr("b", 12))
	e.MOVL(reg.ECX, operand.NewParamAddr("c", 16))
	e.MOVL(reg.EDX, operand.NewParamAddr("d", 20))
	e.RET()

	e.routine("xgetbv", "func() (low uint32)")
	e.XORL(reg.ECX, reg.ECX)
	e.XGETBV()
	e.MOVL(reg.EAX, operand.NewParamAddr("low", 0))
	e.RET()
}
