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
