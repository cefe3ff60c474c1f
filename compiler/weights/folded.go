package weights

import (
	"slices"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/layout"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/pass"
)

// Exporters merge each batch norm into the convolution before it, and so leave a weight and a bias of what was a weight
// and four vectors. Such tensors bind to the merged graph, and the batch norms of the network become ones that only add
// the bias.

// bindFolded binds to the graph whose batch norms are merged, or returns nil when that fits no better. netc merges
// those of joined convolutions too, other exporters do not.
func (f *fitter) bindFolded(candidates []*mapping.Mapping) *Binding {
	for _, pipeline := range []pass.Pipeline{pass.Adjacent, pass.Export(true, false)} {
		folded, derived := pass.Run(pipeline, f.graph, nil)
		merged := mergedNorms(f.graph, derived)
		if len(merged) == 0 {
			continue
		}
		inner := &fitter{graph: folded, options: f.options, part: f.part, found: f.finder()}
		if inner.readParams() != nil {
			continue
		}
		if b, err := inner.choose(candidates); err == nil && f.unfold(b, merged) {
			return b
		}
	}
	return nil
}

// unfold makes a binding to the merged graph one to the graph, and reports whether that can be done.
func (f *fitter) unfold(b *Binding, merged map[*ir.Node][]*ir.Node) bool {
	tensors := map[string]*stored.Tensor{}
	layouts := map[string]layout.Layout{}
	for _, bound := range b.Bound {
		tensors[bound.Param.Name], layouts[bound.Param.Name] = bound.Tensor, bound.Layout
	}
	for norm := range merged {
		if norm.Op.(ir.BatchNorm).NoShift {
			return false // nothing of it could take the bias
		}
	}
	b.Bound, b.byName, b.Folded = nil, map[string]int{}, true
	for i, bound := range f.params {
		bound.Tensor, bound.Layout = tensors[bound.Param.Name], layouts[bound.Param.Name]
		if convs, ok := merged[bound.node]; ok {
			bound.Tensor, bound.fill = nil, normFill(bound)
			if bound.Param.Role == ir.Shift {
				if bound.Tensor, ok = takeBiases(convs, tensors); !ok {
					return false
				}
				if bound.Tensor != nil {
					bound.fill = nil
				}
			}
		}
		b.byName[bound.Param.Name] = i
		b.Bound = append(b.Bound, bound)
	}
	return true
}

// takeBiases returns what a batch norm shifts by when it took the biases that the merged convolutions have and those of
// the network have not, or nil when there are none. Each is taken once: a convolution may have two batch norms behind
// it.
func takeBiases(convs []*ir.Node, tensors map[string]*stored.Tensor) (shift *stored.Tensor, ok bool) {
	parts := make([]*stored.Tensor, len(convs))
	var kind stored.Type
	for i, conv := range convs {
		name := conv.Path() + "." + ir.Bias.Field()
		if t := tensors[name]; t != nil && conv.Param(ir.Bias) == nil {
			if kind != "" && kind != t.Type || t.Stride != nil && !stored.RowMajor(t.Shape, t.Stride) {
				return nil, false
			}
			parts[i], kind = t, t.Type
			delete(tensors, name)
		}
	}
	switch {
	case kind == "":
		return nil, true
	case len(parts) == 1:
		return parts[0], true
	}
	for i, conv := range convs {
		if parts[i] == nil {
			parts[i] = stored.Zeros(kind, int64(conv.Shape[0]))
		}
	}
	return stored.Join(parts), true
}

// mergedNorms returns the batch norms that were merged, each with the convolutions that it went into, in the order of
// its channels.
func mergedNorms(g *ir.Graph, derived pass.Derivations) map[*ir.Node][]*ir.Node {
	type part struct {
		conv    *ir.Node
		channel int
	}
	parts := map[string][]part{} // by the name of the batch norm
	for _, n := range g.Nodes {
		if n.Shared.Again {
			continue
		}
		for _, fold := range derived[n.Path()+"."+ir.Weight.Field()].Folds {
			parts[fold.Norm.Name] = append(parts[fold.Norm.Name], part{n, fold.Channel})
		}
	}
	merged := map[*ir.Node][]*ir.Node{}
	for _, n := range g.Nodes {
		slices.SortFunc(parts[n.Name], func(a, b part) int { return a.channel - b.channel })
		for _, p := range parts[n.Name] {
			merged[n] = append(merged[n], p.conv)
		}
	}
	return merged
}

// normFill returns the value of a parameter of a batch norm that changes nothing. Its variance makes up for the
// epsilon: the factor that results differs from 1 by less than half the distance of neighbouring float32 numbers, so
// that merging it again gives the same weights.
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
