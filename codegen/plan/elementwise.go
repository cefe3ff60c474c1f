package plan

import (
	"cmp"
	"slices"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
)

// What is computed element by element, or channel by channel.

// prelu multiplies what is below zero by a slope of the channel. One that all channels share is packed for each.
func (b *planner) prelu(n *ir.Node, op ir.PReLU) {
	slopes := b.read(n.Params[0])
	b.pack.begin(n)
	if op.Shared {
		slopes = slices.Repeat(slopes, n.Shape[0])
	}
	x := b.operand(b.value(n.Inputs[0]))
	b.step(n, &kernel.Prelu{
		Out: b.output(n), In: x, Slopes: b.pack.vector(slopes, n.Shape[0]),
		Channels: n.Shape[0], Pixels: pixelsOf(n.Shape),
	})
}

// batchNorm makes a factor and an offset for each channel of a batch norm that no convolution has taken in.
func (b *planner) batchNorm(n *ir.Node, op ir.BatchNorm) {
	factor, offset, err := pass.AffineOf(n, op, b.params)
	if err != nil {
		b.err = cmp.Or(b.err, err)
		factor, offset = make([]float64, n.Shape[0]), make([]float64, n.Shape[0])
	}
	b.pack.begin(n)
	x := b.operand(b.value(n.Inputs[0]))
	b.step(n, &kernel.BatchNorm{
		Out: b.output(n), In: x,
		Factors: b.pack.vector(floats.Narrow(factor), n.Shape[0]),
		Offsets: b.pack.vector(floats.Narrow(offset), n.Shape[0]), Channels: n.Shape[0], Pixels: pixelsOf(n.Shape),
	})
}

// elementwise adds or multiplies two values of one shape, or a value and a number for each of its channels; anything
// else goes axis by axis.
func (b *planner) elementwise(n *ir.Node, operator kernel.Operator) {
	value, channels := valueAndChannels(n)
	switch {
	case value == nil:
		b.combine(n, operator)
	case channels == nil:
		v, l := b.compact(n.Inputs[0])
		x, y := b.operand(v), b.operand(b.as(n.Inputs[1], l))
		out, floats := b.outputIn(n, l), v.floats()
		if operator == kernel.Plus {
			b.step(n, &kernel.Add{Out: out, A: x, B: y, Floats: floats})
			return
		}
		b.step(n, &kernel.Multiply{Out: out, A: x, B: y, Floats: floats})
	default:
		half := operator == kernel.Times && b.isHalf(value)
		x, each := b.input(value, half), b.operand(b.value(channels))
		out, count, pixels := b.outputOf(n, half), channelsOf(n.Shape), pixelsOf(n.Shape)
		if operator == kernel.Plus {
			b.step(n, &kernel.AddChannels{Out: out, In: x, Values: each, Channels: count, Pixels: pixels})
			return
		}
		b.step(n, &kernel.MultiplyChannels{Out: out, In: x, Values: each, Channels: count, Pixels: pixels})
	}
}
