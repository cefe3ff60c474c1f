package pass

import "github.com/netc-lang/netc/compiler/ir"

// dropIdentities removes operations that return what they are given:
//
//	Dropout x             → x, since generated code never trains
//	Concat x              → x, of a single value
//	Slice(0, channels) x  → x
//	Flatten x             → x, of a vector
func dropIdentities(g *ir.Graph) (*ir.Graph, Derivations, bool) {
	return rewrite(g, func(d *draft) (changed bool) {
		for _, n := range d.nodes {
			if isIdentity(n) {
				n.bypass()
				changed = true
			}
		}
		return changed
	})
}

func isIdentity(n *draftNode) bool {
	switch n.op.(type) {
	case ir.Dropout:
		return true
	case ir.Concat:
		return len(n.inputs) == 1
	case ir.Slice, ir.Flatten:
		return n.shape.Equal(n.input(0).shape)
	}
	return false
}
