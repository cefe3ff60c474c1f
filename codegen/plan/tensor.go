package plan

import (
	"slices"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// Operations on values of any rank. Those that only say otherwise what lies where make no step: reshaping, exchanging
// axes and cutting, wherever blocks of 16 allow it.

// reshape is the same memory with other axes, or a copy of it.
func (b *planner) reshape(n *ir.Node) {
	from, s := b.placeOf(n.Inputs[0]), n.Inputs[0].Shape
	axes, ok := reshaped(from.axes, s, n.Shape)
	if !ok {
		from = place{view: b.as(n.Inputs[0], dense)}
		axes, _ = axesOf(dense, n.Shape)
	}
	b.places[n] = place{view: from.view, from: from.from, axes: axes}
}

// transpose exchanges axes.
func (b *planner) transpose(n *ir.Node, op ir.Transpose) {
	from := b.placeOf(n.Inputs[0])
	b.places[n] = place{view: from.view, from: from.from, axes: ordered(from.axes, op.Order.List())}
}

// ordered returns axes in another order: the i-th is the one of number order[i].
func ordered(axes []kernel.Axis, order []int) []kernel.Axis {
	moved := make([]kernel.Axis, len(order))
	for i, a := range order {
		moved[i] = axes[a]
	}
	return moved
}

// cutOut is a slice along any axis: a part of what is there where it begins with a block, or elements lie evenly.
func (b *planner) cutOut(n *ir.Node, op ir.Slice) {
	from := b.placeOf(n.Inputs[0])
	along, size := from.axes[op.Axis], n.Inputs[0].Shape[op.Axis]
	if op.From%Lanes != 0 && !isEven(along, size) {
		v := b.as(n.Inputs[0], dense)
		axes, _ := axesOf(dense, n.Inputs[0].Shape)
		from = place{view: v, axes: axes}
		along = axes[op.Axis]
	}
	b.places[n] = place{view: from.view, from: from.from + offsetOf(along, op.From), axes: from.axes}
}

// offsetOf returns how many floats element i lies from the first of an axis.
func offsetOf(a kernel.Axis, i int) int { return i/Lanes*a.Block + i%Lanes*a.Lane }

// joinAlong copies values one behind the other along any axis. Where blocks are along that axis and one of the values
// ends within a block, it goes by single elements.
func (b *planner) joinAlong(n *ir.Node, op ir.Concat) {
	l := usualLayout(n.Shape)
	axes, floats := axesOf(l, n.Shape)
	begins := make([]int, len(n.Inputs))
	at, whole := 0, true
	for i, in := range n.Inputs {
		begins[i] = at
		whole = whole && at%Lanes == 0
		at += in.Shape[op.Axis]
	}
	if !whole && !isEven(axes[op.Axis], n.Shape[op.Axis]) {
		axes, floats = axesOf(dense, n.Shape)
	}
	v := freshFloats(floats)
	b.places[n] = place{view: v, axes: axes}
	for i, in := range n.Inputs {
		to := place{view: v, from: offsetOf(axes[op.Axis], begins[i]), axes: axes}
		b.rearrange(n, to, b.placeOf(in), in.Shape)
	}
}

// learned brings a tensor that is learned to where values are.
func (b *planner) learned(n *ir.Node, _ ir.Learned) {
	values := b.read(n.Params[0])
	b.pack.begin(n)
	axes, floats := axesOf(usualLayout(n.Shape), n.Shape)
	packed := make([]float32, floats)
	index := make([]int, len(n.Shape))
	for _, v := range values {
		at := 0
		for axis, i := range index {
			at += offsetOf(axes[axis], i)
		}
		packed[at] = v
		for axis := len(index) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < n.Shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
	b.step(n, &kernel.Load{Out: b.outputIn(n, usualLayout(n.Shape)), Weights: b.pack.vector(packed, floats),
		Floats: floats})
}

// linearRows multiplies several vectors, as a 1×1 convolution does pixels.
func (b *planner) linearRows(n *ir.Node, hasBias bool) {
	input := n.Inputs[0]
	var residual kernel.Ref
	if len(n.Inputs) > 1 {
		residual = b.operand(b.as(n.Inputs[1], rows))
	}
	x := b.operand(b.as(input, rows))
	inputs, outputs := channelsOfRows(input.Shape), channelsOfRows(n.Shape)
	weights, bias := b.denseWeights(n, hasBias, inputs, outputs)
	b.step(n, &kernel.Pointwise{
		Out: b.outputIn(n, rows), In: x, Weights: weights, Bias: bias, Residual: residual,
		InChannels: inputs, OutChannels: outputs, Pixels: n.Shape.Elements() / outputs, Function: fusedFunction(n),
	})
}

func channelsOfRows(s ir.Shape) int { return s[len(s)-1] }

// affine multiplies by a number and adds one.
func (b *planner) affine(n *ir.Node, op ir.Affine) {
	x, l := b.compact(n.Inputs[0])
	b.step(n, &kernel.Affine{Out: b.outputIn(n, l), In: b.operand(x), Floats: x.floats(),
		Factor: float32(op.Factor), Offset: float32(op.Offset)})
}

// combine computes element by element with two values, of which either may be repeated along axes.
func (b *planner) combine(n *ir.Node, operator kernel.Operator) {
	x, y := n.Inputs[0], n.Inputs[1]
	k := &kernel.Combine{Operator: operator}
	if x.Shape.Equal(y.Shape) {
		v, l := b.compact(x)
		w := b.as(y, l)
		floats := v.floats()
		k.Out, k.A, k.B = b.outputIn(n, l), b.operand(v), b.operand(w)
		flat := ir.Shape{floats / Lanes, Lanes}
		axes, _ := axesOf(dense, flat)
		set(&k.Shape, flat)
		for _, a := range []*[ir.MaxRank]kernel.Axis{&k.OutAxes, &k.AAxes, &k.BAxes} {
			setAxes(a, axes, flat)
		}
		b.step(n, k)
		return
	}
	p, q, l := b.placeOf(x), b.placeOf(y), usualLayout(n.Shape)
	k.Out, k.A, k.B, k.AFrom, k.BFrom = b.outputIn(n, l), b.operand(p.view), b.operand(q.view), p.from, q.from
	set(&k.Shape, n.Shape)
	setAxes(&k.OutAxes, b.placeOf(n).axes, n.Shape)
	setAxes(&k.AAxes, p.axes, x.Shape) // an axis of one element has no pitch: it is repeated
	setAxes(&k.BAxes, q.axes, y.Shape)
	b.step(n, k)
}

// matrices returns how the matrices of a value lie, if the last axis is in blocks and rows lie side by side as pixels:
// the floats between matrices and between blocks.
func matrices(axes []kernel.Axis, s ir.Shape) (batch, block int, ok bool) {
	last := len(s) - 1
	if axes[last].Lane != 1 && s[last] > 1 || axes[last-1].Lane != Lanes && s[last-1] > 1 ||
		!isEven(axes[last-1], s[last-1]) {
		return 0, 0, false
	}
	all, size, ok := join(axes[:last-1], s[:last-1])
	return all.Lane, axes[last].Block, ok && isEven(all, size)
}

// matrixPlace returns a node's value as matrices, copied where it does not lie so.
func (b *planner) matrixPlace(n *ir.Node) (v view, from, batch, block int) {
	p := b.placeOf(n)
	batch, block, ok := matrices(p.axes, n.Shape)
	if ok && p.view.buffer != nil {
		return p.view, p.from, batch, block
	}
	l := rows
	if len(n.Shape) > 2 {
		l = stacked
	}
	axes, _ := axesOf(l, n.Shape)
	batch, block, _ = matrices(axes, n.Shape)
	return b.as(n, l), 0, batch, block
}

// matMul multiplies two stacks of matrices, [batches, rows, inner] and [batches, inner, columns], or [batches, columns,
// inner] of a transposed one. Either may lie in any memory whose rows are pixels: a head of attention is read within
// the features of all heads.
func (b *planner) matMul(n *ir.Node, op ir.MatMul) {
	x, y := n.Inputs[0], n.Inputs[1]
	last := len(n.Shape) - 1
	k := &kernel.MatMul{Rows: n.Shape[last-1], Inner: x.Shape[last], Columns: n.Shape[last],
		Transposed: op.Transpose, Batches: n.Shape[:last-1].Elements()}
	var v view
	v, k.AFrom, k.ABatch, k.ABlock = b.matrixPlace(x)
	k.A = b.operand(v)
	v, k.BFrom, k.BBatch, k.BBlock = b.matrixPlace(y)
	k.B = b.operand(v)
	l := rows
	if last > 1 {
		l = stacked
	}
	k.Out = b.outputIn(n, l)
	k.OutBatch, k.OutBlock, _ = matrices(b.placeOf(n).axes, n.Shape)
	b.step(n, k)
}

// pixelwise is how a kernel goes over a value along some of its axes: as over the pixels of an image. The elements
// along these axes are the channels of a pixel, all other axes are its pixels. Softmax along axis 1 of [8, 64, 197]:
//
//	order     0, 2, 1        the other axes first
//	permuted  [8, 197, 64]   the value's shape in that order
//	flat      [8, 197, 64]   the same with one axis of channels, where several are normalised together
//
// and the kernel computes 8·197 pixels of 64 channels.
type pixelwise struct {
	in   view
	out  place // of the flat result
	rows kernel.PixelRows

	order          []int
	permuted, flat ir.Shape
}

// overPixels finds how the input of a node is gone over along some axes, and copies it where its elements do not lie
// in blocks of channels.
func (b *planner) overPixels(n *ir.Node, along []int) *pixelwise {
	input := n.Inputs[0]
	w := &pixelwise{}
	pixels := 1
	for a, size := range input.Shape {
		if !slices.Contains(along, a) {
			w.order, w.flat = append(w.order, a), append(w.flat, size)
			pixels *= size
		}
	}
	w.order, w.flat = append(w.order, along...), append(w.flat, input.Shape.Elements()/pixels)
	for _, a := range w.order {
		w.permuted = append(w.permuted, input.Shape[a])
	}
	p := b.placeOf(input)
	p.axes = ordered(p.axes, w.order)
	axes, ok := reshaped(p.axes, w.permuted, w.flat)
	if !ok {
		p = place{view: b.in(n, p, w.permuted, dense)}
		axes, _ = axesOf(dense, w.flat)
	}
	p.axes = axes
	l := rows
	if p.isIn(stacked, w.flat) && !p.isIn(rows, w.flat) {
		l = stacked
	}
	w.in = b.in(n, p, w.flat, l)
	axes, floats := axesOf(l, w.flat)
	w.out = place{view: freshFloats(floats), axes: axes}
	w.rows = kernel.PixelRows{Batches: 1, Channels: w.flat[len(w.flat)-1], Pixels: pixels}
	if l == stacked { // the pixels of each matrix lie by themselves
		w.rows.Pixels = w.flat[len(w.flat)-2]
		w.rows.Batches = pixels / w.rows.Pixels
		w.rows.BatchPitch = floats / w.rows.Batches
	}
	w.rows.BlockPitch = w.rows.Pixels * Lanes
	return w
}

// placeBack says where a node's value lies, in its own shape, once the step that computes it has been added.
func (b *planner) placeBack(n *ir.Node, w *pixelwise) {
	axes, ok := reshaped(w.out.axes, w.flat, w.permuted)
	if !ok {
		w.out = place{view: b.in(n, w.out, w.flat, dense)}
		axes, _ = axesOf(dense, w.permuted)
	}
	b.places[n] = place{view: w.out.view, from: w.out.from, axes: restored(axes, w.order)}
}

// restored puts axes back from an order.
func restored(axes []kernel.Axis, order []int) []kernel.Axis {
	back := make([]kernel.Axis, len(order))
	for i, a := range order {
		back[a] = axes[i]
	}
	return back
}

// layerNorm normalises along some axes. A scale that the node has not is 1, a shift 0.
func (b *planner) layerNorm(n *ir.Node, op ir.LayerNorm) {
	w := b.overPixels(n, op.Axes.List())
	factors, offsets := make([]float32, w.rows.Channels), make([]float32, w.rows.Channels)
	for i := range factors {
		factors[i] = 1
	}
	if p := n.Param(ir.Scale); p != nil {
		factors = b.read(p)
	}
	if p := n.Param(ir.Shift); p != nil {
		offsets = b.read(p)
	}
	b.pack.begin(n)
	b.step(n, &kernel.LayerNorm{Out: b.operand(w.out.view), In: b.operand(w.in),
		Factors: b.pack.vector(factors, w.rows.Channels), Offsets: b.pack.vector(offsets, w.rows.Channels),
		Rows: w.rows, Epsilon: op.Epsilon})
	b.placeBack(n, w)
}
