package plan

import (
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// resize plans an operation that makes an image larger or smaller without computing with neighbours' weights.
func (b *planner) resize(n *ir.Node) {
	in := b.operand(b.value(n.Inputs[0]))
	from := n.Inputs[0].Shape
	images := kernel.Images{InHeight: from[1], InWidth: from[2], OutHeight: n.Shape[1], OutWidth: n.Shape[2]}
	switch op := n.Op.(type) {
	case ir.Pad:
		b.step(n, &kernel.Pad{Out: b.output(n), In: in, Channels: n.Shape[0], Images: images,
			Top: op.Sides.Top, Left: op.Sides.Left, Value: float32(op.Value)})
	case ir.Upsample:
		b.step(n, &kernel.Upsample{Out: b.output(n), In: in, Channels: n.Shape[0], Images: images,
			Bilinear: op.Bilinear, AlignCorners: op.AlignCorners})
	case ir.DepthToSpace:
		b.step(n, &kernel.DepthToSpace{Out: b.output(n), In: in, Channels: n.Shape[0], Images: images, Size: op.Factor})
	default:
		panic("plan: " + n.Name + " resizes nothing")
	}
}
