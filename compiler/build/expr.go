package build

import (
	"strconv"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/resolve"
	"github.com/netc-lang/netc/dsl/syntax"
)

// usesPerStep is how many uses are searched in the time of one step of evaluation.
const usesPerStep = 16

// names returns an empty map for a body's names. Bodies are many and short: those that have ended leave theirs to
// others.
func (b *builder) names() map[string]value {
	n := len(b.unused)
	if n == 0 {
		return map[string]value{}
	}
	names := b.unused[n-1]
	b.unused = b.unused[:n-1]
	return names
}

// mostNames is how many names a body may have whose map serves others: clearing a map takes the longer, the more it
// once held.
const mostNames = 16

// release takes back the names of a body that has ended. No value refers to them.
func (b *builder) release(names map[string]value) {
	if len(names) > mostNames {
		return
	}
	clear(names)
	b.unused = append(b.unused, names)
}

func (b *builder) expr(e syntax.Expr, s *scope) value {
	b.step(e.Place())
	switch e := e.(type) {
	case *syntax.Int:
		return e.Value
	case *syntax.Float:
		return e.Value
	case *syntax.Bool:
		return e.Value
	case *syntax.String:
		return e.Text
	case *syntax.Ref:
		return b.lookup(e.Name, s)
	case *syntax.List:
		items := make([]value, len(e.Items))
		for i, item := range e.Items {
			items[i] = b.expr(item, s)
		}
		return items
	case *syntax.Each:
		return b.each(e, s)
	case *syntax.Steps:
		return b.stepsOf(e, s)
	case *syntax.Free:
		return b.free(e, s)
	case *syntax.Unary:
		return b.unary(e, s)
	case *syntax.Binary:
		return b.binary(e, s)
	case *syntax.Field:
		return b.field(e, s)
	case *syntax.Index:
		return b.index(e, s)
	case *syntax.Call:
		return b.call(e, s)
	case *syntax.Pipe:
		return b.pipe(e, s)
	case *syntax.If:
		return b.choose(e, s)
	}
	panic("build: unknown expression")
}

// named returns what a name stands for, or nil.
func (b *builder) named(name string, s *scope) value {
	if v, ok := s.get(name); ok {
		return v
	}
	if v := s.uses.layer(name); v != nil {
		return v
	}
	if block := b.program.Blocks[name]; block != nil {
		return &layer{block: block}
	}
	return nil
}

func (b *builder) lookup(name syntax.Name, s *scope) value {
	b.work(s.uses.count()/usesPerStep, name.Span)
	if v := b.named(name.Text, s); v != nil {
		if _, at := s.find(name.Text); at != nil && at.settings {
			b.reads.note(name.Text)
		}
		return sound(v)
	}
	if b.program.Uses[name.Text] {
		b.fail(diag.UnboundLayer, name.Span, "add \"use "+name.Text+" = …\" to the network",
			"the network does not say which layer %s is", name.Text)
	}
	if _, ok := resolve.Builtins[name.Text]; ok || b.program.Functions[name.Text] != nil {
		help := "write " + name.Text + "(…)"
		if name.Text == "shared" {
			help = "name the layer above: NAME = shared(LAYER), and then send tensors through NAME"
		}
		b.fail(diag.NeedsArguments, name.Span, help, "the function %s needs its arguments",
			name.Text)
	}
	s.names[name.Text] = broken{}
	b.fail(diag.MissingValue, name.Span, "give it in the variant", "%s has no value here", name.Text)
	return nil
}

func (b *builder) each(e *syntax.Each, s *scope) value {
	list, ok := b.expr(e.Over, s).([]value)
	if !ok {
		b.fail(diag.NotAList, e.Over.Place(), "", "this is not a list")
	}
	var state value
	if e.State != nil {
		state = b.expr(e.First, s)
	}
	b.work(len(list), e.Span)
	items := make([]value, len(list))
	for i, item := range list {
		inner := s.with(e.Name.Text, item)
		inner.path = join(s.path, strconv.Itoa(i))
		if e.State != nil {
			inner.names[e.State.Text] = state
		}
		items[i] = b.expr(e.Item, inner)
		state = items[i]
	}
	return items
}

// condition evaluates what must be true or false.
func (b *builder) condition(e syntax.Expr, s *scope) bool {
	holds, ok := b.expr(e, s).(bool)
	if !ok {
		help := ""
		if _, free := e.(*syntax.Free); free {
			help = "\"in\" marks a value that a search may change; values are compared with =="
		}
		b.fail(diag.WrongCondition, e.Place(), help, "a condition is true or false; this is neither")
	}
	return holds
}

func (b *builder) choose(e *syntax.If, s *scope) value {
	if b.condition(e.Condition, s) {
		return b.expr(e.Then, s)
	}
	if e.Else != nil {
		return b.expr(e.Else, s)
	}
	if p, ok := e.Then.(*syntax.Pipe); ok {
		return b.expr(p.Head, s)
	}
	b.fail(diag.NoElse, e.Span, "add \"else VALUE\"", "there is no value when the condition is false")
	return nil
}

// itemHelp is the help where a list of tensors stands in the place of one of them; "" where none does.
func itemHelp(values ...value) string {
	for _, v := range values {
		if list, ok := v.([]value); ok && len(list) > 0 {
			if _, ok := list[0].(tensor); ok {
				return "a list of tensors is used item by item: LIST[0], LIST[1] and so on"
			}
		}
	}
	return ""
}

func (b *builder) field(e *syntax.Field, s *scope) value {
	of := b.expr(e.Of, s)
	t, ok := of.(tensor)
	if !ok {
		b.fail(diag.NoSuchField, e.Of.Place(), itemHelp(of), "only a tensor has %s", e.Name.Text)
	}
	if e.Name.Text == "shape" {
		return b.shapeOf(t.node, e)
	}
	i := map[string]int{"channels": 0, "height": 1, "width": 2}
	at, known := i[e.Name.Text]
	if !known {
		b.fail(diag.NoSuchField, e.Name.Span, "a tensor has channels, height, width and shape", "a tensor has no %s",
			e.Name.Text)
	}
	shape := t.node.Shape
	switch {
	case shape.IsImage():
		if at > 0 {
			b.bindSize(e.Span)
		}
		return shape[at]
	case at > 0 && len(shape) == 1:
		b.fail(diag.NoSuchField, e.Span, "", "a vector has no %s", e.Name.Text)
	case at > 0 || len(shape) > 2:
		b.fail(diag.NoSuchField, e.Span, "", "only an image [channels, height, width] has %s, not a tensor of shape %v",
			e.Name.Text, shape)
	}
	return shape[len(shape)-1] // the features of a vector or of a sequence [tokens, features]
}

// shapeOf is the list of a tensor's dimensions.
func (b *builder) shapeOf(n *ir.Node, e *syntax.Field) value {
	if n.Shape.IsImage() {
		b.bindSize(e.Span)
	}
	list := make([]value, len(n.Shape))
	for i, d := range n.Shape {
		list[i] = d
	}
	return list
}

func (b *builder) index(e *syntax.Index, s *scope) value {
	list, ok := b.expr(e.Of, s).([]value)
	if !ok {
		b.fail(diag.NotAList, e.Of.Place(), "", "this is not a list")
	}
	at := b.expr(e.At, s)
	i, ok := at.(int)
	if _, isFloat := at.(float64); isFloat {
		b.fail(diag.NoSuchItem, e.At.Place(), "round(…) makes an int, and so does div in place of /",
			"positions are whole numbers, and this is %s", describe(at))
	}
	if !ok || i < 0 || i >= len(list) {
		b.fail(diag.NoSuchItem, e.At.Place(), "positions count from 0", "the list has %d items, none at this position",
			len(list))
	}
	return list[i]
}

// maxInt keeps whole numbers exact in float64 and far from overflow.
const maxInt = 1 << 53
