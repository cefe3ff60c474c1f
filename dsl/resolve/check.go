package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Builtin functions and the number of arguments each takes; -1: one or more.
var Builtins = map[string]int{
	"abs": 1, "ceil": 1, "exp": 1, "floor": 1, "len": 1, "log": 1, "max": -1, "min": -1, "range": 1, "reverse": 1,
	"round": 1, "shared": 1, "sqrt": 1, "sum": 1,
}

// Types that a setting may have.
var Types = []string{"int", "float", "bool", "string", "channels", "stride", "first", "growing", "pair", "padding",
	"layer"}

// Rules that a scaling may define, and the number of their parameters. channels(c) gives the channels of a layer that
// has c in the baseline; repeats(n) how often a stage repeats its blocks; share(counts, n) how the n repeats of a stage
// of several definitions are shared among them, as a list like counts, which the baseline repeats them.
var Rules = map[string]int{"channels": 1, "repeats": 1, "share": 2}

// checker walks every body once.
type checker struct {
	program  *Program
	problems diag.List
	calls    map[string][]syntax.Name     // of a block or function: what it mentions
	scalings map[string][]*syntax.Scaling // of a network: those its families scale by
	open     map[string]bool              // networks that a family scales by what does not exist
	reads    *reads
	lost     lost
}

// check finds what is wrong with a program, of which something may be lost; what of main is only doubtful becomes the
// program's warnings.
func check(p *Program, files []*syntax.File, main *syntax.File, lost lost) diag.List {
	c := &checker{program: p, calls: map[string][]syntax.Name{}, scalings: map[string][]*syntax.Scaling{},
		open: map[string]bool{}, reads: newReads(), lost: lost}
	for _, f := range files {
		c.collectUses(f)
		c.collectScalings(f)
	}
	for _, f := range files {
		c.file(f)
	}
	c.variants(main)
	c.cycles()
	if len(c.problems) == 0 {
		p.Warnings = c.unused(main)
	}
	return c.problems
}

func (c *checker) collectUses(f *syntax.File) {
	bodies := [][]syntax.Statement{}
	for _, n := range f.Networks {
		bodies = append(bodies, n.Body)
	}
	for _, b := range f.Blocks {
		bodies = append(bodies, b.Body)
	}
	for _, body := range bodies {
		for _, s := range body {
			if use, ok := s.(*syntax.Use); ok && use.Value != nil {
				c.program.Uses[use.Name.Text] = true
			}
		}
	}
}

func (c *checker) collectScalings(f *syntax.File) {
	for _, family := range f.Families {
		name := family.Network().Text
		if c.program.Networks[name] == nil {
			c.lost.family = true // some network has a family that does not say so
		}
		if family.By == nil {
			continue
		}
		if scaling := c.program.Scalings[family.By.Name.Text]; scaling != nil {
			c.scalings[name] = append(c.scalings[name], scaling)
		} else {
			c.open[name] = true
		}
	}
}

func (c *checker) file(f *syntax.File) {
	for _, b := range f.Primitives {
		c.params(b.Params, &scope{owner: b.Name.Text})
	}
	for _, b := range f.Blocks {
		s := &scope{owner: b.Name.Text, names: map[string]source.Span{}}
		c.params(b.Params, s)
		for _, in := range b.Inputs {
			c.define(s, in.Name)
		}
		c.body(b.Body, s)
	}
	for _, fn := range f.Functions {
		s := &scope{owner: fn.Name.Text, names: map[string]source.Span{}}
		c.params(fn.Params, s)
		c.body(fn.Body, s)
		if fn.Value != nil {
			c.expr(fn.Value, s)
		}
	}
	for _, sc := range f.Scalings {
		s := &scope{names: map[string]source.Span{}, free: true}
		c.params(sc.Params, s)
		c.body(sc.Body, s)
	}
	for _, family := range f.Families {
		c.family(family)
	}
	for _, n := range f.Networks {
		s := &scope{names: map[string]source.Span{}, network: true, free: true,
			open: c.lost.family || c.open[n.Name.Text]}
		for _, scaling := range c.scalings[n.Name.Text] {
			c.scalingNames(scaling, s)
		}
		c.params(n.Params, s)
		c.body(n.Body, s)
		c.scalingReads(n, s)
	}
}

// scalingNames brings what a scaling gives a network into its scope.
func (c *checker) scalingNames(sc *syntax.Scaling, s *scope) {
	if sc == nil {
		return
	}
	for _, p := range sc.Params {
		s.names[p.Name.Text] = p.Name.Span
	}
	for _, st := range sc.Body {
		switch st := st.(type) {
		case *syntax.Assign:
			s.names[st.Name.Text] = st.Name.Span
		case *syntax.Rule:
			s.names[st.Name.Text] = st.Name.Span
		}
	}
}

// scope is the names a body can see besides the program's.
type scope struct {
	owner   string
	names   map[string]source.Span
	network bool
	free    bool                   // what stands here may be searched
	later   map[string]source.Span // what the body defines, also below the line that is being checked
	open    bool                   // a mistake elsewhere may have left out the scaling whose figures it knows
}

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

func (c *checker) body(body []syntax.Statement, s *scope) {
	s.later = map[string]source.Span{}
	for _, st := range body {
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

func (c *checker) family(f *syntax.Family) {
	name := f.Network()
	if n := c.program.Networks[name.Text]; n == nil && !c.isLost(name) {
		c.problems.Add(diag.Diagnostic{Code: diag.UnknownNetwork, Span: name.Span,
			Message: fmt.Sprintf("there is no network %s", name.Text),
			Help:    c.suggest(name, slices.Collect(maps.Keys(c.program.Networks)))})
	} else if n != nil && f.Of != nil {
		c.settings(f.Of, n.Params)
	}
	if f.By != nil {
		if scaling := c.program.Scalings[f.By.Name.Text]; scaling == nil && !c.isLost(f.By.Name) {
			c.problems.Add(diag.Diagnostic{Code: diag.UnknownScaling, Span: f.By.Name.Span,
				Message: fmt.Sprintf("there is no scaling %s", f.By.Name.Text),
				Help:    c.suggest(f.By.Name, slices.Collect(maps.Keys(c.program.Scalings)))})
		} else if scaling != nil {
			c.settings(f.By, scaling.Params)
		}
	}
	for _, v := range f.Variants {
		for _, s := range v.Settings {
			c.expr(s.Value, &scope{names: map[string]source.Span{}, free: true})
		}
	}
}

// variants holds the names of a file's variants to being different: upper and lower case, which the command line does
// not tell apart, too.
func (c *checker) variants(f *syntax.File) {
	declared := map[string]source.Span{}
	for _, family := range f.Families {
		for _, v := range family.Variants {
			name := strings.ToLower(v.Name.Text)
			if before, ok := declared[name]; ok {
				c.problems.Add(diag.Diagnostic{Code: diag.DeclaredTwice, Span: v.Name.Span,
					Message: fmt.Sprintf("the variant %s is declared twice", v.Name.Text),
					Related: []diag.Label{{Span: before, Text: "first declared here"}}, Help: "the variants of all " +
						"families of a file have names of their own, upper and lower case aside"})
				continue
			}
			declared[name] = v.Name.Span
		}
	}
}

// settings checks what a family gives its network or its scaling.
func (c *checker) settings(call *syntax.Call, params []*syntax.Param) {
	for _, a := range call.Args {
		c.expr(a.Value, &scope{names: map[string]source.Span{}, free: true})
	}
	_, problems := Match(call.Args, params)
	c.problems = append(c.problems, problems...)
}
