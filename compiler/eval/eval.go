// Package eval is the reference interpreter: it defines what a graph means, slowly and obviously. Generated Go, ONNX
// Runtime and PyTorch must agree with it within each operation's tolerance.
//
// A graph, the values of its parameters and an example come in (Run); the values of the outputs go out. An example is
// one value of each input, in the order of the graph's inputs one behind the other: for most networks, one image. Sums
// are taken in float64; values between operations are float32, as everywhere else.
package eval

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Run evaluates the graph for one example, images in the order channel, row, column, and returns one slice per output.
func Run(g *ir.Graph, set params.Set, example []float32) ([][]float32, error) {
	if want := ExampleLength(g); len(example) != want {
		return nil, fmt.Errorf("eval: the example has %d values, the network's inputs need %d", len(example), want)
	}
	for _, p := range g.Params() {
		if t := set.Of(p); t == nil || len(t.Data) != p.Shape.Elements() {
			return nil, fmt.Errorf("eval: the parameter %s %v is missing or has another shape", p.Name, p.Shape)
		}
	}
	values := walk(g, set, [][]float32{example}, func(*ir.Node, [][]float32) {})
	outputs := make([][]float32, len(g.Outputs))
	for i, o := range g.Outputs {
		outputs[i] = values[o.Node][0]
	}
	return outputs, nil
}

// ExampleLength returns how many values an example for a graph has.
func ExampleLength(g *ir.Graph) int {
	length := 0
	for _, n := range g.Inputs {
		length += n.Shape.Elements()
	}
	return length
}

// Split returns the values of each input in an example.
func Split(g *ir.Graph, example []float32) [][]float32 {
	parts := make([][]float32, len(g.Inputs))
	for i, n := range g.Inputs {
		size := n.Shape.Elements()
		parts[i], example = example[:size:size], example[size:]
	}
	return parts
}

// walk evaluates node by node, each for all examples. Before each node, before is called with the values of its first
// input.
func walk(g *ir.Graph, set params.Set, examples [][]float32,
	before func(n *ir.Node, inputs [][]float32)) map[*ir.Node][][]float32 {
	values := map[*ir.Node][][]float32{}
	for _, example := range examples {
		for i, part := range Split(g, example) {
			values[g.Inputs[i]] = append(values[g.Inputs[i]], part)
		}
	}
	left := map[*ir.Node]int{} // readers to come, so that values can be dropped
	for n, users := range g.Users() {
		left[n] = len(users)
	}
	for _, o := range g.Outputs {
		left[o.Node]++
	}
	for _, n := range g.Operations() {
		before(n, values[n.Inputs[0]])
		for i := range examples {
			inputs := make([][]float32, len(n.Inputs))
			for k, in := range n.Inputs {
				inputs[k] = values[in][i]
			}
			values[n] = append(values[n], Node(n, set, inputs))
		}
		for _, in := range n.Inputs {
			if left[in]--; left[in] == 0 {
				delete(values, in)
			}
		}
	}
	return values
}
