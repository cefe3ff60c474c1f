// Package build makes the graph of one variant: it works out what the variant's scaling gives, then runs the network's
// body, in which blocks expand into primitive operations with known shapes.
//
// A resolved program and the settings of a variant come in; a Result goes out, with the graph and the figures by which
// people know the variant. Evaluation is total: nothing recurses and nothing loops without a bound, and the work is
// counted.
package build

import (
	"fmt"
	"maps"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Result is one concrete network.
type Result struct {
	Graph        *ir.Graph
	Width, Depth float64 // what the scaling gives; 1 when the family does not scale
	Resolution   int     // height and width of the input; 0 where they differ
	Observed     *Observed

	// SizeBound is the first place where what was built depends on the input's height or width beyond the shapes that
	// come of it: "same" padding with a stride, or a size that an expression reads. It is nowhere when there is none.
	SizeBound source.Span
}

// Work counts what building takes, over several variants.
type Work struct {
	Steps      int // of evaluation
	Operations int // in the graphs
}

type builder struct {
	program  *resolve.Program
	network  *syntax.Network
	graph    *ir.Builder
	origin   *ir.Origin
	taken    map[string]bool
	steps    int
	depth    int
	calls    *caller
	mistakes diag.List
	observed *Observed
	unused   []map[string]value
	line     *line              // that is evaluated
	lines    map[*ir.Node]*line // that made each node
	reads    reads
	point    Point
	sets     map[*syntax.Free][]value
	params   int // elements of all parameters so far
	strided  int // operations with a stride above 1 so far
	growth   growth
	sharing  *application // of a shared layer, that is being expanded
	naming   syntax.Expr  // that an assignment or a use gives its name, last of all

	sizeBound source.Span
}

// bindSize notes that what is built at a place depends on the input's height or width.
func (b *builder) bindSize(span source.Span) {
	if !b.sizeBound.IsValid() {
		b.sizeBound = span
	}
}

// Build makes one variant of a family, with what the override changes of it, at a point of what is free, which may be
// nil for the baseline. What it takes is added to done. The error is a diag.List.
func Build(p *resolve.Program, family *syntax.Family, variant *syntax.Variant, override Override, point Point,
	done *Work) (result *Result, err error) {
	b := newBuilder(p, family.Name.Text+"-"+override.Name(variant.Name.Text), point)
	err = b.run(done, func() { result = b.build(family, variant, override) })
	if err != nil {
		return nil, err
	}
	return result, nil
}

func newBuilder(p *resolve.Program, name string, point Point) *builder {
	return &builder{program: p, graph: ir.NewBuilder(name), origin: &ir.Origin{}, taken: map[string]bool{},
		lines: map[*ir.Node]*line{}, observed: newObserved(), reads: reads{by: map[string]map[string]bool{}},
		point: point, sets: map[*syntax.Free][]value{}}
}

// run evaluates something and returns the mistakes in it.
func (b *builder) run(done *Work, evaluate func()) (err error) {
	defer func() {
		done.Steps += b.steps
		done.Operations += len(b.lines)
		switch f := recover().(type) {
		case nil:
		case failure: // the final one: the others are noted where they occur
			err = b.mistakes.Err()
		default:
			panic(f)
		}
	}()
	evaluate()
	return b.mistakes.Err()
}

func (b *builder) build(family *syntax.Family, variant *syntax.Variant, override Override) *Result {
	network := b.program.Networks[family.Network().Text]
	b.network = network
	free := override
	override = b.chosen(override)
	given, s := b.scaled(family, variant, override)
	for _, p := range network.Params {
		name := p.Name.Text
		s.names[name] = b.try(func() value {
			if g, ok := given[name]; ok {
				return b.typed(g.value, p, orElse(g.place, p.Default))
			}
			if p.Default != nil {
				return b.reads.forName(name, func() value { return b.typed(b.expr(p.Default, s), p, p.Default) })
			}
			b.failRelated(diag.NotGiven, variant.Name.Span, fmt.Sprintf("add %s = …", name),
				[]diag.Label{{Span: p.Span, Text: name + " is declared here, without a default"}},
				"the variant %s gives no %s, which the network needs", variant.Name.Text, name)
			return nil
		})
	}
	b.observeFree(free, s)
	result := &Result{Width: dimension(s, "width"), Depth: dimension(s, "depth"), Observed: b.observed}
	if s.rules == nil {
		s.rules = map[string]*syntax.Rule{}
	}
	out := b.body(network.Body, s, nil)
	var outputs []ir.Output
	if b.attempt(func() { outputs = b.outputs(out, network, s) }) && len(b.mistakes) == 0 {
		b.growth.finish()
		result.Graph = b.prune(b.graph.BuildNamed(outputs))
		result.SizeBound = b.sizeBound
		if image := result.Graph.Input().Shape; image.IsImage() && image[1] == image[2] {
			result.Resolution = image[1]
		}
		b.checkEffect(family, variant, override, network)
	}
	return result
}

// scaled evaluates what a family, a variant and an override give, and the scaling with that.
func (b *builder) scaled(f *syntax.Family, v *syntax.Variant, o Override) (map[string]setting, *scope) {
	network := b.program.Networks[f.Network().Text]
	given := b.given(f, v, network)
	b.override(given, o, f, network)
	s := &scope{names: map[string]value{}, settings: true}
	if scaling := b.scalingOf(f); scaling != nil {
		b.scaling(scaling, f.By, s, given)
		b.checkFactors(scaling, s, given)
	}
	return given, s
}

// checkNamedLayers reports a line such as "stem = Conv(16)", which names a layer, in a network that applies none.
func (b *builder) checkNamedLayers(network *syntax.Network, s *scope) {
	for _, st := range network.Body {
		if a, ok := st.(*syntax.Assign); ok {
			if l, ok := s.names[a.Name.Text].(*layer); ok {
				b.fail(diag.NoOutput, a.Span,
					fmt.Sprintf("a line without \"=\" applies a layer: %s %s(…)", a.Name.Text, l.block.Name.Text),
					"this names a layer, but no line of the network applies one")
			}
		}
	}
}

// setting is a value that a family, a variant or an override gives, and where; an override's place is the declaration.
type setting struct {
	value value
	place syntax.Expr
}

// given evaluates what a family and a variant of it give.
func (b *builder) given(family *syntax.Family, variant *syntax.Variant, network *syntax.Network) map[string]setting {
	given := map[string]setting{}
	give := func(name string, e syntax.Expr) {
		given[name] = setting{b.try(func() value { return b.expr(e, &scope{names: map[string]value{}}) }), e}
	}
	if family.Of != nil {
		matched, _ := resolve.Match(family.Of.Args, network.Params)
		for i, a := range matched {
			if a != nil {
				give(network.Params[i].Name.Text, a.Value)
			}
		}
	}
	seen := map[string]*syntax.Setting{}
	for _, s := range variant.Settings {
		b.attempt(func() { b.checkSetting(s, seen[s.Name.Text], family, network) })
		if seen[s.Name.Text] == nil {
			seen[s.Name.Text] = s
			give(s.Name.Text, s.Value)
		}
	}
	return given
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
func (b *builder) scaling(sc *syntax.Scaling, by *syntax.Call, s *scope, given map[string]setting) {
	matched, _ := resolve.Match(by.Args, sc.Params) // resolve has reported what does not match
	s.rules = map[string]*syntax.Rule{}
	s.scaled = &scope{names: s.names, settings: true}
	for i, p := range sc.Params {
		name, e := p.Name.Text, p.Default
		g, ok := given[name]
		if a := matched[i]; a != nil {
			e = a.Value
		}
		if ok {
			s.names[name] = b.try(func() value { return b.typed(g.value, p, orElse(g.place, p.Default)) })
		} else if e != nil {
			s.names[name] = b.try(func() value {
				return b.reads.forName(name, func() value { return b.typed(b.expr(e, s.scaled), p, e) })
			})
		}
	}
	for _, st := range sc.Body {
		b.attempt(func() { b.scalingStatement(sc, st, s, given) })
	}
}

func (b *builder) scalingStatement(sc *syntax.Scaling, st syntax.Statement, s *scope, given map[string]setting) {
	switch st := st.(type) {
	case *syntax.Assign:
		if g, ok := given[st.Name.Text]; ok {
			s.names[st.Name.Text] = g.value
		} else {
			s.names[st.Name.Text] = b.try(func() value {
				return b.reads.forName(st.Name.Text, func() value { return b.expr(st.Value, s.scaled) })
			})
		}
	case *syntax.Rule:
		s.rules[st.Name.Text] = st
	case *syntax.Require:
		b.reads.forName(checks, func() value {
			b.require(st, s.scaled)
			return nil
		})
	default:
		b.failRelated(diag.MisplacedLine, st.Place(), "a scaling has assignments, rules and require",
			[]diag.Label{{Span: sc.Name.Span, Text: "in this scaling"}},
			"this line belongs in a network")
	}
}

// checkSetting reports a variant's setting that nothing takes, or that is there before.
func (b *builder) checkSetting(s, before *syntax.Setting, f *syntax.Family, n *syntax.Network) {
	if before != nil {
		b.failRelated(diag.GivenTwice, s.Name.Span, "", []diag.Label{{Span: before.Span, Text: "first given here"}},
			"%s is given twice", s.Name.Text)
	}
	known := declared(b.scalingOf(f), n)
	if _, ok := known[s.Name.Text]; !ok {
		b.fail(diag.UnknownSetting, s.Name.Span, diag.Suggest(s.Name.Text, slices.Sorted(maps.Keys(known))),
			"neither the scaling nor the network has a setting %s", s.Name.Text)
	}
}

// input makes the network's input node.
func (b *builder) input(st *syntax.Input, s *scope) value {
	if s.rules == nil {
		b.fail(diag.MisplacedLine, st.Span, "", "only a network has an input")
	}
	if len(st.Dims) > ir.MaxRank {
		b.fail(diag.TensorTooLarge, st.Span, "write input NAME[channels, height, width] for an image",
			"an input of %d dimensions has over %d, the limit", len(st.Dims), ir.MaxRank)
	}
	if b.graph.HasOperations() {
		b.fail(diag.WrongInput, st.Name.Span, "write all inputs above the first line that has a layer",
			"the input %s stands behind what computes", st.Name.Text)
	}
	dims := make([]int, len(st.Dims))
	for i, d := range st.Dims {
		v := b.expr(d, s)
		if height, width, ok := sides(v); ok && i > 0 && len(dims) == 3 {
			v = []int{0, height, width}[i] // a resolution of two numbers
		}
		n, ok := v.(int)
		if !ok {
			b.fail(diag.WrongType, d.Place(), "make it whole with round, floor or ceil",
				"a dimension is an int, got %s", describe(v))
		}
		dims[i] = n
	}
	return b.add(ir.Input{Shape: ir.DimsOf(dims...)}, "input", nil, st.Span, st.Name.Text)
}
