package expect

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/ir"
)

// poolings pad the windows of poolings by the other rule: TensorFlow pads them as it pads convolutions.
func poolings(g *ir.Graph) (all []Change) {
	for _, rule := range arithmetic.Paddings() {
		differs := false
		change := func(n *ir.Node) ir.Op {
			pad := func(w ir.Window) ir.Padding {
				other := rule.Of(w, n.Inputs[0].Shape)
				differs = differs || other != w.Pad
				return other
			}
			switch op := n.Op.(type) {
			case ir.MaxPool:
				op.Pad = pad(op.Window())
				return op
			case ir.AvgPool:
				op.Pad = pad(op.Window())
				return op
			}
			return n.Op
		}
		if _, ok := arithmetic.Rewrite(g, change); !ok || !differs {
			continue
		}
		all = append(all, Change{Kind: OfPooling, What: fmt.Sprintf("poolings padded %s", rule),
			trial: rewriting(change)})
	}
	return all
}

// strides move the stride of bottlenecks between their first convolution, of single pixels, and their second: ResNet
// was published with the former (Caffe, Keras, Detectron), and is trained with the latter today (torchvision, timm),
// under the same names.
//
//	1×1, stride 2 → norm → act → 3×3              1×1 → norm → act → 3×3, stride 2
func strides(g *ir.Graph) []Change {
	moved := map[string]ir.Pair{} // the stride that a convolution gets
	for _, n := range g.Nodes {
		second, ok := n.Op.(ir.Conv)
		if !ok || second.Kernel.Area() < 2 || second.Groups == n.Inputs[0].Shape[0] {
			continue // the second ones of inverted bottlenecks are depthwise
		}
		before := n.Inputs[0]
		for ir.InfoOf(before.Op).Elementwise && len(before.Inputs) == 1 {
			before = before.Inputs[0]
		}
		first, ok := before.Op.(ir.Conv)
		if ok && first.Kernel == ir.Square(1) && first.Stride != second.Stride {
			moved[before.Name], moved[n.Name] = second.Stride, first.Stride
		}
	}
	change := func(n *ir.Node) ir.Op {
		op, ok := n.Op.(ir.Conv)
		stride := moved[n.Name]
		if !ok || stride == (ir.Pair{}) {
			return n.Op
		}
		op.Stride = stride
		op.Pad = arithmetic.Symmetric.Of(op.Window(), n.Inputs[0].Shape)
		return op
	}
	if _, ok := arithmetic.Rewrite(g, change); !ok || len(moved) == 0 {
		return nil
	}
	return []Change{{Kind: OfStride, What: "the strides of bottlenecks in the other convolution, of single pixels " +
		"or of 3×3", trial: rewriting(change)}}
}

// rewriting is the trial of a change of operations.
func rewriting(change func(n *ir.Node) ir.Op) func(trial) (trial, bool) {
	return func(t trial) (trial, bool) {
		graph, ok := arithmetic.Rewrite(t.graph, change)
		t.graph = graph
		return t, ok
	}
}
