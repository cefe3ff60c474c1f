package pass

import "github.com/netc-lang/netc/compiler/ir"

// foldBatchNormOfConcat merges a batch norm of joined convolutions into each of them, when nothing else reads any:
//
//	BatchNorm (Concat (Conv x) (Conv y))    → Concat (Conv(Bias: true) x) (Conv(Bias: true) y)
//
// Each convolution takes the factors and offsets of its own channels. What is joined may be joined values itself.
func foldBatchNormOfConcat(d *draft) (changed bool) {
	for _, n := range d.nodes {
		if _, ok := n.op.(ir.BatchNorm); !ok {
			continue
		}
		joined, ok := onlyJoined(n.input(0))
		if !ok || !all(joined, foldableAlone) {
			continue
		}
		channel := 0
		for _, producer := range joined {
			conv := producer.op.(ir.Conv)
			d.fold(producer, n.of, channel)
			channel += conv.Out
			conv.Bias = true
			producer.op = conv
		}
		n.bypass()
		changed = true
	}
	return changed
}

// foldable reports whether a batch norm of the value can go into the operation that computes it.
func foldable(n *draftNode) bool {
	_, ok := n.op.(ir.Conv)
	return ok && n.readers == 1
}

// foldableAlone is foldable for one whose weights no other has.
func foldableAlone(n *draftNode) bool { return foldable(n) && n.shared == (ir.Sharing{}) }

// onlyJoined returns what a Concat along the channels that has one reader joins, in order, and for those that are such
// themselves what they join.
func onlyJoined(n *draftNode) (joined []*draftNode, ok bool) {
	if op, ok := n.op.(ir.Concat); !ok || op.Axis != 0 || n.readers != 1 {
		return nil, false
	}
	for i := range n.inputs {
		if inner, ok := onlyJoined(n.input(i)); ok {
			joined = append(joined, inner...)
		} else {
			joined = append(joined, n.input(i))
		}
	}
	return joined, true
}

func all(nodes []*draftNode, holds func(*draftNode) bool) bool {
	for _, n := range nodes {
		if !holds(n) {
			return false
		}
	}
	return true
}
