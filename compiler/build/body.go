package build

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/syntax"
)

// The statements of a body: how lines follow each other, and what repeats.

// body runs statements and returns the value of the return statement or else the current tensor. What a failing
// statement would have defined is broken.
func (b *builder) body(body []syntax.Statement, s *scope, current value) value {
	for _, st := range body {
		outer := b.line
		b.line = &line{nameOf(st), outer}
		v := b.try(func() value { return b.statement(st, s, current) })
		b.line = outer
		switch st := st.(type) {
		case *syntax.Use:
			if st.Value != nil {
				s.uses = s.uses.with(uses{name: st.Name.Text, given: v})
			}
		case *syntax.Assign:
			s.names[st.Name.Text] = v
		case *syntax.Flow:
			s.names[st.Name.Text], current = v, v
		case *syntax.Input:
			s.names[st.Name.Text] = v
			if current == nil { // of several, the first, as in a block
				current = v
			}
		case *syntax.Return:
			return v
		}
	}
	return b.try(func() value {
		b.checkEnd(body, s)
		return current
	})
}

// checkEnd refuses a body without "return" whose last line only names a tensor. Whether the body's value is that
// tensor, or the current one, which such a line does not change, is for its author to say.
func (b *builder) checkEnd(body []syntax.Statement, s *scope) {
	for _, st := range slices.Backward(body) {
		switch st := st.(type) {
		case *syntax.Require, *syntax.Use:
			continue
		case *syntax.Assign:
			name := st.Name.Text
			if _, ok := s.names[name].(tensor); ok {
				b.fail(diag.UnsaidResult, st.Name.Span, fmt.Sprintf("add the line \"return %s\"", name),
					"the last line only names the tensor %s and does not make it the result", name)
			}
		}
		return
	}
}

// statement evaluates one statement to the value of what it defines or returns, if it does.
func (b *builder) statement(st syntax.Statement, s *scope, current value) value {
	switch st := st.(type) {
	case *syntax.Use:
		return b.use(st, s)
	case *syntax.Require:
		return b.forName(s, checks, func() value {
			b.require(st, s)
			return nil
		})
	case *syntax.Assign:
		inner := *s
		inner.path = join(s.path, st.Name.Text)
		b.naming = st.Value
		return b.forName(s, st.Name.Text, func() value { return b.expr(st.Value, &inner) })
	case *syntax.Flow:
		return b.flow(st, s, current)
	case *syntax.Return:
		return b.returned(st, s)
	case *syntax.Input:
		return b.input(st, s)
	case *syntax.Rule:
		b.fail(diag.MisplacedLine, st.Span, "", "a rule belongs in a scaling")
	}
	return nil
}

// forName evaluates what a name of a network's body stands for. What a block reads, the network reads.
func (b *builder) forName(s *scope, name string, evaluate func() value) value {
	if !s.settings {
		return evaluate()
	}
	return b.reads.forName(name, evaluate)
}

// flow sends the current tensor through a chain, as often as it repeats.
func (b *builder) flow(st *syntax.Flow, s *scope, current value) value {
	if current == nil {
		b.fail(diag.NoTensor, st.Span, "begin with: input image[3, 224, 224]", "there is no tensor to start from")
	}
	var parts []*syntax.Part
	for _, p := range st.Parts {
		b.observePart(p, s, false)
		b.observeStrides(p, s, NeverBuilt)
		if p.If == nil || b.condition(p.If, s) {
			parts = append(parts, p)
		}
	}
	path := join(s.path, st.Name.Text)
	if len(st.Parts) == 1 && st.Parts[0].Repeat == nil {
		for _, p := range parts {
			before, strided := current, b.strided
			b.observePart(p, s, true)
			current = b.chain(current, p.Steps, s, path, len(p.Steps) > 1)
			b.observeStrides(p, s, strideUse(before, current, b.strided > strided))
		}
		return current
	}
	index := 0
	for i, n := range b.repeats(parts, s) {
		steps := parts[i].Steps
		for j := range n {
			if j == 1 {
				steps = b.withoutStride(steps, s)
			}
			before, strided := current, b.strided
			b.observePart(parts[i], s, true)
			current = b.chain(current, steps, s, join(path, strconv.Itoa(index)), len(steps) > 1)
			index++
			if j == 0 {
				b.observeStrides(parts[i], s, strideUse(before, current, b.strided > strided))
			}
			if current == (broken{}) {
				break // the settings are checked once
			}
		}
	}
	return current
}

// withoutStride is the calls of all repeats but the first, to which a stage's stride belongs: arguments of type stride
// are 1, those of type first are false.
func (b *builder) withoutStride(steps []*syntax.Call, s *scope) []*syntax.Call {
	out := make([]*syntax.Call, len(steps))
	for i, step := range steps {
		l, ok := b.lookup(step.Name, s).(*layer)
		if !ok {
			return steps // chain reports it
		}
		c := *step
		c.Args = nil
		for j, a := range step.Args {
			p := paramFor(l.block, a, j)
			if later := laterValue(p, a); later != nil {
				a = &syntax.Arg{Name: &syntax.Name{Text: p.Name.Text, Span: a.Span}, Value: later, Span: a.Span}
			} else if a.Name == nil && p != nil {
				a = &syntax.Arg{Name: &syntax.Name{Text: p.Name.Text, Span: a.Span}, Value: a.Value, Span: a.Span}
			}
			c.Args = append(c.Args, a)
		}
		out[i] = &c
	}
	return out
}

// laterValue is what an argument becomes after the first repeat, or nil where it stays.
func laterValue(p *syntax.Param, a *syntax.Arg) syntax.Expr {
	if p == nil {
		return nil
	}
	switch p.Type.Name.Text {
	case "stride":
		return &syntax.Int{Value: 1, Span: a.Value.Place()}
	case "first":
		return &syntax.Bool{Value: false, Span: a.Value.Place()}
	}
	return nil
}

func paramFor(block *syntax.Block, a *syntax.Arg, position int) *syntax.Param {
	for i, p := range block.Params {
		if a.Name != nil && a.Name.Text == p.Name.Text || a.Name == nil && i == position {
			return p
		}
	}
	return nil
}
