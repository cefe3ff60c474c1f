package plan

import (
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// slot is where a value lies in the concatenation of channels that reads it: from one channel on.
type slot struct {
	in      *ir.Node
	channel int
}

// findSlots finds values that can be computed where a concatenation wants them, so that it need not copy them: those
// that begin with a block there. Of several concatenations that read a value the first has it; one may be a part of
// another, as in DenseNet, where each layer adds its channels to those before.
func findSlots(g *ir.Graph) map[*ir.Node]slot {
	slots := map[*ir.Node]slot{}
	for _, n := range g.Nodes {
		if op, ok := n.Op.(ir.Concat); !ok || !joinsChannels(n, op) {
			continue
		}
		at := 0
		for _, in := range n.Inputs {
			if _, has := slots[in]; !has && at%Lanes == 0 {
				slots[in] = slot{n, at}
			}
			at += in.Shape[0]
		}
	}
	return slots
}

// joinsChannels reports whether a concatenation is one of images, by channels.
func joinsChannels(n *ir.Node, op ir.Concat) bool { return op.Axis == 0 && n.Shape.IsImage() }

// allocate returns where a step is to leave a node's blocked value: in a buffer of its own, or in a concatenation's.
func (b *planner) allocate(n *ir.Node) view {
	if v, ok := b.allocated[n]; ok {
		return v
	}
	v := fresh(blocked(n.Shape))
	if s, ok := b.slots[n]; ok {
		v = b.allocate(s.in).fromChannel(s.channel, n.Shape)
	}
	b.allocated[n] = v
	return v
}

// fromChannel returns the part of a blocked view that begins with a channel, the first of a block.
func (v view) fromChannel(channel int, s ir.Shape) view {
	at := v.value.Layout.At(channel, 0) * v.value.Layout.Type.Size()
	return view{buffer: v.buffer, offset: v.offset + at, value: blocked(s)}
}

// concat joins channels of images so that those which lie one behind the other already are not copied. Along any other
// axis, joinAlong copies.
func (b *planner) concat(n *ir.Node, op ir.Concat) {
	if !joinsChannels(n, op) {
		b.joinAlong(n, op)
		return
	}
	inputs := make([]view, len(n.Inputs))
	for i, input := range n.Inputs {
		inputs[i] = b.value(input)
	}
	b.values[n] = b.allocate(n)
	at := 0
	for i, input := range n.Inputs {
		channels := input.Shape[0]
		if at%Lanes > 0 || inputs[i] != b.values[n].fromChannel(at, input.Shape) {
			b.step(n, &kernel.CopyChannels{Out: b.operand(b.values[n]), In: b.operand(inputs[i]), To: at,
				Channels: channels, Pixels: pixelsOf(n.Shape)})
			b.steps[len(b.steps)-1].FLOPs = int64(input.Shape.Elements())
		}
		at += channels
	}
}
