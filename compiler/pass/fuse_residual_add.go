package pass

import "github.com/netc-lang/netc/compiler/ir"

// fuseResidualAdd merges an addition into a convolution that makes one of its inputs, when nothing else reads that
// convolution, it is a plain convolution and both inputs have one shape:
//
//	Add (Conv x) y        → Conv -> Add x y
//	Add y (Conv x)        → the same
//
// Of two such convolutions it takes the one that stands later. The merged convolution stands at the addition's place,
// so y always stands before it.
func fuseResidualAdd(d *draft) (changed bool) {
	d.lowered = true
	for _, n := range d.nodes {
		if _, ok := n.op.(ir.Add); !ok {
			continue
		}
		producer, other := n.input(0), n.input(1)
		if !producer.shape.Equal(other.shape) {
			continue
		}
		if other.position > producer.position {
			producer, other = other, producer
		}
		if !takesResidual(producer) {
			producer, other = other, producer
		}
		if !takesResidual(producer) {
			continue
		}
		n.absorb(producer, ir.Fused{Base: producer.op, Residual: true}, producer.input(0), other)
		changed = true
	}
	return changed
}

// takesResidual reports whether an addition can go into the operation that computes the value: into a convolution that
// nobody else reads, and that has no epilogue yet.
func takesResidual(n *draftNode) bool {
	_, ok := n.op.(ir.Conv)
	return ok && n.readers == 1
}
