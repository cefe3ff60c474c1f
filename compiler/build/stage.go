package build

import (
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/syntax"
)

// maxRepeats bounds how often a stage repeats its blocks.
const maxRepeats = 1000

// repeats evaluates how often each part of a stage repeats. In a network these are baseline figures and scale, unless
// they are fixed: the rule repeats scales the sum, and the rule share divides it among the parts. Without share, each
// part scales by itself.
func (b *builder) repeats(parts []*syntax.Part, s *scope) []int {
	counts := make([]int, len(parts))
	var scaling []int // the parts that scale
	for i, p := range parts {
		scales := s.rules["repeats"] != nil
		counts[i] = 1
		if p.Repeat != nil {
			e := p.Repeat
			if inner, fixed := b.baseline(e, s); fixed {
				e, scales = inner, false
			}
			counts[i] = b.count(e, b.expr(e, s))
		}
		if scales {
			scaling = append(scaling, i)
		}
	}
	if share := s.rules["share"]; share != nil && len(scaling) > 1 {
		b.share(share, parts, counts, scaling, s)
		return counts
	}
	for _, i := range scaling {
		at, before := b.place(parts[i]), counts[i]
		counts[i] = b.count(at, b.applyRule(s.rules["repeats"], at, s, before))
		b.observeChange("repeats", at.Place(), before, counts[i])
	}
	return counts
}

// share scales the parts of a stage together.
func (b *builder) share(rule *syntax.Rule, parts []*syntax.Part, counts, scaling []int, s *scope) {
	sum := 0
	list := make([]value, len(scaling))
	for j, i := range scaling {
		list[j] = counts[i]
		sum += counts[i]
	}
	if sum == 0 {
		return
	}
	at := b.place(parts[scaling[0]])
	shared, ok := b.applyRule(rule, at, s, list, b.applyRule(s.rules["repeats"], at, s, sum)).([]value)
	if !ok || len(shared) != len(scaling) {
		b.fail(diag.WrongShare, rule.Value.Place(), "give one count for each that the rule got",
			"the rule share gives %d counts for %d definitions", len(shared), len(scaling))
	}
	for j, i := range scaling {
		at, before := b.place(parts[i]), counts[i]
		counts[i] = b.count(at, shared[j])
		b.observeChange("repeats", at.Place(), before, counts[i])
	}
}

// place returns the expression that stands for a part's repeat count in messages.
func (b *builder) place(p *syntax.Part) syntax.Expr {
	if p.Repeat != nil {
		return p.Repeat
	}
	return &syntax.Int{Value: 1, Span: p.Span}
}

func (b *builder) count(at syntax.Expr, v value) int {
	n, ok := v.(int)
	if !ok {
		b.fail(diag.WrongType, at.Place(), "", "a repeat count is an int, got %s", describe(v))
	}
	if n < 0 || n > maxRepeats {
		b.fail(diag.RepeatCount, at.Place(), "", "a stage can repeat 0 to %d times, not %d", maxRepeats, n)
	}
	return n
}

// baseline finds out whether an expression is fixed: it returns what stands after "fixed", in the branch that applies
// where the expression is a choice.
func (b *builder) baseline(e syntax.Expr, s *scope) (inner syntax.Expr, fixed bool) {
	switch e := e.(type) {
	case *syntax.Unary:
		if e.Operator == "fixed" && s.rules != nil {
			return e.Operand, true
		}
	case *syntax.If:
		if e.Else != nil {
			if b.condition(e.Condition, s) {
				return b.baseline(e.Then, s)
			}
			return b.baseline(e.Else, s)
		}
	}
	return e, false
}
