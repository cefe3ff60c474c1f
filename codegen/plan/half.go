package plan

import (
	"reflect"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// Arithmetic of float16. Where a kernel of it computes a node, the node's value is float16, in blocks of 32 channels;
// everything else computes with float32 as ever. A value that is of one type, and read as the other, is converted by a
// step of its own, once. What kernels of float16 compute are
//
//	1×1 convolutions of images, with what is merged into them
//	depthwise convolutions whose windows have routines, with the 1×1 convolution or that of the image before them
//	means of channels, and products with a factor for every channel, of values that are float16

// asHalf returns a node's value as float16.
func (b *planner) asHalf(n *ir.Node) view {
	if v, ok := b.halves[n]; ok {
		return v
	}
	from := b.value(n)
	to := fresh(kernel.HalfBlocks(channelsOf(n.Shape), pixelsOf(n.Shape)))
	b.convert(n, to, from)
	b.halves[n] = to
	return to
}

// widened makes sure that a node's value is there as float32.
func (b *planner) widened(n *ir.Node) {
	from, ok := b.halves[n]
	if _, wide := b.values[n]; !ok || wide {
		return
	}
	to := b.allocate(n)
	b.convert(n, to, from)
	b.values[n] = to
}

func (b *planner) convert(n *ir.Node, to, from view) {
	b.step(n, &kernel.Cast{Out: b.operand(to), In: b.operand(from), Channels: channelsOf(n.Shape),
		Pixels: pixelsOf(n.Shape)})
	b.steps[len(b.steps)-1].FLOPs = int64(n.Shape.Elements())
}

// input returns a node's value as an operand of a kernel that computes with either type.
func (b *planner) input(n *ir.Node, half bool) kernel.Ref {
	if half {
		return b.operand(b.asHalf(n))
	}
	return b.operand(b.value(n))
}

// outputOf makes the buffer in which such a kernel leaves a node's value.
func (b *planner) outputOf(n *ir.Node, half bool) kernel.Ref {
	if !half {
		return b.output(n)
	}
	b.halves[n] = fresh(kernel.HalfBlocks(channelsOf(n.Shape), pixelsOf(n.Shape)))
	return b.operand(b.halves[n])
}

// residualOf returns such a kernel's residual.
func (b *planner) residualOf(n *ir.Node, half bool) kernel.Ref {
	if len(n.Inputs) < 2 {
		return kernel.Ref{}
	}
	return b.input(n.Inputs[1], half)
}

// isHalf reports whether a value is float16 where it was computed.
func (b *planner) isHalf(n *ir.Node) bool {
	_, half := b.halves[n]
	_, wide := b.values[n]
	return half && !wide
}

// computesLike reports whether a plan has no step that computes with float16.
func (p *Plan) computesLike(floats *Plan) bool {
	if len(p.Steps) != len(floats.Steps) {
		return false
	}
	for i := range p.Steps {
		if !reflect.DeepEqual(p.Steps[i], floats.Steps[i]) {
			return false
		}
	}
	return true
}
