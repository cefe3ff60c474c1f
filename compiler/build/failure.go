package build

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
)

// failure unwinds the evaluation of one statement, step or argument as a panic: every step of evaluation can fail, and
// none can go on after it. The attempt around it notes the mistake, so that one run reports several.
type failure struct {
	diagnostic *diag.Diagnostic // nil when what failed only depends on a mistake that is already noted
	final      bool             // nothing more is to be evaluated
}

// broken is the value of what a mistake has left without one. What depends on it fails silently: one mistake, one
// error.
type broken struct{}

// sound returns a value, or fails silently when there is none.
func sound(v value) value {
	if v == (broken{}) {
		panic(failure{})
	}
	return v
}

// maxMistakes is how many mistakes of one variant are looked for.
const maxMistakes = 20

// attempt evaluates something that may fail and reports whether it did not. Its mistake is noted.
func (b *builder) attempt(evaluate func()) (ok bool) {
	origin, depth, calls, line, within, sharing := b.origin, b.depth, b.calls, b.line, b.growth.within,
		b.sharing
	defer func() {
		switch f := recover().(type) {
		case nil:
		case failure:
			b.origin, b.depth, b.calls, b.line, b.growth.within = origin, depth, calls, line, within
			b.sharing = sharing
			b.note(f)
		default:
			panic(f)
		}
	}()
	evaluate()
	return true
}

// try is attempt for what has a value; a failing one is broken.
func (b *builder) try(evaluate func() value) value {
	var v value = broken{}
	b.attempt(func() { v = evaluate() })
	return v
}

// note keeps a failure's mistake, the first of those that are alike, and goes on failing when it is final.
func (b *builder) note(f failure) {
	if d := f.diagnostic; d != nil {
		if slices.ContainsFunc(b.mistakes, d.IsLike) {
			return
		}
		b.mistakes.Add(*d)
	}
	if f.final || len(b.mistakes) >= maxMistakes {
		panic(failure{final: true})
	}
}

// caller is a place where a function or a rule is called, the innermost first.
type caller struct {
	outer *caller
	what  string // "function divisible"
	span  source.Span
	depth int // of calls, this one included
}

// maxCalls bounds how deep functions and rules call each other.
const maxCalls = 64

// entered evaluates the body of a function or rule that is called at a place.
func (b *builder) entered(what string, span source.Span, evaluate func() value) value {
	outer, depth := b.calls, 1
	if outer != nil {
		depth += outer.depth
	}
	if depth > maxCalls {
		b.fail(diag.CallsTooDeep, span, "", "functions call each other more than %d deep, the limit", maxCalls)
	}
	b.calls = &caller{outer, what, span, depth}
	v := evaluate()
	b.calls = outer
	return v
}

func (b *builder) fail(code diag.Code, span source.Span, help string, format string, args ...any) {
	b.failRelated(code, span, help, nil, format, args...)
}

// failRelated is fail with other places that matter, which come before the chain of calls and instantiations.
func (b *builder) failRelated(code diag.Code, span source.Span, help string, related []diag.Label, format string,
	args ...any) {
	d := diag.Diagnostic{Code: code, Span: span, Message: fmt.Sprintf(format, args...), Help: help, Related: related}
	d.Related = append(d.Related, b.chainOfUse()...)
	panic(failure{&d, code == diag.TooManySteps || code == diag.TooManyNodes || code == diag.TooManyParams})
}

// chainOfUse lists the calls and block instantiations that led to what is being evaluated, the innermost first.
func (b *builder) chainOfUse() []diag.Label {
	var labels []diag.Label
	for c := b.calls; c != nil; c = c.outer { // functions expand no blocks: all calls are within the innermost one
		labels = append(labels, diag.Label{Span: c.span, Text: fmt.Sprintf("in the %s called here", c.what)})
	}
	for o := b.origin; o.Parent != nil; o = o.Parent {
		labels = append(labels, diag.Label{Span: o.Parent.Span, Text: fmt.Sprintf("in the block %s used here as %s",
			o.Block, o.Path)})
	}
	return labels
}

// maxSteps bounds the work of one variant; B7 takes some 30,000.
const maxSteps = 1_000_000

// step counts one step of evaluation.
func (b *builder) step(span source.Span) { b.work(1, span) }

// work counts steps: what takes longer the longer a list or a body is counts for more than one.
func (b *builder) work(steps int, span source.Span) {
	if b.steps += steps; b.steps > maxSteps {
		b.fail(diag.TooManySteps, span, "", "this network takes more than %d steps to build, the limit", maxSteps)
	}
}

// origin of a node at a place in the body that is being expanded.
func (b *builder) at(span source.Span) *ir.Origin {
	o := *b.origin
	o.Span = span
	return &o
}
