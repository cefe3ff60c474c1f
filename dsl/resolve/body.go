package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Bodies of networks, blocks and functions: which names they define, and that each name in them means something.

// scope is the names a body can see besides the program's.
type scope struct {
	owner   string
	names   map[string]source.Span
	network bool
	free    bool                   // what stands here may be searched
	later   map[string]source.Span // what the body defines, also below the line that is being checked
	open    bool                   // a mistake elsewhere may have left out the scaling whose figures it knows
}

// define gives a name a meaning in a body. A name keeps its meaning to the end.
func (c *checker) define(s *scope, name syntax.Name) {
	if before, ok := s.names[name.Text]; ok {
		c.problems.Add(diag.Diagnostic{Code: diag.DeclaredTwice, Span: name.Span,
			Message: fmt.Sprintf("%s is already defined", name.Text),
			Related: []diag.Label{{Span: before, Text: "defined here"}}, Help: "choose another name: a name keeps " +
				"its meaning"})
		return
	}
	s.names[name.Text] = name.Span
}

// params checks settings, of which the default of one may name those before it.
func (c *checker) params(params []*syntax.Param, s *scope) {
	if s.names == nil {
		s.names = map[string]source.Span{}
	}
	for _, p := range params {
		if !slices.Contains(Types, p.Type.Name.Text) {
			help := diag.Suggest(p.Type.Name.Text, Types)
			if help == "" {
				help = "the types are " + strings.Join(Types, ", ")
			}
			c.problems.Add(diag.Diagnostic{Code: diag.UnknownType, Span: p.Type.Name.Span,
				Message: fmt.Sprintf("unknown type %s", p.Type.Name.Text), Help: help})
		}
		if p.Default != nil {
			c.expr(p.Default, s)
		}
		c.define(s, p.Name)
	}
}

// body checks statements in order: each sees the names of those before it.
func (c *checker) body(body []syntax.Statement, s *scope) {
	s.later = map[string]source.Span{}
	for _, st := range slices.Backward(body) { // of several with one name, the first counts
		switch st := st.(type) {
		case *syntax.Assign:
			s.later[st.Name.Text] = st.Name.Span
		case *syntax.Flow:
			s.later[st.Name.Text] = st.Name.Span
		}
	}
	for _, st := range body {
		switch st := st.(type) {
		case *syntax.Use:
			if st.Call != nil {
				if c.callee(st.Call.Name, s) != nil {
					c.arguments(st.Call, s, true)
				}
			} else {
				c.expr(st.Value, s)
			}
		case *syntax.Input:
			for _, d := range st.Dims {
				c.expr(d, s)
			}
			c.define(s, st.Name)
		case *syntax.Return:
			c.results(st, s)
		case *syntax.Require:
			for _, e := range []syntax.Expr{st.Left, st.Near, st.Within} {
				if e != nil {
					c.given(e, s)
				}
			}
		case *syntax.Rule:
			if want, ok := Rules[st.Name.Text]; !ok {
				c.problems.Add(diag.Diagnostic{Code: diag.UnknownRule, Span: st.Name.Span,
					Message: fmt.Sprintf("there is no rule %s", st.Name.Text),
					Help:    "a scaling may define channels(c), repeats(n) and share(counts, n)"})
			} else if len(st.Params) != want {
				c.problems.Addf(diag.ArgumentCount, st.Name.Span, "the rule %s takes %s, not %d", st.Name.Text,
					plural(want, "value"), len(st.Params))
			}
			c.inside(s, st.Params, st.Value)
		case *syntax.Assign:
			c.expr(st.Value, s)
			c.define(s, st.Name)
		case *syntax.Flow:
			for _, part := range st.Parts {
				c.part(part, s)
			}
			c.define(s, st.Name)
		}
	}
}

// results checks what a body returns. Only a network has several values, and names for them.
func (c *checker) results(r *syntax.Return, s *scope) {
	for _, result := range r.Results {
		c.expr(result.Value, s)
	}
	if s.network {
		c.outputNames(r)
		return
	}
	first := r.Results[0]
	switch {
	case len(r.Results) > 1:
		c.problems.Add(diag.Diagnostic{Code: diag.WrongResults, Span: r.Results[1].Span,
			Message: "only a network returns several values", Label: "a second value",
			Help: "return a list, [a, b], whose items are read by their numbers: list[0]"})
	case first.Name != nil:
		c.problems.Add(diag.Diagnostic{Code: diag.WrongResults, Span: first.Name.Span,
			Message: "only a network names what it returns", Help: "return the value alone"})
	}
}

// outputNames holds the names of a network's outputs, where there are several, to being there, and each to being its
// own.
func (c *checker) outputNames(r *syntax.Return) {
	names := map[string]source.Span{}
	for _, result := range r.Results {
		name := result.OutputName()
		if name == nil {
			if len(r.Results) > 1 {
				c.problems.Add(diag.Diagnostic{Code: diag.WrongResults, Span: result.Span,
					Message: "of several outputs each has a name; this one has none",
					Help:    "write NAME: before it, or name the tensor in a line above and return it"})
			}
			continue
		}
		if before, ok := names[name.Text]; ok {
			c.problems.Add(diag.Diagnostic{Code: diag.WrongResults, Span: name.Span,
				Message: fmt.Sprintf("two outputs are called %s", name.Text),
				Related: []diag.Label{{Span: before, Text: "the first stands here"}},
				Help:    fmt.Sprintf("give one of them another name: NAME: %s", result.Value.Place().Text())})
			continue
		}
		names[name.Text] = name.Span
	}
}

// part checks one chain of a flow: its repeats, its condition and its steps.
func (c *checker) part(part *syntax.Part, s *scope) {
	for _, e := range []syntax.Expr{part.Repeat, part.If} {
		if e != nil {
			c.expr(e, s)
		}
	}
	for _, step := range part.Steps {
		c.step(step, s)
	}
}

// inside checks an expression in which more names are known than in the scope around it.
func (c *checker) inside(s *scope, names []syntax.Name, e syntax.Expr) {
	before := make([]source.Span, len(names))
	for i, name := range names {
		before[i] = s.names[name.Text]
		s.names[name.Text] = name.Span
	}
	c.given(e, s)
	for i, name := range slices.Backward(names) {
		if s.names[name.Text] = before[i]; !before[i].IsValid() {
			delete(s.names, name.Text)
		}
	}
}

// expr checks every name in an expression.
func (c *checker) expr(e syntax.Expr, s *scope) {
	switch e := e.(type) {
	case *syntax.Ref:
		if !s.open || c.find(e.Name, s) != nil {
			c.callee(e.Name, s)
		}
		c.passes(e.Name, s)
	case *syntax.List:
		for _, item := range e.Items {
			c.expr(item, s)
		}
	case *syntax.Each:
		c.expr(e.Over, s)
		names := []syntax.Name{e.Name}
		if e.State != nil {
			c.expr(e.First, s)
			names = append(names, *e.State)
		}
		c.inside(s, names, e.Item)
	case *syntax.Steps:
		c.expr(e.From, s)
		c.expr(e.To, s)
		if e.Step != nil {
			c.expr(e.Step, s)
		}
	case *syntax.Free:
		c.choice(e, s)
	case *syntax.Unary:
		c.expr(e.Operand, s)
	case *syntax.Binary:
		c.expr(e.Left, s)
		c.expr(e.Right, s)
	case *syntax.Field:
		c.expr(e.Of, s)
	case *syntax.Index:
		c.expr(e.Of, s)
		c.expr(e.At, s)
	case *syntax.Call:
		c.call(e, s)
	case *syntax.Pipe:
		c.expr(e.Head, s)
		for _, step := range e.Steps {
			c.step(step, s)
		}
	case *syntax.If:
		c.expr(e.Condition, s)
		c.expr(e.Then, s)
		if e.Else != nil {
			c.expr(e.Else, s)
		}
	}
}

// call checks NAME(…) as a value: a function's value needs every argument, a layer can have some of its settings given.
func (c *checker) call(call *syntax.Call, s *scope) {
	c.passes(call.Name, s)
	c.applied(call, s, c.program.Blocks[call.Name.Text] != nil)
}

// step checks a step of a chain.
func (c *checker) step(call *syntax.Call, s *scope) { c.applied(call, s, false) }

// applied checks a call of a name, whose arguments may be given in part where it makes a layer.
func (c *checker) applied(call *syntax.Call, s *scope, partial bool) {
	if declared, local := s.names[call.Name.Text]; local {
		c.reads.names[declared] = true
	} else if c.callee(call.Name, s) != nil {
		c.arguments(call, s, partial)
		return
	}
	for _, a := range call.Args {
		c.expr(a.Value, s)
	}
}
