package pass

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// fuseActivation merges an activation into the convolution or linear layer before it, when nothing else reads that and it
// activates nothing yet:
//
//	Activation (Conv x)   → Conv(Epilogue.Activation: …) x, with or without a residual
//	Activation (Linear x) → Linear(Epilogue.Activation: …) x
func fuseActivation(g *ir.Graph, set params.Set) (*ir.Graph, params.Set, bool) {
	return rewrite(g, set, func(d *draft) (changed bool) {
		for _, n := range d.nodes {
			act, ok := n.op.(ir.Activation)
			if !ok {
				continue
			}
			producer := n.input(0)
			fused, ok := withActivation(producer.op, act.Function)
			if !ok || producer.readers != 1 {
				continue
			}
			n.absorb(producer, fused, producer.inputs...)
			changed = true
		}
		return changed
	})
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
