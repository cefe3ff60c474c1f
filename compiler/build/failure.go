package build

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// failure is the first mistake found while a variant is built. It unwinds the evaluation as a panic and becomes an
// error again in Build: every step of evaluation can fail, and none can go on after it.
type failure struct{ diagnostic diag.Diagnostic }

func (b *builder) fail(code diag.Code, span source.Span, help string, format string, args ...any) {
	d := diag.Diagnostic{Code: code, Span: span, Message: fmt.Sprintf(format, args...), Help: help}
	for o := b.origin; o != nil && o.Parent != nil; o = o.Parent {
		d.Related = append(d.Related, diag.Label{Span: o.Parent.Span, Text: fmt.Sprintf("in the block %s used here", o.Block)})
	}
	panic(failure{d})
}

// maxSteps bounds the work of one variant; B7 takes some 30,000.
const maxSteps = 5_000_000

// step counts one step of evaluation.
func (b *builder) step(span source.Span) {
	if b.steps++; b.steps > maxSteps {
		b.fail(diag.TooManySteps, span, "", "this network takes more than %d steps to build, the limit", maxSteps)
	}
}

// origin of a node at a place in the body that is being expanded.
func (b *builder) at(span source.Span) *ir.Origin {
	o := *b.origin
	o.Span = span
	return &o
}
