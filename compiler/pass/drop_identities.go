package pass

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// dropIdentities removes operations that return what they are given:
//
//	Dropout x             → x, since generated code never trains
//	DropPath x            → x, likewise
//	Concat x              → x, of a single value
//	Slice(0, channels) x  → x
//	Flatten x             → x, of a vector
//	Reshape x             → x, where x has that shape
//	Transpose x           → x, where the axes keep their order
//	Affine(1, 0) x        → x
func dropIdentities(d *draft) (changed bool) {
	for _, n := range d.nodes {
		if isIdentity(n) {
			n.bypass()
			changed = true
		}
	}
	return changed
}

// isIdentity reports whether a node returns its only input.
func isIdentity(n *draftNode) bool {
	switch op := n.op.(type) {
	case ir.Dropout, ir.DropPath:
		return true
	case ir.Concat:
		return len(n.inputs) == 1
	case ir.Slice, ir.Flatten, ir.Reshape:
		return n.shape.Equal(n.input(0).shape)
	case ir.Transpose:
		return slices.IsSorted(op.Order.List())
	case ir.Affine:
		return op == ir.Affine{Factor: 1}
	}
	return false
}
