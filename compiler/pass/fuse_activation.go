package pass

import "github.com/netc-lang/netc/compiler/ir"

// fuseActivation merges an activation into the convolution or linear layer before it, when nothing else reads that and
// it activates nothing yet:
//
//	Activation (Conv x)   → Conv -> Activation x, with or without a residual
//	Activation (Linear x) → Linear -> Activation x
//	Activation (Concat (Conv x) (Conv y)) → Concat (Conv -> Activation x) (Conv -> Activation y)
func fuseActivation(d *draft) (changed bool) {
	d.lowered = true
	for _, n := range d.nodes {
		act, ok := n.op.(ir.Activation)
		if !ok {
			continue
		}
		producer := n.input(0)
		if joined, ok := onlyJoined(producer); ok && all(joined, takesActivation) {
			for _, j := range joined {
				j.op = withActivation(j.op, act)
			}
			n.bypass()
			changed = true
		} else if takesActivation(producer) {
			n.absorb(producer, withActivation(producer.op, act), producer.inputs...)
			changed = true
		}
	}
	return changed
}

// takesActivation reports whether an activation of the value can go into the operation that computes it.
func takesActivation(n *draftNode) bool {
	fused := ir.Unfuse(n.op)
	if fused.Activation != (ir.Activation{}) || n.readers != 1 {
		return false
	}
	switch fused.Base.(type) {
	case ir.Conv, ir.Linear:
		return true
	}
	return false
}

func withActivation(op ir.Op, act ir.Activation) ir.Op {
	fused := ir.Unfuse(op)
	fused.Activation = act
	return fused
}
