package pass

import "github.com/netc-lang/netc/compiler/ir"

// foldBatchNorm merges a batch norm into the convolution before it, when nothing else reads that convolution:
//
//	BatchNorm (Conv x)    → Conv(Bias: true) x
//
// The convolution keeps its name, and so do its parameters, whose values are derived (see Fold). A batch norm that
// neither this pass nor foldConcatBatchNorm can merge stays; the plan makes a per-channel affine step of it.
func foldBatchNorm(g *ir.Graph) (*ir.Graph, Derivations, bool) {
	return rewrite(g, func(d *draft) (changed bool) {
		for _, n := range d.nodes {
			if _, ok := n.op.(ir.BatchNorm); !ok {
				continue
			}
			producer := n.input(0)
			conv, ok := producer.op.(ir.Conv)
			if !ok || !foldable(producer) {
				continue
			}
			d.fold(producer, g.Nodes[n.position], 0)
			conv.Bias = true
			n.absorb(producer, conv, producer.input(0))
			changed = true
		}
		return changed
	})
}
