// Package arm64 supplies NEON for package tiling, in the syntax of Go's assembler. What that assembler lacks is
// written as words, each with the instruction as a comment in the syntax of Arm's; a test disassembles them.
package arm64

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/compiler/floats"
)

// Registers that isa does not number.
const (
	scratch  = "R13" // of one operation
	numbers  = "R26" // in the table of constants
	firstRow = 14    // R14, R15 and R19 to R24 address places of rows

	// inTable is where in the table that register points: loads from before it, at any distance of up to 256 bytes, are
	// simpler for some processors than those from behind it.
	inTable = 256
)

// r is the processor's register.
func r(i isa.Int) string { return fmt.Sprintf("R%d", i) }

// text collects the lines of a file, and the current routine's, whose first line needs what comes last.
type text struct {
	file      bytes.Buffer
	body      bytes.Buffer
	name      string
	signature string
	frame     int
	control   int // bits of the control register besides
	table     *table
}

// table is a table of constants in memory, a register of each.
type table struct {
	name    string
	element int // bytes
	values  []float32
}

func (t *text) Routine(name, signature string) {
	t.end()
	t.name, t.signature, t.frame = name, signature, 0
	t.body.Reset()
	if t.table != nil {
		t.op("MOVD", fmt.Sprintf("$%s<>+%d(SB)", t.table.name, inTable), numbers)
	}
}

func (t *text) Constants(name string) {
	t.endTable()
	t.table = &table{name: name}
}

// op writes an instruction.
func (t *text) op(name string, operands ...string) {
	fmt.Fprintf(&t.body, "\t%s %s\n", name, strings.Join(operands, ", "))
}

// open is the register that stands for a macro's, and the first of those that stand for the ones of a macro of several.
// common is the register for a constant that all of its runs read.
const (
	open   = isa.Vec(32)
	common = open + isa.Vec(mostRuns)
)

// mostRuns is how many registers a macro has at most.
const mostRuns = 4

// opened are the parameters that are the numbers of a macro's registers, and those that are their names.
var opened = [mostRuns]struct{ number, name string }{{"x", "v"}, {"y", "w"}, {"z", "p"}, {"t", "q"}}

// isOpen reports whether a register stands for a macro's.
func isOpen(v isa.Vec) bool { return v >= open && v < common }

// field is a register in the encoding of an instruction, from a bit on.
type field struct {
	register isa.Vec
	bit      int
}

// apart returns the instructions that a function writes, each a line.
func (t *text) apart(write func()) []string {
	before := t.body.Len()
	write()
	lines := slices.Collect(strings.Lines(t.body.String()[before:]))
	t.body.Truncate(before)
	return lines
}

// word writes an instruction that Go's assembler does not know.
func (t *text) word(code uint32, fields []field, comment string, operands ...any) {
	factor, of := 0, open // of the one that stands for a macro's
	for _, f := range fields {
		if isOpen(f.register) {
			factor, of = factor|1<<f.bit, f.register
		} else {
			code |= uint32(f.register) << f.bit
		}
	}
	number := fmt.Sprintf("%#08x", code)
	if factor != 0 {
		number = fmt.Sprintf("(%s+%#x*%s)", number, factor, opened[of-open].number)
	}
	fmt.Fprintf(&t.body, "\tWORD $%s // %s\n", number, fmt.Sprintf(comment, operands...))
}

func (t *text) Macro(name string, body func(x isa.Vec)) {
	t.define(name, "x, v", func() { body(open) })
}

func (t *text) Expand(macro string, register isa.Vec) {
	fmt.Fprintf(&t.body, "\t%s(%d, V%d)\n", macro, register, register)
}

func (t *text) Iterator(name string, body func(apply string)) {
	t.define(name, "apply", func() { body("apply") })
}

func (t *text) Text(name string, body func()) { t.define(name, "", body) }
func (t *text) Insert(text string)            { t.body.WriteString("\t" + text + "()\n") }

func (t *text) Iterate(iterator, macro string) { fmt.Fprintf(&t.body, "\t%s(%s)\n", iterator, macro) }

// define writes a macro. A line that goes on cannot end in a comment.
func (t *text) define(name, parameters string, body func()) {
	t.end()
	t.body.Reset()
	body()
	fmt.Fprintf(&t.file, "\n#define %s(%s)", name, parameters)
	for line := range strings.Lines(t.body.String()) {
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			continue
		}
		code, comment, found := strings.Cut(line, " // ")
		if found {
			code += " /* " + comment + " */"
		}
		t.file.WriteString(" \\\n" + code)
	}
	t.file.WriteString("\n")
}

func (t *text) Label(name string) { fmt.Fprintf(&t.body, "\n%s:\n", name) }

// Bits of the control register: by which subnormal float32, as operands and results, are zero, and by which every
// result that is not a number is the same one.
const (
	flushToZero = 1 << 24
	defaultNaN  = 1 << 25
)

// Compute sets bits of the control register. The caller's state is kept in the frame, for the routines that apply
// functions are free to use any register.
func (t *text) Compute(frame int) {
	t.frame = frame + 8
	t.op("MOVD", "FPCR", scratch)
	t.op("MOVD", scratch, t.mem(isa.Local(frame)))
	t.op("ORR", fmt.Sprintf("$%#x", flushToZero|t.control), scratch, scratch)
	t.op("MOVD", scratch, "FPCR")
}

func (t *text) Finish(frame int) {
	t.op("MOVD", t.mem(isa.Local(frame)), scratch)
	t.op("MOVD", scratch, "FPCR")
	t.op("RET")
	t.end()
}

func (t *text) Return() { t.op("RET") }

// CallAt loads the address into the register that the assembler keeps for itself.
func (t *text) CallAt(a isa.Int) {
	t.op("MOVD", "("+r(a)+")", "R27")
	t.op("CALL", "(R27)")
}

func (t *text) AddressRoutine(name, of string) {
	t.end()
	t.name, t.signature, t.frame = name, "func() uintptr", 0
	t.op("MOVD", "$·"+of+"(SB)", r(isa.I0))
	t.op("MOVD", r(isa.I0), "ret+0(FP)")
	t.op("RET")
	t.end()
}

// end puts the routine into the file. A routine that is only called from others has no parameters and ends when the
// next begins.
func (t *text) end() {
	if t.name == "" {
		return
	}
	fmt.Fprintf(&t.file, "\n// %s\nTEXT ·%s(SB), NOSPLIT, $%d-%d\n", strings.Replace(t.signature, "func(",
		"func "+t.name+"(", 1),
		t.name, t.frame, 8*parameters(t.signature))
	t.body.WriteTo(&t.file)
	t.name = ""
}

// parameters returns how many parameters and results a signature has, of eight bytes each.
func parameters(signature string) int {
	list, result, _ := strings.Cut(strings.TrimPrefix(signature, "func("), ")")
	n := 0
	if list != "" {
		n += strings.Count(list, ",") + 1
	}
	if strings.TrimSpace(result) != "" {
		n++
	}
	return n
}

func (t *text) endTable() {
	if t.table == nil {
		return
	}
	t.file.WriteString("\n")
	for i, v := range t.table.values {
		text := float(v)
		if t.table.element == 2 { // two of them
			text = fmt.Sprintf("%#08x", uint32(floats.ToFloat16(v))*0x10001)
		}
		for copy := range 4 {
			fmt.Fprintf(&t.file, "DATA %s<>+%d(SB)/4, $%s\n", t.table.name, 16*i+4*copy, text)
		}
	}
	fmt.Fprintf(&t.file, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", t.table.name, 16*len(t.table.values))
	t.table = nil
}

// float prints a number as Go's assembler reads it: with a point, and a sign in parentheses.
func float(v float32) string {
	s := fmt.Sprintf("%g", v)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return "(" + s + ")"
}

// mem is the operand for memory, without an index: Go's assembler has none with a displacement.
func (t *text) mem(m isa.Mem) string {
	switch m.Space {
	case isa.Stack:
		return fmt.Sprintf("%d(RSP)", m.Disp+8) // 0(RSP) is the return address
	case isa.Parameter:
		return fmt.Sprintf("%s+%d(FP)", m.Name, m.Disp)
	}
	if m.Scale != 0 {
		panic("arm64: memory with an index")
	}
	return fmt.Sprintf("%d(%s)", m.Disp, r(m.Base))
}

// File ends the file and returns it. The build constraint is the name's.
func (t *text) File() []byte {
	t.end()
	t.endTable()
	head := "// Code generated by codegen/asm. DO NOT EDIT.\n\n#include \"textflag.h\"\n"
	return append([]byte(head), t.file.Bytes()...)
}
