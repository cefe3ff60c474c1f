package conform

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// compareHead holds what stands behind the network against its scores, which are the model's own: those were compared
// before.
func (w *walk) compareHead(outputs []verify.Array) error {
	uses := func(operator string) bool {
		return slices.ContainsFunc(w.model.Graph.Nodes, func(n verify.Node) bool { return n.Operator == operator })
	}
	scores := w.scores
	if scores.Floats == nil {
		return verify.Uncovered("no value of the model stands for the scores, %s, of the source",
			w.source.Graph.Output().Name)
	}
	classes := w.source.Graph.Output().Shape[0]
	want := slices.Clone(scores.Floats)
	if uses("Softmax") {
		for at := 0; at < len(want); at += classes {
			floats.Softmax(want[at : at+classes])
		}
	}
	tolerance := outputTolerances[computedIn(w.model, scores.Type)]
	if !uses("TopK") {
		return near(w.model.Graph.Outputs[0].Name, outputs[0].Floats, want, tolerance)
	}
	if len(outputs) != 2 || outputs[0].Floats == nil || outputs[1].Ints == nil || len(outputs[0].Dims) != 2 {
		return verify.Uncovered("top-k whose outputs are not scores and classes cannot be compared")
	}
	// The scores that come out must be the best, and must be those of the classes that come out with them.
	k := int(outputs[0].Dims[1])
	var best, named []float64
	for b := range w.input.Batch {
		row := want[b*classes : (b+1)*classes]
		for _, class := range outputs[1].Ints[b*k : (b+1)*k] {
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
