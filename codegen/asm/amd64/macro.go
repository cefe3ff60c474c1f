package amd64

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/mmcloughlin/avo/ir"

	"github.com/netc-lang/netc/codegen/asm/isa"
)

// avo prints no macros. So a macro is a function to it, which begins with a comment that has the macro's parameter, and
// a use of one is an instruction without operands:
//
//	// func reluAVX512One()                 #define reluAVX512One(x) \
//	TEXT ·reluAVX512One(SB), $0-0
//	        // macro x (Z31)
//	        VMAXPS Z31, Z3, Z31                     VMAXPS x, Z3, x
//
// Macros makes the right of the left.

const (
	mark = "macro %s (%s)"
	none = "-" // the register of a macro whose parameter is none
)

// Macro has the last register stand for the macro's, which no function uses.
func (m *machine) Macro(name string, body func(x isa.Vec)) {
	last := isa.Vec(len(m.vectors) - 1)
	m.begin(name, "x", m.v(last).Asm())
	body(last)
}

func (m *machine) Iterator(name string, body func(apply string)) {
	m.begin(name, "apply", none)
	body("apply")
}

// Text is a macro whose parameter nothing uses.
func (m *machine) Text(name string, body func()) {
	m.begin(name, "", none)
	body()
}

func (m *machine) Insert(text string) { m.use(text, "") }

func (m *machine) begin(name, parameter, register string) {
	m.Function(name)
	m.Comment(fmt.Sprintf(mark, parameter, register))
}

func (m *machine) Expand(macro string, register isa.Vec) { m.use(macro, m.v(register).Asm()) }
func (m *machine) Iterate(iterator, macro string)        { m.use(iterator, macro) }

func (m *machine) use(macro, argument string) {
	m.Instruction(&ir.Instruction{Opcode: macro + "(" + argument + ")"})
}

var (
	marked = regexp.MustCompile(`\n\t// macro (\w*) \((.*)\)\n`)
	spaces = regexp.MustCompile(` +`)
)

// Macros makes macros of those functions in a text that stand for them.
func Macros(text string) string {
	const begin = "\n// func "
	functions := strings.Split(text, begin)
	for i, f := range functions {
		at := marked.FindStringSubmatchIndex(f)
		if at == nil {
			functions[i] = begin + f
			continue
		}
		name, _, _ := strings.Cut(f, "(")
		parameter, register := f[at[2]:at[3]], f[at[4]:at[5]]
		made := "\n#define " + name + "(" + parameter + ")"
		for line := range strings.Lines(f[at[1]:]) {
			if line = strings.TrimRight(line, "\n "); line != "" {
				if register != none {
					line = strings.ReplaceAll(line, register, parameter)
				}
				made += " \\\n" + spaces.ReplaceAllString(line, " ")
			}
		}
		functions[i] = made + "\n"
	}
	return strings.TrimPrefix(strings.Join(functions, ""), begin)
}
