package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// machine is an instruction set and what it has room for.
type machine struct {
	name      string
	registers []reg.VecPhysical
	bytes     int   // of a register
	halves    int   // registers that one pixel of a block takes
	mostTiles []int // the most pixels of a product's tile, by number of blocks less one
	mostSlide int   // the most pixels of a slide's tile
}

var avx512 = &machine{
	name: "AVX512",
	registers: []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13,
		reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26,
		reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	},
	bytes: 64, halves: 1, mostTiles: []int{14, 14, 9, 7}, mostSlide: 14,
}

var avx2 = &machine{
	name: "AVX2",
	registers: []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13,
		reg.Y14, reg.Y15,
	},
	bytes: 32, halves: 2, mostTiles: []int{6}, mostSlide: 8,
}

// temporaries is how many registers lie before the accumulators.
const temporaries = 4

// accumulator returns a register that holds results.
func (m *machine) accumulator(i int) reg.VecPhysical { return m.registers[temporaries+i] }

// accumulators returns how many registers can hold results.
func (m *machine) accumulators() int { return len(m.registers) - temporaries }

// emitter adds a few words to avo's context.
type emitter struct {
	*build.Context
	m *machine
}

// routine begins a routine of the given declaration.
func (e emitter) routine(name, signature string) {
	e.Function(name)
	e.Attributes(attr.NOSPLIT)
	e.SignatureExpr(signature)
}

// compute begins the work of a routine that computes and has a frame of so many bytes on the stack: from here to finish, numbers too
// small to be normal count as zero. Many processors take a hundred times as long for each of them. Nothing interrupts assembly to run
// something else on the thread, so nobody else notices.
func (e emitter) compute(frame int) {
	e.AllocLocal(frame + 8)
	e.STMXCSR(local(frame))
	e.MOVL(operand.U32(flushing), local(frame+4))
	e.LDMXCSR(local(frame + 4))
}

// flushing is the state of floating-point arithmetic in which denormals, operands and results, are zero; else it is the usual one.
const flushing = 0x1f80 | 1<<15 | 1<<6

// finish ends a routine that computes, with the frame that compute was given.
func (e emitter) finish(frame int) {
	e.LDMXCSR(local(frame))
	e.VZEROUPPER()
	e.RET()
}

// call calls another routine of the package, which has no arguments.
func (e emitter) call(name string) {
	e.Instruction(&ir.Instruction{Opcode: "CALL", Operands: []operand.Op{operand.LabelRef("·" + name + "(SB)")}})
}

// at returns memory at a displacement from a register.
func at(base reg.Register, displacement int) operand.Mem {
	return operand.Mem{Base: base, Disp: displacement}
}

// choose jumps to the label of a number between low and high, which is in a register.
func (e emitter) choose(number reg.Register, low, high int, label func(int) operand.LabelRef) {
	if low == high {
		e.JMP(label(low))
		return
	}
	middle := (low + high) / 2
	if low == middle {
		e.CMPQ(number, operand.Imm(uint64(middle)))
		e.JLE(label(middle))
		e.choose(number, middle+1, high, label)
		return
	}
	upper := operand.LabelRef(fmt.Sprintf("%s_or_more", label(middle+1)))
	e.CMPQ(number, operand.Imm(uint64(middle)))
	e.JG(upper)
	e.choose(number, low, middle, label)
	e.Label(string(upper))
	e.choose(number, middle+1, high, label)
}
