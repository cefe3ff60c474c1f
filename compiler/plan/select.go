package plan

import (
	"cmp"
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
)

// node plans one node: nothing, when it is part of another, a view of what is there, or steps that make its value.
func (b *planner) node(n *ir.Node) {
	if b.fused.inner[n] {
		return
	}
	switch op := n.Op.(type) {
	case ir.Input:
		b.values[n] = view{nil, 0, n.Shape.Elements()}
	case ir.Dropout:
		b.values[n] = b.value(n.Inputs[0])
	case ir.Flatten:
		b.flatten(n)
	case ir.Slice:
		b.slice(n, op)
	case ir.Conv:
		b.conv(n, op)
	case ir.Linear:
		b.linear(n, op.Bias, op.Epilogue)
	case ir.BatchNorm:
		b.affine(n, op)
	case ir.Activation:
		x := b.value(n.Inputs[0])
		b.step(n, Activate{x.length, op.Function}, x).replaceable = []view{x}
	case ir.MaxPool:
		b.step(n, MaxPool{n.Shape[0], windowOf(n, op.Kernel, op.Stride, 1, op.Pad)}, b.value(n.Inputs[0]))
	case ir.AvgPool:
		b.step(n, AveragePool{n.Shape[0], windowOf(n, op.Kernel, op.Stride, 1, op.Pad), op.CountPadding}, b.value(n.Inputs[0]))
	case ir.GlobalAvgPool:
		b.mean(n)
	case ir.Add:
		b.elementwise(n, func(floats int) Kernel { return Add{floats} }, func(channels, pixels int) Kernel { return AddChannels{channels, pixels} })
	case ir.Mul:
		b.elementwise(n, func(floats int) Kernel { return Multiply{floats} }, func(channels, pixels int) Kernel { return MultiplyChannels{channels, pixels} })
	case ir.Concat:
		b.concat(n)
	default:
		panic(fmt.Sprintf("plan: no kernel for %T", op))
	}
}

// step adds a step that makes the node's value in a buffer of its own.
func (b *planner) step(n *ir.Node, k Kernel, in ...view) *draft {
	d := &draft{Step: Step{Name: n.Name, Shape: n.Shape, FLOPs: flops(n), Kernel: k}, out: fresh(blockedFloats(n.Shape)), in: in}
	b.steps = append(b.steps, d)
	b.values[n] = d.out
	return d
}

// flops counts two for a multiply-add and one for each result of anything else.
func flops(n *ir.Node) int64 {
	if macs := n.MACs(); macs > 0 {
		return 2 * macs
	}
	return int64(n.Shape.Elements())
}

// value returns where a node's value lies, blocked. The caller's image is brought into blocked layout for it, once.
func (b *planner) value(n *ir.Node) view {
	planar := b.values[n]
	if planar.buffer != nil {
		return planar
	}
	if _, ok := b.blocked[n]; !ok {
		b.blocked[n] = b.step(n, Block{n.Shape[0], pixelsOf(n.Shape)}, planar).out
		b.values[n] = planar
	}
	return b.blocked[n]
}

// planarResult returns where a result of the network lies, planar. A value of one pixel is so already.
func (b *planner) planarResult(n *ir.Node) view {
	v := b.value(n)
	if pixelsOf(n.Shape) == 1 {
		return view{v.buffer, v.offset, n.Shape[0]}
	}
	return b.unblock(n, v)
}

func (b *planner) unblock(n *ir.Node, v view) view {
	shape := n.Shape
	if _, ok := n.Op.(ir.Flatten); ok {
		shape = n.Inputs[0].Shape
	}
	d := &draft{
		Step: Step{Name: n.Name, Shape: n.Shape, FLOPs: int64(shape.Elements()), Kernel: Unblock{shape[0], pixelsOf(shape)}},
		out:  fresh(shape.Elements()), in: []view{v},
	}
	b.steps = append(b.steps, d)
	return d.out
}

// flatten is a view of an image of one pixel, and otherwise a planar value, which is what a vector is.
func (b *planner) flatten(n *ir.Node) {
	v := b.value(n.Inputs[0])
	if pixelsOf(n.Inputs[0].Shape) > 1 {
		v = b.unblock(n, v)
		v.length = blockedFloats(n.Shape)
	}
	b.values[n] = v
}

// slice is a view where the channels begin with a block.
func (b *planner) slice(n *ir.Node, op ir.Slice) {
	v := b.value(n.Inputs[0])
	pixels := pixelsOf(n.Shape)
	if op.From%Lanes == 0 {
		b.values[n] = view{v.buffer, v.offset + op.From*pixels, blockedFloats(n.Shape)}
		return
	}
	b.step(n, CopyChannels{From: op.From, Channels: n.Shape[0], Pixels: pixels}, v)
}

// conv chooses the kernel of a convolution.
func (b *planner) conv(n *ir.Node, op ir.Conv) {
	b.prepareResidual(n)
	input := n.Inputs[0]
	window := windowOf(n, op.Kernel, op.Stride, op.Dilation, op.Pad)
	switch {
	case isDepthwise(n):
		b.depthwise(n, op, window)
		return
	case isPlanar(n):
		s := b.step(n, planarKernel(n), b.values[input])
		s.Weights = b.planarWeights(n)
		b.residual(n, s)
	case isPointwise(n):
		b.pointwise(n, op)
	case pixelsOf(input.Shape) == 1 && op.Kernel == 1 && op.Groups == 1 && pixelsOf(n.Shape) == 1 && op.Pad == ir.Padding{}:
		b.linear(n, op.Bias, op.Epilogue)
	default:
		weight, bias := b.valuesOf(n, op.Bias)
		s := b.step(n, convKernel(op, input.Shape[0], window), b.value(input))
		s.Weights = []Place{b.pack.conv(weight, op.Groups, input.Shape[0], op.Out, op.Kernel), b.pack.vector(bias, op.Out)}
		b.residual(n, s)
	}
}

func planarKernel(n *ir.Node) Planar {
	op := n.Op.(ir.Conv)
	return Planar{n.Inputs[0].Shape[0], op.Out, windowOf(n, op.Kernel, op.Stride, op.Dilation, op.Pad), op.Epilogue.Activation}
}

func (b *planner) planarWeights(n *ir.Node) []Place {
	op := n.Op.(ir.Conv)
	weight, bias := b.valuesOf(n, op.Bias)
	return []Place{b.pack.planar(weight, op.Out, n.Inputs[0].Shape[0], op.Kernel), b.pack.vector(bias, op.Out)}
}

func (b *planner) pointwise(n *ir.Node, op ir.Conv) {
	input := n.Inputs[0]
	kernel := Pointwise{In: input.Shape[0], Out: op.Out, Pixels: pixelsOf(n.Shape), Function: op.Epilogue.Activation}
	var scale *view
	mul := b.fused.scales[n]
	if mul != nil {
		value, channels := valueAndChannels(mul)
		factors := b.value(channels)
		input, scale, kernel.Scaled = value, &factors, true
	}
	s := b.step(n, kernel, b.value(input))
	if mul != nil {
		s.scale = scale
		s.merge(mul)
	}
	s.Weights = b.denseWeights(n, op.Bias, kernel.In, kernel.Out)
	b.residual(n, s)
}

func (b *planner) depthwise(n *ir.Node, op ir.Conv, window Window) {
	weight, bias := b.valuesOf(n, op.Bias)
	f := op.Epilogue.Activation
	var s *draft
	switch expand := b.fused.expands[n]; {
	case expand == nil:
		s = b.step(n, Depthwise{op.Out, window, f}, b.value(n.Inputs[0]))
	case isPlanar(expand):
		s = b.step(n, PlanarDepthwise{planarKernel(expand), window, f}, b.values[expand.Inputs[0]])
		s.merge(expand)
		s.Weights = b.planarWeights(expand)
	default:
		first, input := expand.Op.(ir.Conv), expand.Inputs[0]
		s = b.step(n, ExpandDepthwise{input.Shape[0], op.Out, window, first.Epilogue.Activation, f}, b.value(input))
		s.merge(expand)
		s.Weights = b.denseWeights(expand, first.Bias, input.Shape[0], first.Out)
	}
	s.Weights = append(s.Weights, b.pack.channels(weight, op.Out, op.Kernel*op.Kernel), b.pack.vector(bias, op.Out))
	b.residual(n, s)
	if b.fused.summed[n] {
		// One row for every row of the output is the most that the kernel can want.
		sums := fresh(blocksOf(op.Out) * Lanes * n.Shape[1])
		s.sums, b.sums[n] = &sums, s
	}
}

// merge notes that the step computes another node, too.
func (d *draft) merge(n *ir.Node) {
	d.Merged = append(d.Merged, n.Name)
	d.FLOPs += flops(n)
}

func (b *planner) linear(n *ir.Node, hasBias bool, e ir.Epilogue) {
	b.prepareResidual(n)
	in, out := n.Inputs[0].Shape[0], n.Shape[0]
	s := b.step(n, Linear{in, out, e.Activation}, b.value(n.Inputs[0]))
	s.Weights = b.denseWeights(n, hasBias, in, out)
	b.residual(n, s)
}

// denseWeights packs the weight and bias of a node that multiplies a matrix with every pixel.
func (b *planner) denseWeights(n *ir.Node, hasBias bool, in, out int) []Place {
	weight, bias := b.valuesOf(n, hasBias)
	return []Place{b.pack.conv(weight, 1, in, out, 1), b.pack.vector(bias, out)}
}

// valuesOf returns the values of a node's weight and, unless it has none, bias.
func (b *planner) valuesOf(n *ir.Node, hasBias bool) (weight, bias []float32) {
	if hasBias {
		bias = b.read(n.Param(ir.Bias))
	}
	return b.read(n.Param(ir.Weight)), bias
}

// read returns the value of a parameter. After an error, which stays in b.err, it is of the right length and means nothing.
func (b *planner) read(p *ir.Param) []float32 {
	values, err := b.params.Get(p)
	if err != nil {
		b.err = cmp.Or(b.err, err)
		return make([]float32, p.Shape.Elements())
	}
	return values
}

// prepareResidual has the node's second input ready before the step that reads it.
func (b *planner) prepareResidual(n *ir.Node) {
	if len(n.Inputs) == 2 {
		b.value(n.Inputs[1])
	}
}

// residual gives the step its node's second input. Every kernel reads a residual's element before it writes that element.
func (b *planner) residual(n *ir.Node, s *draft) {
	if len(n.Inputs) == 2 {
		v := b.value(n.Inputs[1])
		s.residual, s.replaceable = &v, []view{v}
	}
}

// mean averages each channel, from the sums that the step before left where it did.
func (b *planner) mean(n *ir.Node) {
	shape := n.Inputs[0].Shape
	if from := b.sums[n.Inputs[0]]; from != nil {
		b.step(n, AverageSums{shape[0], pixelsOf(shape), b.numberOf(from)}, *from.sums)
		return
	}
	b.step(n, GlobalAverage{shape[0], pixelsOf(shape)}, b.value(n.Inputs[0]))
}

func (b *planner) numberOf(d *draft) int {
	for i, s := range b.steps {
		if s == d {
			return i
		}
	}
	panic("plan: sums of a step that is not there")
}

func (b *planner) affine(n *ir.Node, op ir.BatchNorm) {
	factor, offset, err := pass.AffineOf(n, op, b.params)
	if err != nil {
		b.err = cmp.Or(b.err, err)
		factor, offset = make([]float64, n.Shape[0]), make([]float64, n.Shape[0])
	}
	x := b.value(n.Inputs[0])
	s := b.step(n, Affine{n.Shape[0], pixelsOf(n.Shape)}, x)
	s.replaceable = []view{x}
	s.Weights = []Place{b.pack.vector(narrow(factor), n.Shape[0]), b.pack.vector(narrow(offset), n.Shape[0])}
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

func (b *planner) elementwise(n *ir.Node, same func(floats int) Kernel, each func(channels, pixels int) Kernel) {
	value, channels := valueAndChannels(n)
	if channels == nil {
		x, y := b.value(n.Inputs[0]), b.value(n.Inputs[1])
		b.step(n, same(x.length), x, y).replaceable = []view{x, y}
		return
	}
	x := b.value(value)
	b.step(n, each(n.Shape[0], pixelsOf(n.Shape)), x, b.value(channels)).replaceable = []view{x}
}

// concat copies its inputs one behind the other.
func (b *planner) concat(n *ir.Node) {
	in := make([]view, len(n.Inputs))
	for i, input := range n.Inputs {
		in[i] = b.value(input)
	}
	out := fresh(blockedFloats(n.Shape))
	at := 0
	for i, input := range n.Inputs {
		channels := input.Shape[0]
		s := b.step(n, CopyChannels{To: at, Channels: channels, Pixels: pixelsOf(n.Shape)}, in[i])
		s.out, s.FLOPs = out, int64(input.Shape.Elements())
		at += channels
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
