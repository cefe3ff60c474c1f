package build

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// maxDepth bounds how deep blocks stand inside each other.
const maxDepth = 64

// uses is what "use" statements say, the innermost first.
type uses struct {
	outer    *uses
	name     string
	given    value            // the *layer that the name stands for; nil when defaults change
	defaults map[string]value // of the block called name
	length   int              // how many there are, outer ones included
}

// count returns how many uses there are.
func (u *uses) count() int {
	if u == nil {
		return 0
	}
	return u.length
}

// with adds a use.
func (u *uses) with(inner uses) *uses {
	inner.outer, inner.length = u, u.count()+1
	return &inner
}

// layer returns the layer that a use gives the name, or nil.
func (u *uses) layer(name string) value {
	for ; u != nil; u = u.outer {
		if u.given != nil && u.name == name {
			return u.given
		}
	}
	return nil
}

// settings returns the settings that uses give a block, inner uses winning over outer ones.
func (u *uses) settings(block string) map[string]value {
	var given map[string]value
	for ; u != nil; u = u.outer {
		if u.given != nil || u.name != block {
			continue
		}
		if given == nil {
			given = map[string]value{}
		}
		for k, v := range u.defaults {
			if _, ok := given[k]; !ok {
				given[k] = v
			}
		}
	}
	return given
}

// use evaluates the layer that a use names, or takes note of the defaults that it gives.
func (b *builder) use(st *syntax.Use, s *scope) value {
	if st.Value != nil {
		inner := *s
		inner.path = join(s.path, st.Name.Text)
		b.naming = st.Value
		l, ok := b.expr(st.Value, &inner).(*layer)
		if !ok {
			b.fail(diag.NotALayer, st.Value.Place(), "write a block or an operation, such as BatchNorm(epsilon: 1e-3)",
				"use names a layer; this is none")
		}
		return l
	}
	block := b.program.Blocks[st.Call.Name.Text]
	if block == nil {
		b.fail(diag.NotALayer, st.Name.Span, "", "%s is not a layer", st.Name.Text)
	}
	s.uses = s.uses.with(uses{name: st.Name.Text, defaults: b.settings(block, st.Call, s)})
	return nil
}

// settings evaluates the arguments of a partial call.
func (b *builder) settings(block *syntax.Block, e *syntax.Call, s *scope) map[string]value {
	inner := &scope{names: map[string]value{}}
	var params []*syntax.Param
	for _, p := range block.Params {
		for i, a := range e.Args {
			if a.Name != nil && a.Name.Text == p.Name.Text || a.Name == nil && i < len(block.Params) &&
				block.Params[i] == p {
				params = append(params, p)
			}
		}
	}
	b.bind(inner, params, e, s, nil)
	return inner.names
}

// layer evaluates a name with settings to a layer.
func (b *builder) layer(e *syntax.Call, s *scope) *layer {
	l, ok := b.lookup(e.Name, s).(*layer)
	if !ok {
		b.fail(diag.NotALayer, e.Name.Span, "", "%s is not a layer", e.Name.Text)
	}
	if !e.HasArgs {
		return l
	}
	b.checkUnshared(l, e)
	merged := map[string]value{}
	for k, v := range l.given {
		merged[k] = v
	}
	for k, v := range b.settings(l.block, e, s) {
		merged[k] = v
	}
	return &layer{block: l.block, given: merged}
}

// pipe sends a value through layers. The steps are named after the assignment that the pipe belongs to.
func (b *builder) pipe(e *syntax.Pipe, s *scope) value {
	return sound(b.chain(b.expr(e.Head, s), e.Steps, s, s.path, len(e.Steps) > 1 || s.path == b.origin.Path))
}

// chain applies layers one after the other. With separate, each step has a name of its own below path; otherwise the
// only step has the path itself, or one with a number where it is taken. A step that fails leaves nothing; of the steps
// after it, the settings are still checked.
func (b *builder) chain(v value, steps []*syntax.Call, s *scope, path string, separate bool) value {
	for _, step := range steps {
		input := v
		v = b.try(func() value {
			b.step(step.Span)
			l := b.layer(&syntax.Call{Name: step.Name, Span: step.Span}, s)
			name := path
			if separate {
				name = join(path, stepName(step.Name.Text))
			}
			return b.apply(l, step, input, s, b.unique(name))
		})
	}
	return v
}

// stepName makes a path component of a layer's name: its last word, in lower case. DepthwiseConv is "conv", BatchNorm
// is "norm" and SiLU, which is one word, is "silu".
func stepName(name string) string {
	upper := func(i int) bool { return name[i] >= 'A' && name[i] <= 'Z' }
	for i := len(name) - 2; i > 0; i-- {
		if upper(i) && !upper(i-1) && !upper(i+1) {
			return strings.ToLower(name[i:])
		}
	}
	return strings.ToLower(name)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// unique makes a path that no node and no block instance has yet: conv, conv2, conv3.
func (b *builder) unique(path string) string {
	candidate := path
	for i := 2; b.taken[candidate]; i++ {
		candidate = path + strconv.Itoa(i)
	}
	b.taken[candidate] = true
	return candidate
}

// apply runs a layer on its inputs. Where a mistake has left no input, it only checks the settings.
func (b *builder) apply(l *layer, e *syntax.Call, v value, s *scope, path string) value {
	if l.shared != nil {
		b.checkUnshared(l, e)
		return b.applyShared(l, e, v, s, path)
	}
	bound := &scope{names: b.names(), uses: s.uses, path: path}
	grafted := b.graftDefaults(l, s)
	b.bind(bound, l.block.Params, e, s, grafted)
	inputs := b.inputs(l, e, sound(v))
	outermost := !b.replays() && b.growth.enter(l.block)
	var result value
	if l.block.Body == nil && b.isPrimitive(l.block) {
		result = b.primitive(l.block, bound.names, inputs, e, path)
		b.observePadding(l.block, e, grafted, result)
	} else {
		result = b.expand(l.block, bound, inputs, e.Span)
	}
	if outermost {
		b.growth.within = false
	}
	b.release(bound.names)
	return result
}

func (b *builder) isPrimitive(block *syntax.Block) bool {
	return block.Name.Span.File.Name() == "std/primitives.net"
}

// graftDefaults returns the settings a layer comes with: its own, then what uses say.
func (b *builder) graftDefaults(l *layer, s *scope) map[string]value {
	given := s.uses.settings(l.block.Name.Text)
	if len(given) == 0 {
		return l.given
	}
	for k, v := range l.given {
		given[k] = v
	}
	return given
}

// inputs holds the tensors given to a layer against those it takes.
func (b *builder) inputs(l *layer, e *syntax.Call, v value) []*ir.Node {
	list, isList := v.([]value)
	wantsList := l.block.Inputs[0].List
	if !isList {
		list = []value{v}
	}
	if !wantsList && len(list) != len(l.block.Inputs) {
		help := tensorsHelp(l.block, e)
		if len(list) == 0 {
			help = "the list is empty: put tensors into it"
		}
		b.fail(diag.TensorCount, e.Span, help, "%s takes %s, got %d", l.block.Name.Text,
			tensors(len(l.block.Inputs)), len(list))
	}
	b.work(len(list), e.Span)
	nodes := make([]*ir.Node, len(list))
	for i, item := range list {
		t, ok := item.(tensor)
		if !ok {
			help := "send a tensor through it: TENSOR -> " + e.Name.Text
			if _, nested := item.([]value); nested {
				help = "take the tensors out of the inner list: LIST[0], LIST[1] and so on"
			}
			b.fail(diag.WrongType, e.Span, help, "%s takes a tensor, got %s", l.block.Name.Text, describe(item))
		}
		nodes[i] = t.node
	}
	if len(nodes) == 0 {
		b.fail(diag.TensorCount, e.Span, fmt.Sprintf("give it at least one: [a, b] -> %s", e.Name.Text),
			"%s of no tensors", l.block.Name.Text)
	}
	return nodes
}

// tensorsHelp says how a block gets the tensors that it takes.
func tensorsHelp(block *syntax.Block, e *syntax.Call) string {
	if len(block.Inputs) == 1 {
		return fmt.Sprintf("choose one, LIST[0] -> %s, or make one of them: [a, b] -> Concat", e.Name.Text)
	}
	names := make([]string, len(block.Inputs))
	for i, in := range block.Inputs {
		names[i] = in.Name.Text
	}
	return fmt.Sprintf("give it a list: [%s] -> %s", strings.Join(names, ", "), e.Name.Text)
}

func tensors(n int) string {
	if n == 1 {
		return "1 tensor"
	}
	return fmt.Sprintf("%d tensors", n)
}

// expand runs a block's body.
func (b *builder) expand(block *syntax.Block, s *scope, inputs []*ir.Node, span source.Span) value {
	outer := b.origin
	if b.depth++; b.depth > maxDepth {
		b.fail(diag.BlocksTooDeep, span, "", "blocks stand more than %d deep inside each other, the limit", maxDepth)
	}
	parent := b.at(span)
	b.origin = &ir.Origin{Block: block.Name.Text, Path: s.path, Parent: parent}
	for i, in := range block.Inputs {
		s.names[in.Name.Text] = tensor{inputs[i]}
	}
	v := b.body(block.Body, s, tensor{inputs[0]})
	b.origin = outer
	b.depth--
	return v
}
