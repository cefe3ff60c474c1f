package plan

import (
	"slices"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// operators says how each operation is planned: as a view of what is there, or as steps that make its value. A
// transposed convolution has no row: a pass has made a convolution of it.
var operators = ir.NewTable("codegen/plan/operator.go",
	row((*planner).callersValue),
	row((*planner).conv),
	row((*planner).linear),
	row((*planner).batchNorm),
	row((*planner).layerNorm),
	row(func(b *planner, n *ir.Node, op ir.Activation) {
		x, l := b.compact(n.Inputs[0])
		b.step(n, &kernel.Activate{Out: b.outputIn(n, l), In: b.operand(x), Floats: x.value.Elements(),
			Function: functionOf(op)})
	}),
	row((*planner).prelu),
	row(func(b *planner, n *ir.Node, op ir.Softmax) {
		w := b.overPixels(n, []int{op.Axis})
		b.step(n, &kernel.SoftmaxPixels{Out: b.operand(w.out.view), In: b.operand(w.in), Rows: w.rows})
		b.placeBack(n, w)
	}),
	row(func(b *planner, n *ir.Node, _ ir.MaxPool) { b.maxPool(n, windowOf(n)) }),
	row(func(b *planner, n *ir.Node, op ir.AvgPool) {
		x := b.value(n.Inputs[0])
		b.step(n, &kernel.AveragePool{
			Out: b.output(n), In: b.operand(x), Channels: n.Shape[0], Window: windowOf(n),
			CountPadding: op.CountPadding,
		})
	}),
	row((*planner).mean),
	row(func(b *planner, n *ir.Node, _ ir.GlobalMaxPool) {
		in := n.Inputs[0].Shape
		b.maxPool(n, kernel.Window{InHeight: in[1], InWidth: in[2], OutHeight: 1, OutWidth: 1,
			Size: kernel.Pair{Rows: in[1], Columns: in[2]}, Stride: kernel.Square(1), Dilation: kernel.Square(1)})
	}),
	row(func(b *planner, n *ir.Node, op ir.Pad) {
		x := b.value(n.Inputs[0])
		b.step(n, &kernel.Pad{Out: b.output(n), In: b.operand(x), Channels: n.Shape[0], Images: imagesOf(n),
			Top: op.Sides.Top, Left: op.Sides.Left, Value: float32(op.Value)})
	}),
	row(resize[ir.Upsample]),
	row(resize[ir.Resize]),
	row(func(b *planner, n *ir.Node, op ir.DepthToSpace) {
		x := b.value(n.Inputs[0])
		b.step(n, &kernel.DepthToSpace{Out: b.output(n), In: b.operand(x), Channels: n.Shape[0], Images: imagesOf(n),
			Size: op.Factor})
	}),
	row(func(b *planner, n *ir.Node, _ ir.Add) { b.elementwise(n, kernel.Plus) }),
	row(func(b *planner, n *ir.Node, _ ir.Sub) { b.combine(n, kernel.Minus) }),
	row(func(b *planner, n *ir.Node, _ ir.Mul) { b.elementwise(n, kernel.Times) }),
	row(func(b *planner, n *ir.Node, _ ir.Div) { b.combine(n, kernel.Over) }),
	row((*planner).affine),
	row((*planner).matMul),
	row((*planner).learned),
	row((*planner).concat),
	row((*planner).slice),
	row(func(b *planner, n *ir.Node, _ ir.Reshape) { b.reshape(n) }),
	row((*planner).transpose),
	row((*planner).flatten),
	row(same[ir.Dropout]),
	row(same[ir.DropPath]),
)

// row is the row of the operation that plan takes.
func row[O ir.Op](plan func(b *planner, n *ir.Node, op O)) ir.Row[func(*planner, *ir.Node, ir.Op)] {
	return ir.For[O](func(b *planner, n *ir.Node, op ir.Op) { plan(b, n, op.(O)) })
}

// node plans one node: nothing, when it is part of another, else by its operation's row. What is fused into that is
// asked for by those kernels that compute it.
func (b *planner) node(n *ir.Node) {
	if b.fused.inner[n] {
		return
	}
	op := ir.Unfuse(n.Op).Base
	operators.Of(op)(b, n, op)
}

// callersValue is an input's: it lies in the caller's memory.
func (b *planner) callersValue(n *ir.Node, _ ir.Input) {
	b.values[n] = view{input: slices.Index(b.graph.Inputs, n),
		value: kernel.Planes(kernel.F32, channelsOf(n.Shape), pixelsOf(n.Shape))}
}

// same is an operation that computes nothing.
func same[O ir.Op](b *planner, n *ir.Node, _ O) { b.values[n] = b.value(n.Inputs[0]) }

// maxPool takes the largest elements of windows.
func (b *planner) maxPool(n *ir.Node, window kernel.Window) {
	x := b.value(n.Inputs[0])
	b.step(n, &kernel.MaxPool{Out: b.output(n), In: b.operand(x), Channels: n.Shape[0], Window: window})
}

// resize gives an image the size of the result.
func resize[O ir.Resampling](b *planner, n *ir.Node, op O) {
	x, by := b.value(n.Inputs[0]), op.Interpolation()
	b.step(n, &kernel.Upsample{Out: b.output(n), In: b.operand(x), Channels: n.Shape[0], Images: imagesOf(n),
		Bilinear: by.Bilinear, AlignCorners: by.AlignCorners})
}
