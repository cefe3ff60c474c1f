package plan

import (
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// Convolutions and linear layers: which kernel computes one, and its weights.

// conv chooses the kernel of a convolution.
func (b *planner) conv(n *ir.Node, op ir.Conv) {
	input := n.Inputs[0]
	window, f := windowOf(n), fusedFunction(n)
	switch {
	case isDepthwise(n), b.fused.expands[n] != nil:
		b.depthwise(n, op, window)
	case isPlanar(n):
		residual := b.residual(n)
		weights, bias := b.planarWeights(n)
		b.step(n, &kernel.Planar{
			Out: b.output(n), In: b.operand(b.values[input]), Weights: weights, Bias: bias, Residual: residual,
			InChannels: input.Shape[0], OutChannels: op.Out, Window: window, Function: f,
		})
	case isPointwise(n):
		b.pointwise(n, op)
	case pixelsOf(input.Shape) == 1 && op.Kernel == ir.Square(1) && op.Groups == 1 && pixelsOf(n.Shape) == 1 &&
		op.Pad == ir.Padding{}:
		b.linearPixel(n, op.Bias)
	default:
		residual := b.residual(n)
		x := b.operand(b.value(input))
		weight, bias := b.valuesOf(n, op.Bias)
		weights, biases := b.pack.conv(weight, op.Groups, input.Shape[0], op.Out, op.Kernel.Area()),
			b.pack.vector(bias, op.Out)
		if prefersWinograd(op.Groups, input.Shape[0], op.Out, window) {
			b.step(n, &kernel.Winograd{
				Out: b.output(n), In: x, Weights: weights, Bias: biases, Residual: residual,
				InChannels: input.Shape[0], OutChannels: op.Out, Window: window, Function: f,
			})
			return
		}
		b.step(n, &kernel.Conv{
			Out: b.output(n), In: x, Weights: weights, Bias: biases, Residual: residual,
			Groups: op.Groups, InChannels: input.Shape[0], OutChannels: op.Out, Window: window, Function: f,
		})
	}
}

// planarWeights packs the weight and bias of a convolution of the image.
func (b *planner) planarWeights(n *ir.Node) (weights, bias kernel.Ref) {
	op := mustConv(n)
	weight, values := b.valuesOf(n, op.Bias)
	return b.pack.rows(weight, op.Out, n.Inputs[0].Shape[0]*op.Kernel.Area()), b.pack.vector(values, op.Out)
}

// pointwise makes the step of a 1×1 convolution of an image, [in, H, W] → [out, H, W]. Factors of its input's channels
// that are fused into it (fusions.scales) are an operand of the step, which multiplies the weights by them.
func (b *planner) pointwise(n *ir.Node, op ir.Conv) {
	half := b.half
	residual, input := b.residualOf(n, half), n.Inputs[0]
	var scale kernel.Ref
	var merged []*ir.Node
	if mul := b.fused.scales[n]; mul != nil {
		value, channels := valueAndChannels(mul)
		input, scale = value, b.operand(b.value(channels))
		merged = []*ir.Node{mul}
	}
	x := b.input(input, half)
	weights, bias := b.denseWeights(n, op.Bias, input.Shape[0], op.Out)
	b.step(n, &kernel.Pointwise{
		Out: b.outputOf(n, half), In: x, Weights: weights, Bias: bias, Residual: residual, Scale: scale,
		InChannels: input.Shape[0], OutChannels: op.Out, Pixels: pixelsOf(n.Shape), Function: fusedFunction(n),
	}, merged...)
}

// depthwise makes the step of a depthwise convolution: by itself, or together with the convolution before it, of the
// caller's image or 1×1 (fusions.expands); or that of a convolution of groups of eight with the 1×1 one before it.
// Weights are packed in the order in which the kernel names them.
func (b *planner) depthwise(n *ir.Node, op ir.Conv, window kernel.Window) {
	half := b.half && kernel.HasHalfSlide(&window)
	residual, f := b.residualOf(n, half), fusedFunction(n)
	weight, values := b.valuesOf(n, op.Bias)
	pack := func() (weights, bias kernel.Ref) {
		b.pack.begin(n)
		if !isDepthwise(n) {
			return b.pack.conv(weight, op.Groups, op.Out, op.Out, op.Kernel.Area()), b.pack.vector(values, op.Out)
		}
		return b.pack.rows(weight, op.Out, op.Kernel.Area()), b.pack.vector(values, op.Out)
	}
	switch expand := b.fused.expands[n]; {
	case expand == nil:
		x := b.input(n.Inputs[0], half)
		weights, bias := pack()
		b.step(n, &kernel.Depthwise{
			Out: b.outputOf(n, half), In: x, Weights: weights, Bias: bias, Residual: residual, Sums: b.sumsOf(n),
			Channels: op.Out, Window: window, Function: f,
		})
	case isPlanar(expand):
		image := expand.Inputs[0]
		planarWeights, planarBias := b.planarWeights(expand)
		weights, bias := pack()
		b.step(n, &kernel.PlanarDepthwise{
			Out: b.outputOf(n, half), In: b.operand(b.values[image]), Weights: planarWeights, Bias: planarBias,
			DepthwiseWeights: weights, DepthwiseBias: bias, Sums: b.sumsOf(n),
			InChannels: image.Shape[0], Channels: op.Out,
			PlanarWindow: windowOf(expand), PlanarFunction: fusedFunction(expand),
			Window: window, Function: f,
		}, expand)
	default:
		first, input := mustConv(expand), expand.Inputs[0]
		x := b.input(input, half)
		expandWeights, expandBias := b.denseWeights(expand, first.Bias, input.Shape[0], first.Out)
		weights, bias := pack()
		b.step(n, &kernel.ExpandDepthwise{
			Out: b.outputOf(n, half), In: x, Weights: expandWeights, Bias: expandBias,
			DepthwiseWeights: weights, DepthwiseBias: bias, Sums: b.sumsOf(n),
			InChannels: input.Shape[0], Channels: op.Out, ExpandFunction: fusedFunction(expand),
			Window: window, Function: f, Eights: !isDepthwise(n),
		}, expand)
	}
}

// sumsOf makes room for the sums that the step to come leaves, if the means of its channels are wanted. One row for
// every row of the output is the most that a kernel can leave.
func (b *planner) sumsOf(n *ir.Node) kernel.Ref {
	if !b.fused.summed[n] {
		return kernel.Ref{}
	}
	b.sums[n] = len(b.steps)
	return b.operand(fresh(kernel.Blocked(kernel.F32, n.Shape[0], n.Shape[1])))
}

// linear multiplies each vector along the last axis with a matrix.
func (b *planner) linear(n *ir.Node, op ir.Linear) {
	if len(n.Shape) > 1 {
		b.linearRows(n, op.Bias)
		return
	}
	b.linearPixel(n, op.Bias)
}

// linearPixel multiplies one vector, [in] → [out]: in a linear layer, or a 1×1 convolution of a single pixel.
func (b *planner) linearPixel(n *ir.Node, hasBias bool) {
	residual := b.residual(n)
	inputs, outputs := n.Inputs[0].Shape[0], n.Shape[0]
	x := b.operand(b.value(n.Inputs[0]))
	weights, bias := b.denseWeights(n, hasBias, inputs, outputs)
	b.step(n, &kernel.Linear{
		Out: b.output(n), In: x, Weights: weights, Bias: bias, Residual: residual,
		InChannels: inputs, OutChannels: outputs, Function: fusedFunction(n),
	})
}

// denseWeights packs the weight and bias of a node that multiplies a matrix with every pixel.
func (b *planner) denseWeights(n *ir.Node, hasBias bool, inputs, outputs int) (weights, bias kernel.Ref) {
	weight, values := b.valuesOf(n, hasBias)
	return b.pack.conv(weight, 1, inputs, outputs, 1), b.pack.vector(values, outputs)
}

// windowOf returns how a node's window slides over its first input.
func windowOf(n *ir.Node) kernel.Window {
	w, ok := ir.WindowOf(n.Op)
	if !ok {
		panic("plan: " + n.Name + " has no window")
	}
	in := n.Inputs[0].Shape
	return kernel.Window{
		InHeight: in[1], InWidth: in[2], OutHeight: n.Shape[1], OutWidth: n.Shape[2],
		Size: pairOf(w.Kernel), Stride: pairOf(w.Stride), Dilation: pairOf(w.Dilation),
		Top: w.Pad.Top, Left: w.Pad.Left,
	}
}

func pairOf(p ir.Pair) kernel.Pair { return kernel.Pair{Rows: p.Height, Columns: p.Width} }
