// Package build makes the graph of one variant: it works out what the variant's scaling gives, then runs the network's
// body, in which blocks expand into primitive operations with known shapes.
//
// A resolved program and the settings of a variant come in; a Result goes out, with the graph and the figures by which
// people know the variant. Evaluation is total: nothing recurses and nothing loops without a bound, and the work is counted.
package build

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Result is one concrete network.
type Result struct {
	Graph        *ir.Graph
	Width, Depth float64 // what the scaling gives; 1 when the family does not scale
	Resolution   int     // height of the input
}

// Override replaces what a variant's setting, a scaling's dimension or a network's parameter would be.
type Override map[string]any

type builder struct {
	program *resolve.Program
	graph   *ir.Builder
	origin  *ir.Origin
	taken   map[string]bool
	steps   int
	depth   int
}

// Build makes one variant of a family. Integer and float64 values are accepted as overrides. The error is a diag.List.
func Build(p *resolve.Program, family *syntax.Family, variant *syntax.Variant, override Override) (result *Result, err error) {
	b := &builder{program: p, graph: ir.NewBuilder(family.Name.Text + "-" + variant.Name.Text), origin: &ir.Origin{}, taken: map[string]bool{}}
	defer func() {
		switch f := recover().(type) {
		case nil:
		case failure:
			result, err = nil, diag.List{f.diagnostic}.Err()
		default:
			panic(f)
		}
	}()
	return b.build(family, variant, override), nil
}

func (b *builder) build(family *syntax.Family, variant *syntax.Variant, override Override) *Result {
	network := b.program.Networks[family.Network().Text]
	given := map[string]value{}
	places := map[string]syntax.Expr{}
	if family.Of != nil {
		matched, _ := resolve.Match(family.Of.Args, network.Params)
		for name, a := range matched {
			given[name] = b.expr(a.Value, &scope{names: map[string]value{}})
			places[name] = a.Value
		}
	}
	seen := map[string]bool{}
	for _, s := range variant.Settings {
		if seen[s.Name.Text] {
			b.fail(diag.GivenTwice, s.Name.Span, "", "%s is given twice", s.Name.Text)
		}
		seen[s.Name.Text] = true
		given[s.Name.Text] = b.expr(s.Value, &scope{names: map[string]value{}})
		places[s.Name.Text] = s.Value
	}
	for k, v := range override {
		given[k] = v
	}
	b.checkSettings(variant, family, network)
	s := &scope{names: map[string]value{}}
	if family.By != nil {
		b.scaling(b.program.Scalings[family.By.Name.Text], family.By, s, given, places)
	}
	for _, p := range network.Params {
		name := p.Name.Text
		switch v, ok := given[name]; {
		case ok:
			s.names[name] = b.typed(v, p, orElse(places[name], p.Default))
		case p.Default != nil:
			s.names[name] = b.typed(b.expr(p.Default, s), p, p.Default)
		default:
			b.fail(diag.NotGiven, variant.Name.Span, fmt.Sprintf("add %s = …", name), "the variant %s gives no %s, which the network needs", variant.Name.Text, name)
		}
	}
	result := &Result{Width: dimension(s, "width"), Depth: dimension(s, "depth")}
	if s.rules == nil {
		s.rules = map[string]*syntax.Rule{}
	}
	out, ok := b.body(network.Body, s, nil).(tensor)
	if !ok {
		b.fail(diag.NoOutput, network.Name.Span, "begin with \"input image[3, 224, 224]\" and end with a layer", "the network %s has no output", network.Name.Text)
	}
	result.Graph = b.graph.Build(out.node)
	result.Resolution = result.Graph.Input().Shape[1]
	return result
}

func orElse(e, other syntax.Expr) syntax.Expr {
	if e != nil {
		return e
	}
	if other != nil {
		return other
	}
	return &syntax.Int{}
}

func dimension(s *scope, name string) float64 {
	if x, ok := number(s.names[name]); ok {
		return x
	}
	return 1
}

// scaling evaluates a scaling's body. A variant's settings take the place of its parameters and of its dimensions; a
// dimension that a variant sets is not evaluated, so what only it needs need not be given.
func (b *builder) scaling(sc *syntax.Scaling, by *syntax.Call, s *scope, given map[string]value, places map[string]syntax.Expr) {
	matched, d := resolve.Match(by.Args, sc.Params)
	if d != nil {
		b.fail(d.Code, d.Span, d.Help, "%s", d.Message)
	}
	s.rules = map[string]*syntax.Rule{}
	s.scaled = &scope{names: s.names}
	for _, p := range sc.Params {
		name := p.Name.Text
		if v, ok := given[name]; ok {
			s.names[name] = b.typed(v, p, orElse(places[name], p.Default))
		} else if a := matched[name]; a != nil {
			s.names[name] = b.typed(b.expr(a.Value, s.scaled), p, a.Value)
		} else if p.Default != nil {
			s.names[name] = b.typed(b.expr(p.Default, s.scaled), p, p.Default)
		}
	}
	for _, st := range sc.Body {
		switch st := st.(type) {
		case *syntax.Assign:
			if v, ok := given[st.Name.Text]; ok {
				s.names[st.Name.Text] = v
			} else {
				s.names[st.Name.Text] = b.expr(st.Value, s.scaled)
			}
		case *syntax.Rule:
			s.rules[st.Name.Text] = st
		case *syntax.Require:
			b.require(st, s.scaled)
		default:
			b.fail(diag.MisplacedLine, sc.Name.Span, "a scaling has assignments, rules and require", "the scaling %s has a statement that belongs in a network", sc.Name.Text)
		}
	}
}

// checkSettings reports a variant's settings that nothing takes.
func (b *builder) checkSettings(v *syntax.Variant, f *syntax.Family, n *syntax.Network) {
	var known []string
	params := n.Params
	if f.By != nil {
		scaling := b.program.Scalings[f.By.Name.Text]
		params = append(slices.Clone(params), scaling.Params...)
		for _, st := range scaling.Body {
			if a, ok := st.(*syntax.Assign); ok {
				known = append(known, a.Name.Text)
			}
		}
	}
	for _, p := range params {
		known = append(known, p.Name.Text)
	}
	for _, s := range v.Settings {
		if !slices.Contains(known, s.Name.Text) {
			slices.Sort(known)
			b.fail(diag.UnknownSetting, s.Name.Span, diag.Suggest(s.Name.Text, known), "neither the scaling nor the network has a setting %s", s.Name.Text)
		}
	}
}

// input makes the network's input node.
func (b *builder) input(st *syntax.Input, s *scope) value {
	if s.rules == nil {
		b.fail(diag.MisplacedLine, st.Span, "", "only a network has an input")
	}
	if len(st.Dims) != 3 {
		b.fail(diag.WrongInput, st.Span, "write input NAME[channels, height, width]", "an input has three dimensions, not %d", len(st.Dims))
	}
	dims := make([]int, 3)
	for i, d := range st.Dims {
		v := b.expr(d, s)
		n, ok := v.(int)
		if !ok {
			b.fail(diag.WrongType, d.Place(), "make it whole with round, floor or ceil", "a dimension is an int, got %s", describe(v))
		}
		dims[i] = n
	}
	return b.add(ir.Input{Channels: dims[0], Height: dims[1], Width: dims[2]}, "input", nil, st.Span, st.Name.Text)
}
