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
			values[n] = append(values[n], node(n, set, inputs))
		}
		for _, in := range n.Inputs {
			if left[in]--; left[in] == 0 {
				delete(values, in)
			}
		}
	}
	return values
}

// node evaluates one operation.
func node(n *ir.Node, set params.Set, in [][]float32) []float32 {
	out := make([]float32, n.Shape.Elements())
	param := func(role ir.Role) []float32 {
		if p := n.Param(role); p != nil {
			return set.Of(p).Data
		}
		return nil
	}
	shape := n.Inputs[0].Shape
	switch op := n.Op.(type) {
	case ir.Conv:
		conv(op, shape, n.Shape, in[0], param(ir.Weight), param(ir.Bias), out)
	case ir.ConvTranspose:
		convTranspose(op, shape, n.Shape, in[0], param(ir.Weight), param(ir.Bias), out)
	case ir.Linear:
		features := shape[len(shape)-1]
		for row := range shape.Elements() / features {
			linear(in[0][row*features:(row+1)*features], param(ir.Weight), param(ir.Bias),
				out[row*op.Out:(row+1)*op.Out])
		}
	case ir.Fused:
		base := *n
		base.Op, base.Inputs = op.Base, n.Inputs[:1]
		out = node(&base, set, in[:1])
		finish(op, in, out)
	case ir.BatchNorm:
		batchNorm(op, shape, in[0], param, out)
	case ir.Activation:
		activate(op, in[0], out)
	case ir.PReLU:
		prelu(shape, in[0], param(ir.Slope), out)
	case ir.MaxPool:
		pool(shape, n.Shape, op.Window(), in[0], out, largest)
	case ir.AvgPool:
		pool(shape, n.Shape, op.Window(), in[0], out, mean(op))
	case ir.GlobalAvgPool:
		size := shape[1] * shape[2]
		for c := range out {
			var sum float64
			for _, x := range in[0][c*size : (c+1)*size] {
				sum += float64(x)
			}
			out[c] = float32(sum / float64(size))
		}
	case ir.GlobalMaxPool:
		size := shape[1] * shape[2]
		for c := range out {
			out[c] = largest(in[0][c*size:(c+1)*size], size)
		}
	case ir.Pad:
		pad(op, shape, n.Shape, in[0], out)
	case ir.Resampling:
		resize(op.Interpolation(), shape, n.Shape, in[0], out)
	case ir.DepthToSpace:
		depthToSpace(op, shape, n.Shape, in[0], out)
	case ir.Add:
		pairwise(n, in, out, func(a, b float32) float32 { return a + b })
	case ir.Mul:
		pairwise(n, in, out, func(a, b float32) float32 { return a * b })
	case ir.Sub:
		pairwise(n, in, out, func(a, b float32) float32 { return a - b })
	case ir.Div:
		pairwise(n, in, out, func(a, b float32) float32 { return a / b })
	case ir.Affine:
		for i, x := range in[0] {
			out[i] = float32(float64(x)*op.Factor + op.Offset)
		}
	case ir.LayerNorm:
		layerNorm(op, shape, in[0], param, out)
	case ir.Softmax:
		softmax(op, shape, in[0], out)
	case ir.MatMul:
		matMul(op, n, in[0], in[1], out)
	case ir.Learned:
		copy(out, param(ir.Tensor))
	case ir.Concat:
		concat(n, op.Axis, in, out)
	case ir.Slice:
		slice(op, shape, in[0], out)
	case ir.Transpose:
		transpose(op, shape, n.Shape, in[0], out)
	case ir.Flatten, ir.Reshape, ir.Dropout, ir.DropPath:
		copy(out, in[0])
	default:
		panic(fmt.Sprintf("eval: no meaning for %T", op))
	}
	return out
}

// Node evaluates one operation for one image: on the values of its inputs, with the values of its parameters in the
// set.
func Node(n *ir.Node, set params.Set, inputs [][]float32) []float32 { return node(n, set, inputs) }

// pairwise applies f to two values, either of which may be repeated along axes.
func pairwise(n *ir.Node, in [][]float32, out []float32, f func(a, b float32) float32) {
	a, b := n.Inputs[0].Shape, n.Inputs[1].Shape
	if a.Equal(b) {
		for k := range out {
			out[k] = f(in[0][k], in[1][k])
		}
		return
	}
	second := make([]int, len(out))
	eachPlace(n.Shape, broadcastSteps(b, n.Shape), func(number, at int) { second[number] = at })
	eachPlace(n.Shape, broadcastSteps(a, n.Shape), func(number, at int) {
		out[number] = f(in[0][at], in[1][second[number]])
	})
}

// finish does what is fused into an operation to its results.
func finish(op ir.Fused, in [][]float32, out []float32) {
	if op.Residual {
		for i, x := range in[1] {
			out[i] += x
		}
	}
	if op.Activation != (ir.Activation{}) {
		activate(op.Activation, out, out)
	}
}
