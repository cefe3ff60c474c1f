package eval

import (
	"fmt"
	"math/rand/v2"

	"github.com/netc-lang/netc/compiler/ir"
)

// randomSharing applies layers of a random graph again, with the weights that they have. Its numbers by chance are its
// own, so that the rest of a graph is the same with it and without.
type randomSharing struct {
	*rand.Rand
	shared  []*ir.Node // those that may be applied again
	applied int        // how often one was
}

// of returns the sharing of a new node: one in three may be applied again.
func (s *randomSharing) of(name string) ir.Sharing {
	if s.IntN(3) > 0 {
		return ir.Sharing{}
	}
	return ir.Sharing{Layer: "layer." + name, At: name}
}

// made notes a node that may be applied again.
func (s *randomSharing) made(n *ir.Node) {
	if n.Shared != (ir.Sharing{}) && len(n.Params) > 0 && len(n.Inputs) == 1 {
		s.shared = append(s.shared, n)
	}
}

// again applies up to three of the shared layers to some value that they fit, and to its result what follows them, if
// that is shared, too: a batch norm perhaps, which lowering merges into them. It returns the last node of each.
func (s *randomSharing) again(b *ir.Builder, nodes []*ir.Node) (ends []*ir.Node) {
	for _, i := range s.Perm(len(s.shared)) {
		layer := s.shared[i]
		n := s.fitting(b, layer, nodes)
		if n == nil {
			continue
		}
		for _, next := range s.shared {
			if next.Inputs[0] != layer {
				continue
			}
			if behind := s.apply(b, next, n); behind != nil {
				n = behind
				break
			}
		}
		if ends = append(ends, n); len(ends) == 3 {
			break
		}
	}
	return ends
}

// fitting applies a layer to one of the values, or returns nil if it fits none.
func (s *randomSharing) fitting(b *ir.Builder, layer *ir.Node, nodes []*ir.Node) *ir.Node {
	for _, i := range s.Perm(len(nodes)) {
		if n := s.apply(b, layer, nodes[i]); n != nil {
			return n
		}
	}
	return nil
}

// apply applies a layer to a value, or returns nil where it does not fit or where either is large.
func (s *randomSharing) apply(b *ir.Builder, layer, x *ir.Node) *ir.Node {
	if x.Shape.Elements() > mostElements || layer.Shape.Elements() > mostElements {
		return nil
	}
	name := fmt.Sprintf("again%d", s.applied)
	n, err := b.AddShared(name, ir.Sharing{Layer: layer.Shared.Layer, At: name}, layer.Op, nil, x)
	if err != nil {
		return nil
	}
	s.applied++
	return n
}
