package amd64

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/netc-lang/netc/codegen/asm/isa"
)

// integers are the registers that isa numbers. SP and BP are the stack's; R15 is the assembler's in
// position-independent code.
var integers = [isa.Ints]reg.GPPhysical{
	reg.RAX, reg.RCX, reg.RDX, reg.RBX, reg.RSI, reg.RDI, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14,
}

// emitter adds to avo's context what isa calls text and integers.
type emitter struct{ *build.Context }

// local is memory in the routine's frame.
func local(offset int) operand.Mem { return operand.NewStackAddr(offset) }

// at is memory at a displacement from a register.
func at(base reg.Register, displacement int) operand.Mem {
	return operand.Mem{Base: base, Disp: displacement}
}

// mem is the processor's operand for memory.
func (e *emitter) mem(m isa.Mem) operand.Mem {
	switch m.Space {
	case isa.Stack:
		return local(m.Disp)
	case isa.Parameter:
		return operand.NewParamAddr(m.Name, m.Disp)
	}
	to := at(integers[m.Base], m.Disp)
	if m.Scale > 0 {
		to.Index, to.Scale = integers[m.Index], uint8(m.Scale)
	}
	return to
}

// imm is a constant in an instruction: one byte where that does, for it is read as a signed number.
func imm(n int) operand.Op {
	if n < 0 {
		return operand.I32(n)
	}
	if n < 128 {
		return operand.U8(n)
	}
	return operand.U32(n)
}

func ref(label string) operand.LabelRef { return operand.LabelRef(label) }

func (e *emitter) Routine(name, signature string) {
	e.Function(name)
	e.Attributes(attr.NOSPLIT)
	e.SignatureExpr(signature)
}

// Compute saves the state of floating-point arithmetic behind the frame and sets subnormal numbers, as operands and
// results, to zero.
func (e *emitter) Compute(frame int) {
	const flushing = 0x1f80 | 1<<15 | 1<<6
	e.AllocLocal(frame + 8)
	e.STMXCSR(local(frame))
	e.MOVL(operand.U32(flushing), local(frame+4))
	e.LDMXCSR(local(frame + 4))
}

func (e *emitter) Finish(frame int) {
	e.LDMXCSR(local(frame))
	e.VZEROUPPER()
	e.RET()
}

func (e *emitter) Return() { e.RET() }

func (e *emitter) CallAt(a isa.Int) {
	e.Instruction(&ir.Instruction{Opcode: "CALL", Operands: []operand.Op{operand.Mem{Base: integers[a]}}})
}

func (e *emitter) AddressRoutine(name, of string) {
	e.Routine(name, "func() uintptr")
	e.Instruction(&ir.Instruction{Opcode: "LEAQ", Operands: []operand.Op{ref("·" + of + "(SB)"), reg.RAX}})
	e.MOVQ(reg.RAX, operand.NewParamAddr("ret", 0))
	e.RET()
}

func (e *emitter) Label(name string) { e.Context.Label(name) }

func (e *emitter) LoadInt(from isa.Mem, to isa.Int)  { e.MOVQ(e.mem(from), integers[to]) }
func (e *emitter) LoadByte(from isa.Mem, to isa.Int) { e.MOVBQZX(e.mem(from), integers[to]) }
func (e *emitter) StoreInt(from isa.Int, to isa.Mem) { e.MOVQ(integers[from], e.mem(to)) }
func (e *emitter) CopyInt(from, to isa.Int)          { e.MOVQ(integers[from], integers[to]) }
func (e *emitter) SetInt(n int, to isa.Int)          { e.MOVQ(operand.U32(n), integers[to]) }
func (e *emitter) Address(of isa.Mem, to isa.Int)    { e.LEAQ(e.mem(of), integers[to]) }
func (e *emitter) AddInt(a, to isa.Int)              { e.ADDQ(integers[a], integers[to]) }
func (e *emitter) AddMem(a isa.Mem, to isa.Int)      { e.ADDQ(e.mem(a), integers[to]) }
func (e *emitter) AddToMem(a isa.Int, to isa.Mem)    { e.ADDQ(integers[a], e.mem(to)) }
func (e *emitter) AddConst(n int, to isa.Int)        { e.ADDQ(imm(n), integers[to]) }
func (e *emitter) AddConstToMem(n int, to isa.Mem)   { e.ADDQ(imm(n), e.mem(to)) }
func (e *emitter) MulInt(a, to isa.Int)              { e.IMULQ(integers[a], integers[to]) }
func (e *emitter) MulConst(n int, a, to isa.Int)     { e.IMUL3Q(imm(n), integers[a], integers[to]) }
func (e *emitter) ShiftLeft(bits int, to isa.Int)    { e.SHLQ(operand.U8(bits), integers[to]) }
func (e *emitter) Jump(label string)                 { e.JMP(ref(label)) }
func (e *emitter) compare(a isa.Int, n int)          { e.CMPQ(integers[a], operand.Imm(uint64(n))) }
func (e *emitter) subtract(n int, count isa.Int)     { e.SUBQ(imm(n), integers[count]) }
func (e *emitter) JumpIfZero(a isa.Int, label string) {
	e.TESTQ(integers[a], integers[a])
	e.JZ(ref(label))
}
func (e *emitter) JumpIfEven(a isa.Int, label string) {
	e.TESTQ(operand.U32(1), integers[a])
	e.JZ(ref(label))
}
func (e *emitter) JumpIfEqual(a isa.Int, n int, l string)  { e.compare(a, n); e.JEQ(ref(l)) }
func (e *emitter) JumpIfAtMost(a isa.Int, n int, l string) { e.compare(a, n); e.JLE(ref(l)) }
func (e *emitter) JumpIfAbove(a isa.Int, n int, l string)  { e.compare(a, n); e.JG(ref(l)) }
func (e *emitter) Repeat(count isa.Int, label string)      { e.DECQ(integers[count]); e.JNZ(ref(label)) }
func (e *emitter) RepeatMem(count isa.Mem, label string)   { e.DECQ(e.mem(count)); e.JNZ(ref(label)) }
func (e *emitter) Subtract(n int, count isa.Int, l string) { e.subtract(n, count); e.JNZ(ref(l)) }
func (e *emitter) Less(n int, count isa.Int, l string)     { e.subtract(n, count); e.JLT(ref(l)) }
func (e *emitter) Enough(n int, count isa.Int, l string)   { e.subtract(n, count); e.JGE(ref(l)) }

func (e *emitter) Restore(n int, count isa.Int, label string) {
	e.AddConst(n, count)
	e.JZ(ref(label))
}

func (e *emitter) JumpIfReached(a isa.Int, end isa.Mem, label string) {
	e.CMPQ(integers[a], e.mem(end))
	e.JCC(ref(label))
}

func (e *emitter) Prefetch(of isa.Mem, level int) {
	if level == 1 {
		e.PREFETCHT0(e.mem(of))
		return
	}
	e.PREFETCHT1(e.mem(of))
}

// row addresses places by the odd multiples of the pitch, which lie in registers, times a power of two.
type row struct {
	e    *emitter
	base isa.Int
	odd  map[int]isa.Int // multiple → register
	made []isa.Int       // 3, 5, 7 … times the pitch
}

// RowOf gives the n-th spare register 2n+3 times the pitch: with one of them four places can be addressed, with six
// fourteen.
func (e *emitter) RowOf(base, pitch isa.Int, spare ...isa.Int) isa.Row {
	r := &row{e: e, base: base, odd: map[int]isa.Int{1: pitch}, made: spare}
	for i, s := range spare {
		r.odd[2*i+3] = s
	}
	return r
}

// SetPitch computes the multiples: 3 = 1+2·1, 5 = 1+4·1, 7 = 3+4·1, 9 = 1+8·1, 11 = 3+8·1, 13 = 5+8·1.
func (r *row) SetPitch() {
	sums := [...]struct{ odd, scale int }{{1, 2}, {1, 4}, {3, 4}, {1, 8}, {3, 8}, {5, 8}}
	for i, s := range r.made {
		r.e.Address(isa.Indexed(r.odd[sums[i].odd], r.odd[1], sums[i].scale, 0), s)
	}
}

func (r *row) Use(int) {} // the multiples serve any number

func (r *row) Start() {} // addresses count from the base as it is

func (r *row) At(i, displacement int) isa.Mem {
	if i == 0 {
		return isa.At(r.base, displacement)
	}
	scale := 1
	for i%2 == 0 {
		i, scale = i/2, scale*2
	}
	return isa.Indexed(r.base, r.odd[i], scale, displacement)
}

func (r *row) Advance(bytes int)       { r.e.AddConst(bytes, r.base) }
func (r *row) AdvanceBy(bytes isa.Int) { r.e.AddInt(bytes, r.base) }

// constants is a table of numbers in memory.
type constants struct {
	e      *emitter
	table  operand.Mem
	copies int // of each number, side by side
	values []float32
}

func (e *emitter) table(name string, copies int) *constants {
	c := &constants{e: e, table: e.StaticGlobal(name), copies: copies}
	e.DataAttributes(attr.RODATA | attr.NOPTR)
	return c
}

// of returns where a number lies in the table, and adds it if it is new. It must be called while the table is the
// active global, which holds until another begins.
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

// bits returns where a word lies in the table.
func (c *constants) bits(v uint32) operand.Mem {
	at := 4 * len(c.values)
	c.values = append(c.values, float32(v)) // never asked for
	c.e.AddDatum(at, operand.U32(v))
	return c.table.Offset(at)
}
