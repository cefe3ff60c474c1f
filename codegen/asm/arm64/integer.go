package arm64

import (
	"fmt"
	"math/bits"

	"github.com/netc-lang/netc/codegen/asm/isa"
)

func (t *text) LoadInt(from isa.Mem, to isa.Int)  { t.op("MOVD", t.mem(from), r(to)) }
func (t *text) LoadByte(from isa.Mem, to isa.Int) { t.op("MOVBU", t.mem(from), r(to)) }
func (t *text) StoreInt(from isa.Int, to isa.Mem) { t.op("MOVD", r(from), t.mem(to)) }
func (t *text) CopyInt(from, to isa.Int)          { t.op("MOVD", r(from), r(to)) }
func (t *text) SetInt(n int, to isa.Int)          { t.op("MOVD", imm(n), r(to)) }
func (t *text) AddInt(a, to isa.Int)              { t.op("ADD", r(a), r(to), r(to)) }
func (t *text) AddConst(n int, to isa.Int)        { t.op("ADD", imm(n), r(to), r(to)) }
func (t *text) MulInt(a, to isa.Int)              { t.op("MUL", r(a), r(to), r(to)) }
func (t *text) ShiftLeft(n int, to isa.Int)       { t.op("LSL", imm(n), r(to), r(to)) }
func (t *text) Jump(label string)                 { t.op("JMP", label) }

func imm(n int) string { return fmt.Sprintf("$%d", n) }

func (t *text) Address(of isa.Mem, to isa.Int) {
	base := r(of.Base)
	if of.Scale != 0 {
		shift := bits.TrailingZeros(uint(of.Scale))
		t.op("ADD", fmt.Sprintf("%s<<%d", r(of.Index), shift), base, r(to))
		base = r(to)
	}
	if of.Disp != 0 || of.Scale == 0 {
		t.op("ADD", imm(of.Disp), base, r(to))
	}
}

func (t *text) AddMem(a isa.Mem, to isa.Int) {
	t.op("MOVD", t.mem(a), scratch)
	t.op("ADD", scratch, r(to), r(to))
}

// change applies an operation to a number in memory, which is in scratch afterwards.
func (t *text) change(op, operand string, m isa.Mem) {
	t.op("MOVD", t.mem(m), scratch)
	t.op(op, operand, scratch, scratch)
	t.op("MOVD", scratch, t.mem(m))
}

func (t *text) AddToMem(a isa.Int, to isa.Mem)  { t.change("ADD", r(a), to) }
func (t *text) AddConstToMem(n int, to isa.Mem) { t.change("ADD", imm(n), to) }
func (t *text) RepeatMem(count isa.Mem, to string) {
	t.change("SUB", "$1", count)
	t.op("CBNZ", scratch, to)
}

func (t *text) MulConst(n int, a, to isa.Int) {
	t.op("MOVD", imm(n), scratch)
	t.op("MUL", scratch, r(a), r(to))
}

func (t *text) JumpIfEven(a isa.Int, label string) { t.op("TBZ", "$0", r(a), label) }
func (t *text) JumpIfZero(a isa.Int, label string) { t.op("CBZ", r(a), label) }

func (t *text) compare(condition string, a isa.Int, n int, label string) {
	t.op("CMP", imm(n), r(a))
	t.op(condition, label)
}

func (t *text) JumpIfEqual(a isa.Int, n int, label string)  { t.compare("BEQ", a, n, label) }
func (t *text) JumpIfAtMost(a isa.Int, n int, label string) { t.compare("BLE", a, n, label) }
func (t *text) JumpIfAbove(a isa.Int, n int, label string)  { t.compare("BGT", a, n, label) }

func (t *text) JumpIfReached(a isa.Int, end isa.Mem, label string) {
	t.op("MOVD", t.mem(end), scratch)
	t.op("CMP", scratch, r(a))
	t.op("BHS", label)
}

func (t *text) Repeat(count isa.Int, label string) { t.Subtract(1, count, label) }

func (t *text) Subtract(n int, count isa.Int, label string) {
	t.op("SUB", imm(n), r(count), r(count))
	t.op("CBNZ", r(count), label)
}

// less subtracts n and jumps on a condition of the result.
func (t *text) less(condition string, n int, count isa.Int, label string) {
	t.op("SUBS", imm(n), r(count), r(count))
	t.op(condition, label)
}

func (t *text) Less(n int, count isa.Int, label string)   { t.less("BLT", n, count, label) }
func (t *text) Enough(n int, count isa.Int, label string) { t.less("BGE", n, count, label) }

func (t *text) Restore(n int, count isa.Int, label string) {
	t.op("ADD", imm(n), r(count), r(count))
	t.op("CBZ", r(count), label)
}

func (t *text) Prefetch(of isa.Mem, level int) {
	t.op("PRFM", t.mem(of), fmt.Sprintf("PLDL%dKEEP", level))
}

// row keeps the address of every place in a register of its own.
type row struct {
	t      *text
	pitch  isa.Int
	places []isa.Int // the first is the base
	used   int
}

// rows are the registers beside isa's that may address places; 16 to 18 are the linker's and the system's.
var rows = []isa.Int{firstRow, firstRow + 1, 19, 20, 21, 22, 23, 24}

func (t *text) RowOf(base, pitch isa.Int, spare ...isa.Int) isa.Row {
	places := append([]isa.Int{base}, spare...)
	return &row{t: t, pitch: pitch, places: append(places, rows...), used: 1}
}

func (w *row) Use(places int) { w.used = places }
func (w *row) SetPitch()      {}

func (w *row) Start() {
	for i := 1; i < w.used; i++ {
		w.t.op("ADD", r(w.pitch), r(w.places[i-1]), r(w.places[i]))
	}
}

func (w *row) At(i, displacement int) isa.Mem {
	if i >= w.used {
		panic("arm64: a row has fewer places")
	}
	return isa.At(w.places[i], displacement)
}

func (w *row) Advance(bytes int) {
	for _, place := range w.places[:w.used] {
		w.t.AddConst(bytes, place)
	}
}

func (w *row) AdvanceBy(bytes isa.Int) {
	for _, place := range w.places[:w.used] {
		w.t.AddInt(bytes, place)
	}
}
