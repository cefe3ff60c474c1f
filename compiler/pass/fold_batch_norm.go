package pass

import "github.com/netc-lang/netc/compiler/ir"

// foldBatchNorm merges a batch norm into the convolution before it, when nothing else reads that convolution:
//
//	BatchNorm (Conv x)    → Conv(Bias: true) x
//
// The convolution keeps its name, and so do its parameters, whose values are derived (see Fold). A batch norm that
// neither this pass nor foldBatchNormOfConcat can merge stays; the plan makes a per-channel affine step of it.
//
// A convolution whose weights are shared takes in a batch norm that shares its own, if all applications do: one, for
// only what stands directly behind each is compared.
func foldBatchNorm(d *draft) (changed bool) {
	norms := sharedNorms(d)
	folded := map[*draftNode]bool{} // convolutions whose weights are shared, and have taken in theirs
	for _, n := range d.nodes {
		if _, ok := n.op.(ir.BatchNorm); !ok {
			continue
		}
		producer := n.input(0)
		conv, ok := producer.op.(ir.Conv)
		if !ok || !foldable(producer) {
			continue
		}
		by, shared := norms[producer.path()]
		if shared && (by == "" || folded[producer]) {
			continue // another application of the convolution cannot fold it
		}
		if !producer.shared.Again {
			d.fold(producer, n.of, 0)
		}
		conv.Bias = true
		n.absorb(producer, conv, producer.input(0))
		folded[n], changed = shared, true
	}
	return changed
}

// sharedNorms returns, for the path of each convolution whose weights are shared, that of the batch norm which all its
// applications can fold, or "" where they differ.
func sharedNorms(d *draft) map[string]string {
	norms := map[string]string{}
	of := map[*draftNode]string{} // the batch norms' paths by what they read
	for _, n := range d.nodes {
		if _, ok := n.op.(ir.BatchNorm); ok && !n.gone {
			of[n.input(0)] = n.path()
		}
	}
	for _, n := range d.nodes {
		if _, ok := n.op.(ir.Conv); !ok || n.gone || n.shared == (ir.Sharing{}) {
			continue
		}
		norm, path := of[n], n.path()
		if before, again := norms[path]; !foldable(n) || again && before != norm {
			norm = ""
		}
		norms[path] = norm
	}
	return norms
}
