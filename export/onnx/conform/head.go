package conform

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// head is what stands between the network's result and the model's outputs.
type head struct{ softmax, topK bool }

// stands reports whether anything does.
func (h head) stands() bool { return h.softmax || h.topK }

// headOf returns what the model computes of the network's result. A softmax within the network, or at its end, is the
// network's own: what the model has at an output beyond as many as the network has there is the head's.
func headOf(m *verify.Model, g *ir.Graph) (h head) {
	made := map[string]verify.Node{}
	for _, n := range m.Graph.Nodes {
		for _, out := range n.Outputs {
			made[out] = n
		}
	}
	for i, out := range m.Graph.Outputs {
		softmaxes, ranked := behind(made, out.Name)
		if ranked {
			i = 0 // scores and classes are of the network's one output
		}
		own := 0
		if i < len(g.Outputs) {
			own = ownSoftmaxes(g.Outputs[i].Node)
		}
		h.topK = h.topK || ranked
		h.softmax = h.softmax || softmaxes > own
	}
	return h
}

// behind counts the softmaxes that end in a value, of which made says what computes it, and reports whether top-k ranks
// what they make.
func behind(made map[string]verify.Node, value string) (softmaxes int, ranked bool) {
	switch n := made[value]; n.Operator {
	case "Cast", "Identity", "Reshape", "Flatten":
		return behind(made, n.Inputs[0])
	case "Softmax":
		softmaxes, ranked = behind(made, n.Inputs[0])
		return softmaxes + 1, ranked
	case "TopK":
		softmaxes, _ = behind(made, n.Inputs[0])
		return softmaxes, true
	}
	return 0, false
}

// ownSoftmaxes counts those that end in a node.
func ownSoftmaxes(n *ir.Node) int {
	switch n.Op.(type) {
	case ir.Softmax:
		return 1 + ownSoftmaxes(n.Inputs[0])
	case ir.Reshape, ir.Flatten:
		return ownSoftmaxes(n.Inputs[0])
	}
	return 0
}

// compareHead holds what stands behind the network against its scores, which are the model's own: those were compared
// before.
func (w *walk) compareHead(outputs []verify.Array) error {
	scores := w.scores
	if scores.Floats == nil {
		return verify.Uncovered("no value of the model stands for the scores, %s, of the source",
			w.source.Graph.Output().Name)
	}
	classes := w.source.Graph.Output().Shape[0]
	want := slices.Clone(scores.Floats)
	if w.head.softmax {
		for at := 0; at < len(want); at += classes {
			floats.Softmax(want[at : at+classes])
		}
	}
	tolerance := outputTolerances[computedIn(w.model, scores.Type)]
	if !w.head.topK {
		if len(outputs) != 1 {
			return verify.Uncovered("softmax behind a network cannot be compared in a model of %d outputs",
				len(outputs))
		}
		return near(w.model.Graph.Outputs[0].Name, outputs[0].Floats, want, tolerance)
	}
	if len(outputs) != 2 || outputs[0].Floats == nil || outputs[1].Ints == nil || len(outputs[0].Dims) != 2 ||
		!slices.Equal(outputs[0].Dims, outputs[1].Dims) || int(outputs[0].Dims[1]) > classes {
		return verify.Uncovered("top-k whose outputs are not scores and classes cannot be compared")
	}
	// The scores that come out must be the best, and must be those of the classes that come out with them.
	k := int(outputs[0].Dims[1])
	var best, named []float64
	for b := range w.input.Batch {
		row := want[b*classes : (b+1)*classes]
		for _, class := range outputs[1].Ints[b*k : (b+1)*k] {
			if class < 0 || class >= int64(classes) {
				return fmt.Errorf("the output %s says class %d, of %d", w.model.Graph.Outputs[1].Name, class, classes)
			}
			named = append(named, row[class])
		}
		sorted := slices.Clone(row)
		slices.SortFunc(sorted, func(x, y float64) int { return cmp.Compare(y, x) })
		best = append(best, sorted[:k]...)
	}
	if err := near(w.model.Graph.Outputs[0].Name, outputs[0].Floats, best, tolerance); err != nil {
		return err
	}
	return near(w.model.Graph.Outputs[1].Name, outputs[0].Floats, named, tolerance)
}

// near compares an output with what it should be.
func near(name string, got, want []float64, tolerance float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("the output %s has %d values, not %d", name, len(got), len(want))
	}
	d := spread{}
	d.add(got, floats.Narrow(want))
	if !d.within(tolerance) {
		return fmt.Errorf("the output %s differs from the source by %.3g; its largest value is %.3g", name,
			d.difference, d.largest)
	}
	return nil
}
