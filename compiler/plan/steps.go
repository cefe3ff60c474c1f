package plan

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
)

// node plans one node: a view, or steps that make its value.
func (b *planner) node(n *ir.Node) {
	in := make([]view, len(n.Inputs))
	for i, node := range n.Inputs {
		in[i] = b.values[node]
	}
	switch op := n.Op.(type) {
	case ir.Input:
		b.values[n] = view{nil, 0, n.Shape.Elements()}
	case ir.Flatten, ir.Dropout:
		b.values[n] = in[0]
	case ir.Slice:
		pixels := n.Shape[1] * n.Shape[2]
		b.values[n] = view{in[0].buffer, in[0].offset + op.From*pixels, n.Shape.Elements()}
	case ir.Conv:
		b.conv(n, op, in)
	case ir.Linear:
		b.linear(n, op.Out, op.Bias, op.Epilogue, in)
	case ir.BatchNorm:
		b.affine(n, op, in[0])
	case ir.Activation:
		b.step(n, Activate{op.Function}, b.inPlace(n, in, in[0]), in[0])
	case ir.MaxPool:
		kernel := MaxPool{n.Shape[0], windowOf(n, op.Kernel, op.Stride, 1, op.Pad)}
		b.step(n, kernel, b.fresh(n), in[0])
	case ir.AvgPool:
		kernel := AveragePool{n.Shape[0], windowOf(n, op.Kernel, op.Stride, 1, op.Pad), op.CountPadding}
		b.step(n, kernel, b.fresh(n), in[0])
	case ir.GlobalAvgPool:
		shape := n.Inputs[0].Shape
		b.step(n, GlobalAverage{shape[0], shape[1] * shape[2]}, b.fresh(n), in[0])
	case ir.Add:
		b.elementwise(n, Add{}, func(pixels int) Kernel { return AddChannels{pixels} }, in)
	case ir.Mul:
		b.elementwise(n, Multiply{}, func(pixels int) Kernel { return MultiplyChannels{pixels} }, in)
	case ir.Concat:
		b.concat(n, in)
	default:
		panic(fmt.Sprintf("plan: no kernel for %T", op))
	}
}

// step adds a step that makes the node's value.
func (b *planner) step(n *ir.Node, k Kernel, out view, in ...view) *draftStep {
	s := &draftStep{Step: Step{Name: n.Name, Shape: n.Shape, Kernel: k}, out: out, in: in}
	b.steps = append(b.steps, s)
	b.values[n] = out
	return s
}

// conv chooses the kernel of a convolution. One that sees its whole input at once is a linear layer.
func (b *planner) conv(n *ir.Node, op ir.Conv, in []view) {
	image := n.Inputs[0].Shape
	unpadded := op.Pad == ir.Padding{}
	if unpadded && op.Groups == 1 && op.Dilation == 1 && image[1] == op.Kernel && image[2] == op.Kernel {
		b.linear(n, op.Out, op.Bias, op.Epilogue, in)
		return
	}
	var s *draftStep
	out := b.epilogueOut(n, op.Epilogue, in)
	window := windowOf(n, op.Kernel, op.Stride, op.Dilation, op.Pad)
	f := op.Epilogue.Activation
	weight, bias := b.valuesOf(n, op.Bias)
	inGroup, outGroup := image[0]/op.Groups, op.Out/op.Groups
	depth, pixels := inGroup*op.Kernel*op.Kernel, n.Shape[1]*n.Shape[2]
	strip := stripOf(depth, pixels)
	switch {
	case op.Groups == image[0] && op.Groups == op.Out:
		s = b.step(n, Depthwise{op.Out, window, f}, out, in[0])
		s.Weights = []Place{b.pack.plain(weight), b.pack.biases(bias, 1, op.Out)}
	case op.Kernel == 1 && op.Stride == 1 && unpadded && op.Groups == 1:
		s = b.step(n, Pointwise{image[0], op.Out, pixels, strip, f}, out, in[0])
	default:
		s = b.step(n, Conv{op.Groups, inGroup, outGroup, window, strip, f}, out, in[0])
	}
	if s.Weights == nil {
		s.Weights = []Place{b.pack.blocks(weight, op.Groups, outGroup, depth), b.pack.biases(bias, op.Groups, outGroup)}
		s.scratch = b.scratch(depth * strip)
	}
	s.setResidual(in)
}

// stripOf returns how many pixels to handle together: an even number, such that the inputs they depend on stay in a
// second-level cache.
func stripOf(depth, pixels int) int {
	const most, cache = 32, 1 << 16
	strip := most
	for strip > 4 && strip*depth > cache {
		strip /= 2
	}
	return min(strip, (pixels+1)/2*2)
}

func (b *planner) linear(n *ir.Node, outputs int, hasBias bool, e ir.Epilogue, in []view) {
	depth := n.Inputs[0].Shape.Elements()
	weight, bias := b.valuesOf(n, hasBias)
	s := b.step(n, Linear{depth, outputs, e.Activation}, b.epilogueOut(n, e, in), in[0])
	s.Weights = []Place{b.pack.blocks(weight, 1, outputs, depth), b.pack.biases(bias, 1, outputs)}
	s.setResidual(in)
}

// valuesOf returns the values of a node's weight and, unless it has none, bias.
func (b *planner) valuesOf(n *ir.Node, hasBias bool) (weight, bias []float32) {
	if hasBias {
		bias = b.set.Of(n.Param(ir.Bias)).Data
	}
	return b.set.Of(n.Param(ir.Weight)).Data, bias
}

// epilogueOut returns the memory for a result: the residual's, if there is one and it is not needed any more. Every
// kernel reads a residual's element before it writes that element.
func (b *planner) epilogueOut(n *ir.Node, e ir.Epilogue, in []view) view {
	if !e.Residual || in[0].buffer == in[1].buffer {
		return b.fresh(n)
	}
	return b.inPlace(n, in, in[1])
}

func (s *draftStep) setResidual(in []view) {
	if len(in) == 2 {
		s.residual = &in[1]
	}
}

func (b *planner) affine(n *ir.Node, op ir.BatchNorm, in view) {
	factor, offset := pass.Affine(b.set, n.Name, op)
	s := b.step(n, Affine{n.Shape[1] * n.Shape[2]}, b.inPlace(n, []view{in}, in), in)
	s.Weights = []Place{b.pack.plain(narrow(factor)), b.pack.plain(narrow(offset))}
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

func (b *planner) elementwise(n *ir.Node, same Kernel, channels func(pixels int) Kernel, in []view) {
	x, y := in[0], in[1]
	if x.length == y.length {
		b.step(n, same, b.inPlace(n, in, x, y), x, y)
		return
	}
	if x.length < y.length {
		x, y = y, x
	}
	b.step(n, channels(n.Shape[1]*n.Shape[2]), b.inPlace(n, in, x), x, y)
}

func (b *planner) concat(n *ir.Node, in []view) {
	out := b.fresh(n)
	at := 0
	for _, v := range in {
		b.step(n, Copy{}, view{out.buffer, at, v.length}, v)
		at += v.length
	}
	b.values[n] = out
}

func windowOf(n *ir.Node, size, stride, dilation int, pad ir.Padding) Window {
	in := n.Inputs[0].Shape
	return Window{
		InHeight: in[1], InWidth: in[2], OutHeight: n.Shape[1], OutWidth: n.Shape[2],
		Size: size, Stride: stride, Dilation: dilation, Top: pad.Top, Left: pad.Left,
	}
}
