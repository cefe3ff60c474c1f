package weights

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/pass"
)

// Exporters merge each batch norm into the convolution before it, and so leave a weight and a bias of what was a weight and
// four vectors. Such tensors bind to the merged graph, and the batch norms of the network become ones that only add the bias.

// bindFolded binds to the graph whose batch norms are merged, or returns nil when that fits no better.
func (f *fitter) bindFolded(candidates []*mapping.Mapping) *Binding {
	folded, _ := pass.Run(pass.Export(true), f.graph, nil, nil)
	merged := mergedNorms(f.graph, folded)
	if len(merged) == 0 {
		return nil
	}
	inner := &fitter{graph: folded, options: f.options, tensors: f.tensors, prefix: f.prefix}
	if inner.readParams() != nil {
		return nil
	}
	b, err := inner.choose(candidates)
	if err != nil {
		return nil
	}
	tensors := map[string]Bound{}
	for _, bound := range b.Bound {
		tensors[bound.Param.Name] = bound
	}
	b.Bound, b.byName, b.Folded = nil, map[string]int{}, true
	for i, bound := range f.params {
		bound.Tensor = tensors[bound.Param.Name].Tensor
		if conv, ok := merged[bound.node]; ok {
			bound.Tensor, bound.fill = nil, normFill(bound)
			if bound.Param.Role == ir.Shift && conv.Param(ir.Bias) == nil {
				bound.Tensor, bound.fill = tensors[conv.Name+"."+ir.Bias.Field()].Tensor, nil
			}
		}
		b.byName[bound.Param.Name] = i
		b.Bound = append(b.Bound, bound)
	}
	return b
}

// mergedNorms returns the batch norms that are gone, each with the convolution before it.
func mergedNorms(g, folded *ir.Graph) map[*ir.Node]*ir.Node {
	left := map[string]bool{}
	for _, n := range folded.Nodes {
		left[n.Name] = true
	}
	merged := map[*ir.Node]*ir.Node{}
	for _, n := range g.Nodes {
		if _, ok := n.Op.(ir.BatchNorm); ok && !left[n.Name] && left[n.Inputs[0].Name] {
			merged[n] = n.Inputs[0]
		}
	}
	return merged
}

// normFill returns the value of a parameter of a batch norm that changes nothing. Its variance makes up for the epsilon: the factor
// that results differs from 1 by less than half the distance of neighbouring float32 numbers, so that merging it again gives the
// same weights.
func normFill(bound Bound) *float32 {
	value := float32(0)
	switch bound.Param.Role {
	case ir.Scale:
		value = 1
	case ir.RunningVariance:
		value = float32(1 - bound.node.Op.(ir.BatchNorm).Epsilon)
	}
	return &value
}
