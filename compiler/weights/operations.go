package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/ir"
)

// An ONNX model is not only weights: its operations say how they pad, with what epsilon they normalise and which
// functions they apply. Where the network does something else, its results are not the model's.

// CheckOperations holds the network against the operations of the file that the weights come from. known reports
// whether those say all that there is to say of padding and epsilon, so that nobody need be asked. The error says
// what differs, and what to give. doubts are operations that the network has not: some may stand behind it, as a
// sigmoid that makes probabilities.
func (b *Binding) CheckOperations(g *ir.Graph) (known bool, doubts []string, err error) {
	says := func(bound Bound) bool { return bound.Tensor != nil && bound.Tensor.Layer != nil }
	if len(b.operations) == 0 && !slices.ContainsFunc(b.Bound, says) {
		return false, nil, nil
	}
	f := fileArithmetic{rules: slices.Clone(arithmetic.Paddings()), known: true}
	for _, bound := range b.Bound {
		if _, norm := bound.node.Op.(ir.BatchNorm); norm && b.Folded {
			continue // merged into the convolution, epsilon and all: its shift is the convolution's bias
		}
		f.look(bound)
	}
	if len(f.rules) > 1 && len(b.input) == 4 && b.input[2] > 0 && b.input[2]%2 == 0 {
		f.rules = []arithmetic.Padding{arithmetic.Symmetric} // of an even image, TensorFlow's is not
	}
	want := arithmetic.Arithmetic{Epsilon: f.epsilon}
	var problems []string
	switch {
	case f.odd == "": // every convolution pads as the network's
	case len(f.rules) == 1:
		want.Padding = f.rules[0]
	case len(f.rules) == 0:
		problems = append(problems, f.odd)
	default: // an odd image, for which the rules agree, and a network for another size
		f.known = false
	}
	if differs, got := want.Differs(g); len(got) > 0 {
		problems = append(problems, fmt.Sprintf("it has %v, and the network %s: give %s", differs,
			strings.Join(got, ", "),
			differs.Flags()))
	}
	if len(problems) > 0 {
		return f.known, nil, fmt.Errorf("the model computes otherwise than the network: %s",
			strings.Join(problems, "; "))
	}
	return f.known, b.functions(g), nil
}

// fileArithmetic is what the tensors of a file say of the operations that read them.
type fileArithmetic struct {
	rules   []arithmetic.Padding // by which every convolution so far may pad
	odd     string               // the first convolution that pads otherwise than the network's
	epsilon float64              // of the last batch norm
	known   bool
}

// look looks at what a parameter's tensor says.
func (f *fileArithmetic) look(bound Bound) {
	switch op := bound.node.Op.(type) {
	case ir.Conv:
		if bound.Param.Role != ir.Weight || bound.Tensor == nil {
			return
		}
		if len(bound.Tensor.Shape) == 2 {
			return // a linear layer, which a convolution of single pixels stands for, has nothing to pad
		}
		layer := bound.Tensor.Layer
		if layer == nil || layer.Pads == nil && layer.Rule == "" {
			f.known = false
			return
		}
		if layer.Rule != "" {
			f.lookAtRule(op, bound.node, arithmetic.Padding(layer.Rule))
			return
		}
		pad := ir.Padding{Top: int(layer.Pads[0]), Left: int(layer.Pads[1]), Bottom: int(layer.Pads[2]),
			Right: int(layer.Pads[3])}
		f.rules = slices.DeleteFunc(f.rules, func(r arithmetic.Padding) bool { return !r.Could(op.Window(), pad) })
		if pad != op.Pad && f.odd == "" {
			f.odd = fmt.Sprintf("%s pads %v in the model, and %v in the network (top, left, bottom, right)",
				bound.node.Name,
				pad, op.Pad)
		}
	case ir.BatchNorm:
		if bound.Tensor == nil {
			return // merged into the convolution, epsilon and all
		}
		if layer := bound.Tensor.Layer; layer != nil && layer.Epsilon != 0 {
			f.epsilon = shortest(layer.Epsilon)
		} else {
			f.known = false
		}
	}
}

// lookAtRule looks at a convolution that pads by a rule in the model. Where another rule does the same, it may be
// that one.
func (f *fileArithmetic) lookAtRule(op ir.Conv, n *ir.Node, rule arithmetic.Padding) {
	image := n.Inputs[0].Shape
	pad := rule.Of(op.Window(), image)
	f.rules = slices.DeleteFunc(f.rules, func(r arithmetic.Padding) bool { return r.Of(op.Window(), image) != pad })
	if pad != op.Pad && f.odd == "" {
		f.odd = fmt.Sprintf("%s pads by the rule %q in the model, which is %v, and %v in the network (top, left, "+
			"bottom, right)",
			n.Name, rule, pad, op.Pad)
	}
}

// shortest returns the number that somebody wrote before it became a float32: 0.001 of 0.0010000000474974513.
func shortest(x float64) float64 {
	var y float64
	if _, err := fmt.Sscan(fmt.Sprint(float32(x)), &y); err != nil {
		return x
	}
	return y
}

// functions says which operations of the model the network has not: those that show which of ours the model has.
// Sigmoid and Clip are also what others are made of: x·sigmoid(x), clip(x + 3, 0, 6)/6.
func (b *Binding) functions(g *ir.Graph) (doubts []string) {
	have := map[string]bool{}
	for _, n := range g.Nodes {
		for _, operator := range ir.ONNXOf(n.Op) {
			have[operator] = true
		}
		if _, ok := n.Op.(ir.GlobalAvgPool); ok && !slices.Contains(b.operations, "GlobalAveragePool") &&
			!slices.Contains(b.operations, "ReduceMean") { // which some write as one of the image's size
			have["AveragePool"] = true
		}
	}
	for _, operator := range b.operations {
		if ir.InONNX(operator) && !have[operator] {
			doubts = append(doubts, fmt.Sprintf("the model has the operation %s, and the network has nothing of the "+
				"kind", operator))
		}
	}
	return doubts
}
