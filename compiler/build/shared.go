package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Layers that are applied several times with one set of weights. Of
//
//	head = shared(Tower(64))
//	p3   = fine -> head
//	p4   = coarse -> head
//
// the first application makes the weights, by the name of the layer: head.conv.weight. Every other one must make the
// same operations of them.

// sharedLayer is what all applications of a layer have in common.
type sharedLayer struct {
	path  string // of its weights
	first *application
}

// application is one use of a shared layer.
type application struct {
	of     *sharedLayer
	path   string
	place  source.Span
	inputs []*ir.Node
	nodes  []*ir.Node
	whats  []string // which primitives or operators the nodes are
	done   bool
	failed bool // it is known not to be like the first, or to have a mistake: no other is told of
}

// shared evaluates shared(LAYER). What is shared already stays the layer that it is.
func (b *builder) shared(e *syntax.Call, s *scope) value {
	named := b.naming == syntax.Expr(e)
	if named {
		b.naming = e.Args[0].Value
	}
	v := b.expr(e.Args[0].Value, s)
	l, ok := v.(*layer)
	if !ok {
		b.fail(diag.NotALayer, e.Args[0].Value.Place(), "write a block or an operation, such as shared(Conv(16))",
			"shared takes a layer, got %s", describe(v))
	}
	if l.shared != nil {
		return l // it has one set of weights
	}
	path := s.path
	if !named {
		path = join(path, stepName(l.block.Name.Text))
	}
	return &layer{block: l.block, given: l.given, shared: &sharedLayer{path: b.unique(path)}}
}

// checkUnshared refuses settings for a layer whose weights are shared.
func (b *builder) checkUnshared(l *layer, e *syntax.Call) {
	if l.shared != nil && len(e.Args) > 0 {
		b.fail(diag.UnknownSetting, e.Span, fmt.Sprintf("give them where the layer is shared: %s = shared(%s(…))",
			e.Name.Text, l.block.Name.Text), "%s shares its weights: it has its settings from where they are shared",
			e.Name.Text)
	}
}

// applyShared applies a shared layer once more.
func (b *builder) applyShared(l *layer, e *syntax.Call, v value, s *scope, path string) value {
	if b.sharing != nil {
		outer := b.sharing.of.path
		b.fail(diag.WrongShape, e.Span, fmt.Sprintf("share %s alone; or share each of its layers by itself where %s "+
			"is applied, and send tensors through one after the other", outer, outer),
			"%s shares its weights within %s, which does, too", e.Name.Text, outer)
	}
	plain := &layer{block: l.block, given: l.given}
	given := b.graftDefaults(plain, s)
	for _, p := range l.block.Params {
		if _, ok := given[p.Name.Text]; !ok && p.Default == nil {
			b.fail(diag.MissingSetting, e.Span, fmt.Sprintf("give it where the layer is shared: shared(%s(%s: …))",
				l.block.Name.Text, p.Name.Text), "%s needs the setting %s", e.Name.Text, p.Name.Text)
		}
	}
	a := &application{of: l.shared, path: path, place: e.Span, inputs: b.inputs(l, e, sound(v))}
	if first := l.shared.first; first == nil || !first.done {
		l.shared.first = a
	} else {
		a.failed = first.failed
		for i, in := range a.inputs {
			if x, y := featuresOf(first.inputs[i].Shape), featuresOf(in.Shape); x != y {
				b.differs(a, e.Span, "%s shares its weights and is applied to %d channels here, but to %d before",
					l.shared.path, y, x)
			}
		}
	}
	b.sharing = a
	mistakes := len(b.mistakes)
	result := b.apply(plain, e, v, s, path)
	b.sharing = nil
	a.failed = a.failed || len(b.mistakes) > mistakes
	first := l.shared.first
	if here, before := len(a.nodes), len(first.nodes); here != before && !a.failed && result != (broken{}) {
		b.differs(a, e.Span, "%s shares its weights, but has %s here and %d before", l.shared.path, operations(here),
			before)
	}
	a.done = true
	return result
}

func operations(n int) string {
	if n == 1 {
		return "1 operation"
	}
	return fmt.Sprintf("%d operations", n)
}

// featuresOf returns how many channels a tensor has: of an image the first axis, of others the last.
func featuresOf(s ir.Shape) int {
	if s.IsImage() {
		return s[0]
	}
	return s[len(s)-1]
}

// differs reports that an application of a shared layer is not what the first one is.
func (b *builder) differs(a *application, span source.Span, format string, args ...any) {
	a.failed = true
	b.failRelated(diag.ShapesDiffer, span, "bring the tensors to one shape first, or give each a layer of its own",
		[]diag.Label{{Span: a.of.first.place, Text: "first applied here"}}, format, args...)
}

// replays reports whether a shared layer is being applied that was applied before.
func (b *builder) replays() bool { return b.sharing != nil && b.sharing != b.sharing.of.first }

// next returns how the next operation of an application shares weights, and the operation. Stochastic depth has the
// rate of the first application.
func (a *application) next(path string, op ir.Op) (ir.Sharing, ir.Op) {
	if a == nil {
		return ir.Sharing{}, op
	}
	if first := a.of.first; a != first && len(a.nodes) < len(first.nodes) {
		if drops, ok := first.nodes[len(a.nodes)].Op.(ir.DropPath); ok {
			if _, ok := op.(ir.DropPath); ok {
				op = drops
			}
		}
	}
	return ir.Sharing{Layer: a.of.path, At: a.path}, op
}

// checkAlike holds the operation that an application has made, or, where the node is nil, could not make, against that
// of the first application: it is the same, on the same values.
func (b *builder) checkAlike(n *ir.Node, op ir.Op, what, path string, inputs []*ir.Node, span source.Span) {
	a := b.sharing
	if a == nil {
		return
	}
	first := a.of.first
	if a != first && !a.failed {
		if len(a.nodes) >= len(first.nodes) {
			b.differs(a, span, "%s shares its weights, but has an operation here that it has not before", a.of.path)
		}
		before := first.nodes[len(a.nodes)]
		if name, own := before.Name[len(first.path):], path[len(a.path):]; before.Op == op && name != own {
			b.differs(a, span, "%s shares its weights, but has %s as %s here and as %s before", a.of.path,
				b.spelled(what, op), strings.TrimPrefix(own, "."), strings.TrimPrefix(name, "."))
		}
		if before.Op != op {
			b.differs(a, span, "%s shares its weights, but does %s here and %s before", a.of.path, b.spelled(what, op),
				b.spelled(first.whats[len(a.nodes)], before.Op))
		}
		if !a.readsAlike(inputs, before.Inputs) {
			b.differs(a, span, "%s shares its weights, but its %s reads other values here than before", a.of.path, what)
		}
		if n == nil {
			b.differs(a, span, "%s shares its weights, which have other shapes for %v here than for %v before",
				a.of.path, inputs[0].Shape, before.Inputs[0].Shape)
		}
	}
	if n != nil {
		a.nodes, a.whats = append(a.nodes, n), append(a.whats, what)
	}
}

// readsAlike reports whether an operation of an application reads what that of the first one does: the same of its own
// values, the same of those it is applied to, or others, which all applications share. Where one tensor is applied
// twice,
//
//	start = [image, image] -> cell
//	next  = [image, start] -> cell
//
// reading it is reading either of its positions.
func (a *application) readsAlike(inputs, before []*ir.Node) bool {
	first := a.of.first
	return slices.EqualFunc(inputs, before, func(x, y *ir.Node) bool {
		if own := slices.Index(a.nodes, x); own >= 0 || slices.Contains(first.nodes, y) {
			return own == slices.Index(first.nodes, y)
		}
		for i := range min(len(a.inputs), len(first.inputs)) {
			if a.inputs[i] == x && first.inputs[i] == y {
				return true
			}
		}
		return x == y || !slices.Contains(a.inputs, x) && !slices.Contains(first.inputs, y)
	})
}
