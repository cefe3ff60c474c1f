package pass

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// dropUnreachable removes every node that no output depends on. The network's inputs stay.
func dropUnreachable(d *draft) (changed bool) {
	for _, n := range slices.Backward(d.nodes) {
		if _, isInput := n.op.(ir.Input); isInput || n.readers > 0 {
			continue
		}
		n.drop()
		changed = true
	}
	return changed
}
