package pass

import "github.com/netc-lang/netc/compiler/ir"

// fixSizes takes from each Resize the image that it has its size from, for a graph whose sizes stay what they are:
//
//	Resize() x like  →  Resize(Size: 7×9) x
func fixSizes(d *draft) (changed bool) {
	for _, n := range d.nodes {
		op, ok := n.op.(ir.Resize)
		if !ok || len(n.inputs) < 2 {
			continue
		}
		op.Size = ir.Pair{Height: n.shape[1], Width: n.shape[2]}
		n.op, changed = op, true
		n.keepInputs(1)
	}
	return changed
}
