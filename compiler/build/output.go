package build

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// What a network returns, and what it is called.

// results is the value of a network's "return".
type results []result

// result is one of them. Its name is what a person wrote; "" for an expression that is returned alone.
type result struct {
	name  string
	named bool // with a name of its own, in place of that of the tensor: "class: head"
	value value
	place source.Span
}

// returned evaluates what a body returns: in a network's its results, elsewhere the only value.
func (b *builder) returned(st *syntax.Return, s *scope) value {
	if s.rules == nil {
		return b.expr(st.Results[0].Value, s)
	}
	var all results
	for _, r := range st.Results {
		one := result{named: r.Name != nil, place: r.Value.Place()}
		one.value = b.try(func() value { return b.expr(r.Value, s) })
		if name := r.OutputName(); name != nil {
			one.name = name.Text
			one.place = name.Span
		}
		all = append(all, one)
	}
	return all
}

// outputs makes the network's outputs of the value of its body. Without "return" that is the current tensor, which goes
// by the name of its line.
func (b *builder) outputs(v value, network *syntax.Network, s *scope) []ir.Output {
	all, ok := sound(v).(results)
	if !ok {
		all = results{{name: lastLine(network.Body), value: v, place: network.Name.Span}}
	}
	if len(all) > ir.MaxOutputs {
		b.fail(diag.TensorCount, all[ir.MaxOutputs].place, "join some of them: [a, b] -> Concat",
			"a network returns at most %d tensors", ir.MaxOutputs)
	}
	outputs := make([]ir.Output, 0, len(all))
	computed := false
	for _, r := range all {
		b.attempt(func() {
			n := b.outputNode(r, len(all), network)
			outputs = append(outputs, ir.Output{Name: b.outputName(r, n, s), Node: n})
		})
	}
	for _, o := range outputs {
		_, isInput := o.Node.Op.(ir.Input)
		computed = computed || !isInput
	}
	if len(outputs) == len(all) && !computed {
		b.checkNamedLayers(network, s)
		b.fail(diag.NoOutput, all[0].place, "end with a layer, such as: logits Linear(10)",
			"the network's output is its input: no layer lies between them")
	}
	return outputs
}

// lastLine returns the name of the last line that has a current tensor.
func lastLine(body []syntax.Statement) (name string) {
	for _, st := range body {
		if f, ok := st.(*syntax.Flow); ok {
			name = f.Name.Text
		}
	}
	return name
}

// outputNode holds one of so many results to being a tensor.
func (b *builder) outputNode(r result, count int, network *syntax.Network) *ir.Node {
	switch v := sound(r.value).(type) {
	case tensor:
		return v.node
	case nil:
		b.fail(diag.NoOutput, r.place, "begin with \"input image[3, 224, 224]\" and end with a layer",
			"the network %s has no output", network.Name.Text)
	case *layer:
		b.fail(diag.NoOutput, r.place,
			fmt.Sprintf("a line without \"=\" applies a layer: NAME %s(…)", v.block.Name.Text),
			"a network returns a tensor, not %s", describe(v))
	case []value:
		help := "return several tensors by their names: return a, b"
		if count > 1 || r.name != "" {
			help = "return its items by names of their own: NAME: list[0]"
		}
		b.fail(diag.NoOutput, r.place, help, "a network returns tensors, not %s", describe(v))
	default:
		b.fail(diag.NoOutput, r.place, "", "a network returns a tensor, not %s", describe(v))
	}
	return nil
}

// outputName returns what one of so many results is called. No name stands for two tensors that have names: a name that
// is given belongs neither to another tensor nor to a layer that is another. The tensor of a line goes by the line's
// name also where a layer of the line does:
//
//	b = (a -> Conv(8)) + a    the layer b, and the tensor b, which the graph knows as b.add
func (b *builder) outputName(r result, n *ir.Node, s *scope) string {
	other, isTensor := s.names[r.name].(tensor)
	switch {
	case r.name == "":
		return n.Name
	case r.named && isTensor && other.node != n:
		b.fail(diag.WrongResults, r.place, "choose a name that nothing else has",
			"the output %s is not the tensor of that name", r.name)
	case r.named && !isTensor && b.graph.HasName(r.name) && n.Name != r.name:
		b.fail(diag.WrongResults, r.place, "choose a name that nothing else has",
			"the output %s has the name of a layer that is another", r.name)
	}
	return r.name
}
