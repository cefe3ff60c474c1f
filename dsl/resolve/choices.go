package resolve

import (
	"strconv"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// What a file leaves free: where "VALUE in LIST" may stand, and under which names a search knows its places.

// Choice is a place whose value a search may change. Its name is what people know the place by:
//
//	alpha            a parameter or dimension of the scaling, a parameter of the network, an assigned name
//	stage2.kernel    a setting of the layer of a line; stage2.1.kernel in the second definition of a stage
//	stage2.repeats   how often a line repeats; stage2.if, whether it is there
//
// A name that is taken gets a number: stage2.kernel2.
type Choice struct {
	Name string
	Free *syntax.Free
}

// choice checks a place that is free.
func (c *checker) choice(e *syntax.Free, s *scope) {
	c.given(e.Value, s)
	c.expr(e.Among, &scope{names: map[string]source.Span{}})
	if !s.free {
		c.problems.Add(diag.Diagnostic{Code: diag.MisplacedChoice, Span: e.Span,
			Message: "nothing can be searched here: \"in\" marks a value that a search may change",
			Help: "values are compared with ==; what is to be searched stands in a network's lines or parameters, " +
				"in a scaling's, or in a family"})
	}
}

// given checks an expression in which nothing is free.
func (c *checker) given(e syntax.Expr, s *scope) {
	free := s.free
	s.free = false
	c.expr(e, s)
	s.free = free
}

// Choices lists what is free in a variant of a family: of its settings, of its scaling and of its network, in this
// order. What a variant or a family gives takes the place of a default and of the choice in it.
func (p *Program) Choices(f *syntax.Family, v *syntax.Variant) []Choice {
	w := &choices{program: p, taken: map[string]int{}}
	given := map[string]bool{}
	for _, s := range v.Settings {
		w.expr(s.Name.Text, s.Value)
		given[s.Name.Text] = true
	}
	if f.By != nil {
		if sc := p.Scalings[f.By.Name.Text]; sc != nil {
			w.params(sc.Params, f.By, given)
			w.scaling(sc.Body, given)
		}
	}
	if n := p.Networks[f.Network().Text]; n != nil {
		w.params(n.Params, f.Of, given)
		w.body(n.Body)
	}
	return w.found
}

// choices walks through what makes up a variant.
type choices struct {
	program *Program
	taken   map[string]int
	found   []Choice
}

// params walks through the values that parameters have: what a call gives them, or else their defaults.
func (w *choices) params(params []*syntax.Param, call *syntax.Call, given map[string]bool) {
	matched := make([]*syntax.Arg, len(params))
	if call != nil {
		matched, _ = Match(call.Args, params)
	}
	for i, p := range params {
		switch {
		case given[p.Name.Text]:
		case matched[i] != nil:
			w.expr(p.Name.Text, matched[i].Value)
		case p.Default != nil:
			w.expr(p.Name.Text, p.Default)
		}
	}
}

// scaling walks through the dimensions of a scaling that the variant does not give.
func (w *choices) scaling(body []syntax.Statement, given map[string]bool) {
	for _, st := range body {
		if a, ok := st.(*syntax.Assign); ok && !given[a.Name.Text] {
			w.expr(a.Name.Text, a.Value)
		}
	}
}

func (w *choices) body(body []syntax.Statement) {
	for _, st := range body {
		switch st := st.(type) {
		case *syntax.Use:
			if st.Value != nil {
				w.expr(st.Name.Text, st.Value)
			} else {
				w.call(st.Name.Text, st.Call)
			}
		case *syntax.Input:
			for _, d := range st.Dims {
				w.expr(st.Name.Text, d)
			}
		case *syntax.Return:
			for _, r := range st.Results {
				w.expr("return", r.Value)
			}
		case *syntax.Assign:
			w.expr(st.Name.Text, st.Value)
		case *syntax.Flow:
			w.flow(st)
		}
	}
}

func (w *choices) flow(st *syntax.Flow) {
	for i, part := range st.Parts {
		name := st.Name.Text
		if len(st.Parts) > 1 {
			name += "." + strconv.Itoa(i)
		}
		for _, step := range part.Steps {
			w.call(name, step)
		}
		w.expr(name+".repeats", part.Repeat)
		w.expr(name+".if", part.If)
	}
}

// call walks through the arguments of a layer in a line of the given name.
func (w *choices) call(name string, call *syntax.Call) {
	var params []*syntax.Param
	if b := w.program.Blocks[call.Name.Text]; b != nil {
		params = b.Params
	} else if f := w.program.Functions[call.Name.Text]; f != nil {
		params = f.Params
	}
	for i, a := range call.Args {
		at := name
		switch {
		case a.Name != nil:
			at += "." + a.Name.Text
		case i < len(params):
			at += "." + params[i].Name.Text
		}
		w.expr(at, a.Value)
	}
}

// expr walks through the parts of an expression, which have its name.
func (w *choices) expr(name string, e syntax.Expr) {
	all := func(parts ...syntax.Expr) {
		for _, part := range parts {
			w.expr(name, part)
		}
	}
	switch e := e.(type) {
	case *syntax.Free:
		w.add(name, e)
	case *syntax.List:
		all(e.Items...)
	case *syntax.Each:
		all(e.Over, e.First, e.Item)
	case *syntax.Steps:
		all(e.From, e.To, e.Step)
	case *syntax.Unary:
		all(e.Operand)
	case *syntax.Binary:
		all(e.Left, e.Right)
	case *syntax.Field:
		all(e.Of)
	case *syntax.Index:
		all(e.Of, e.At)
	case *syntax.If:
		all(e.Then, e.Condition, e.Else)
	case *syntax.Call:
		w.call(name, e)
	case *syntax.Pipe:
		all(e.Head)
		for _, step := range e.Steps {
			w.call(name, step)
		}
	}
}

func (w *choices) add(name string, e *syntax.Free) {
	w.taken[name]++
	if n := w.taken[name]; n > 1 {
		name += strconv.Itoa(n)
	}
	w.found = append(w.found, Choice{name, e})
}
