package pass

import "github.com/netc-lang/netc/compiler/ir"

// fuseActivation merges an activation into the convolution or linear layer before it, when nothing else reads that and
// it activates nothing yet:
//
//	Activation (Conv x)   → Conv(Epilogue.Activation: …) x, with or without a residual
//	Activation (Linear x) → Linear(Epilogue.Activation: …) x
//	Activation (Concat (Conv x) (Conv y)) → Concat (Conv(Epilogue.Activation: …) x) (Conv(Epilogue.Activation: …) y)
func fuseActivation(g *ir.Graph) (*ir.Graph, Derivations, bool) {
	return rewrite(g, func(d *draft) (changed bool) {
		for _, n := range d.nodes {
			act, ok := n.op.(ir.Activation)
			if !ok {
				continue
			}
			producer := n.input(0)
			if joined, ok := onlyJoined(producer); ok && all(joined, takesActivation) {
				for _, j := range joined {
					j.op, _ = withActivation(j.op, act.Function)
				}
				n.bypass()
				changed = true
			} else if takesActivation(producer) {
				fused, _ := withActivation(producer.op, act.Function)
				n.absorb(producer, fused, producer.inputs...)
				changed = true
			}
		}
		return changed
	})
}

// takesActivation reports whether an activation of the value can go into the operation that computes it.
func takesActivation(n *draftNode) bool {
	_, ok := withActivation(n.op, ir.NoFunction)
	return ok && n.readers == 1
}

// withActivation returns the op with the function in its epilogue, if it has room for one.
func withActivation(op ir.Op, f ir.Function) (ir.Op, bool) {
	switch op := op.(type) {
	case ir.Conv:
		free := op.Epilogue.Activation == ir.NoFunction
		op.Epilogue.Activation = f
		return op, free
	case ir.Linear:
		free := op.Epilogue.Activation == ir.NoFunction
		op.Epilogue.Activation = f
		return op, free
	}
	return nil, false
}
