package pass

import "github.com/netc-lang/netc/compiler/ir"

// dropUnreachable removes every node that no output depends on. The network's inputs stay.
func dropUnreachable(g *ir.Graph) (*ir.Graph, Derivations, bool) {
	return rewrite(g, func(d *draft) (changed bool) {
		for i := len(d.nodes) - 1; i >= len(g.Inputs); i-- {
			n := d.nodes[i]
			if n.readers > 0 {
				continue
			}
			n.drop()
			changed = true
		}
		return changed
	})
}
