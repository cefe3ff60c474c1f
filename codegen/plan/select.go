package plan

import (
	"cmp"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// step adds a step for a node, which computes others, too, perhaps.
func (b *planner) step(n *ir.Node, k kernel.Kernel, merged ...*ir.Node) {
	s := Step{Name: n.Name, Shape: n.Shape, FLOPs: flops(n), Kernel: k}
	for _, m := range merged {
		s.Merged = append(s.Merged, m.Name)
		s.FLOPs += flops(m)
	}
	b.steps = append(b.steps, s)
}

// output allocates where a step leaves a node's value.
func (b *planner) output(n *ir.Node) kernel.Ref {
	b.values[n] = b.allocate(n)
	return b.operand(b.values[n])
}

// fusedFunction returns the function that is fused into a node, the identity where there is none.
func fusedFunction(n *ir.Node) kernel.Function {
	if fused := ir.Unfuse(n.Op); fused.Activation != (ir.Activation{}) {
		return functionOf(fused.Activation)
	}
	return kernel.Function{}
}

// functionOf returns the kernels' function of the same name. Its settings are the activation's, in the same order.
func functionOf(a ir.Activation) kernel.Function {
	settings := a.Values()
	for _, kind := range kernel.Kinds() {
		if kind.String() != string(a.Function) || kind.Settings() != len(settings) {
			continue
		}
		f := kernel.Function{Kind: kind}
		for i, to := range []*float32{&f.A, &f.B}[:len(settings)] {
			*to = float32(settings[i])
		}
		return f
	}
	panic("plan: no kernel computes the function " + string(a.Function) + ": codegen/kernel/function.go has none")
}

// flops counts two for a multiply-add and one for each result of anything else.
func flops(n *ir.Node) int64 {
	if macs := n.MACs(); macs > 0 {
		return 2 * macs
	}
	return int64(n.Shape.Elements())
}

// value returns where a node's value lies, blocked. A caller's image is brought into blocked layout for it, once.
func (b *planner) value(n *ir.Node) view {
	b.widened(n)
	if b.elsewhere(n) {
		return b.as(n, usualLayout(n.Shape))
	}
	planar := b.values[n]
	if planar.buffer != nil {
		return planar
	}
	if _, ok := b.blocked[n]; !ok {
		b.blocked[n] = fresh(blocked(n.Shape))
		b.step(n, &kernel.Block{Out: b.operand(b.blocked[n]), In: b.operand(planar), Channels: n.Shape[0],
			Pixels: pixelsOf(n.Shape)})
	}
	return b.blocked[n]
}

// planarResult returns where a result of the network lies, planar. A value of one pixel is so already.
func (b *planner) planarResult(n *ir.Node) view {
	if b.elsewhere(n) || len(n.Shape) != 1 && !n.Shape.IsImage() {
		v := b.as(n, dense)
		v.value = kernel.Planes(kernel.F32, n.Shape.Elements(), 1)
		return v
	}
	v := b.value(n)
	if pixelsOf(n.Shape) == 1 {
		return view{buffer: v.buffer, offset: v.offset, value: kernel.Planes(kernel.F32, n.Shape[0], 1)}
	}
	return b.unblock(n, v)
}

// unblock makes a planar copy of a value, [C, H, W] as the caller has images: of a Flatten, of what it flattens, whose
// elements are a vector then.
func (b *planner) unblock(n *ir.Node, v view) view {
	shape := n.Shape
	if _, ok := n.Op.(ir.Flatten); ok {
		shape = n.Inputs[0].Shape
	}
	planar := fresh(kernel.Planes(kernel.F32, shape[0], pixelsOf(shape)))
	b.step(n, &kernel.Unblock{Out: b.operand(planar), In: b.operand(v), Channels: shape[0], Pixels: pixelsOf(shape)})
	b.steps[len(b.steps)-1].FLOPs = int64(shape.Elements())
	return planar
}

// flatten is a view of an image of one pixel, otherwise a planar value, which is what a vector is; and a reshaping of
// anything else.
func (b *planner) flatten(n *ir.Node, _ ir.Flatten) {
	if x := n.Inputs[0]; b.elsewhere(x) || !x.Shape.IsImage() {
		b.reshape(n)
		return
	}
	v := b.value(n.Inputs[0])
	if pixelsOf(n.Inputs[0].Shape) > 1 {
		v = b.unblock(n, v)
		v.value = blocked(n.Shape)
	}
	b.values[n] = v
}

// slice cuts channels out of an image: as a view, where they begin with a block. Any other axis is cut by cutOut.
func (b *planner) slice(n *ir.Node, op ir.Slice) {
	if op.Axis > 0 || b.elsewhere(n.Inputs[0]) || !n.Shape.IsImage() {
		b.cutOut(n, op)
		return
	}
	v := b.value(n.Inputs[0])
	if op.From%Lanes == 0 {
		b.values[n] = v.fromChannel(op.From, n.Shape)
		return
	}
	b.step(n, &kernel.CopyChannels{Out: b.output(n), In: b.operand(v), From: op.From, Channels: n.Shape[0],
		Pixels: pixelsOf(n.Shape)})
}

// valuesOf returns the values of a node's weight and, unless it has none, bias.
func (b *planner) valuesOf(n *ir.Node, hasBias bool) (weight, bias []float32) {
	b.pack.begin(n)
	if hasBias {
		bias = b.read(n.Param(ir.Bias))
	}
	return b.read(n.Param(ir.Weight)), bias
}

// read returns the value of a parameter. After an error, which stays in b.err, it is of the right length and means
// nothing.
func (b *planner) read(p *ir.Param) []float32 {
	if b.pack.sketch { // nobody looks at the values
		return nil
	}
	values, err := b.params.Get(p)
	if err != nil {
		b.err = cmp.Or(b.err, err)
		return make([]float32, p.Shape.Elements())
	}
	return values
}

// residual returns the node's second input, if it has one. Every kernel reads a residual's element before it writes
// that element.
func (b *planner) residual(n *ir.Node) kernel.Ref {
	if len(n.Inputs) < 2 {
		return kernel.Ref{}
	}
	return b.operand(b.value(n.Inputs[1]))
}

// mean averages each channel, from the sums that the step before left where it did.
func (b *planner) mean(n *ir.Node, _ ir.GlobalAvgPool) {
	shape := n.Inputs[0].Shape
	if of, ok := b.sums[n.Inputs[0]]; ok {
		left := b.leftSums(b.steps[of])
		b.step(n, &kernel.AverageSums{Out: b.output(n), Sums: left, Channels: shape[0], Pixels: pixelsOf(shape),
			Of: of})
		return
	}
	x := b.input(n.Inputs[0], b.isHalf(n.Inputs[0]))
	b.step(n, &kernel.GlobalAverage{Out: b.output(n), In: x, Channels: shape[0], Pixels: pixelsOf(shape)})
}

// leftSums returns where a step leaves sums.
func (b *planner) leftSums(s Step) kernel.Ref {
	for _, o := range operandsOf(s.Kernel) {
		if o.name == sums {
			return *o.ref
		}
	}
	panic("plan: the step " + s.Name + " leaves no sums")
}

// imagesOf returns the sizes of the image that a node reads and of the one that it makes.
func imagesOf(n *ir.Node) kernel.Images {
	in := n.Inputs[0].Shape
	return kernel.Images{InHeight: in[1], InWidth: in[2], OutHeight: n.Shape[1], OutWidth: n.Shape[2]}
}
