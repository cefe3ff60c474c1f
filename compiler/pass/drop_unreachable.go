package pass

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// dropUnreachable removes every node that no output depends on, and its parameters' values. The network's input stays.
func dropUnreachable(g *ir.Graph, set params.Set) (*ir.Graph, params.Set, bool) {
	nodes := g.Nodes
	return rewrite(g, set, func(d *draft) (changed bool) {
		for i := len(d.nodes) - 1; i > 0; i-- {
			n := d.nodes[i]
			if n.readers > 0 {
				continue
			}
			n.drop()
			for _, p := range nodes[i].Params {
				if d.values != nil {
					d.setValue(p.Name, nil)
				}
			}
			changed = true
		}
		return changed
	})
}
