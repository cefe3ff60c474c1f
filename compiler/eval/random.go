package eval

import (
	"fmt"
	"math/rand/v2"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// RandomGraph returns a small graph of random operations with random settings, for comparing implementations: all kinds
// of operations, odd sizes, several inputs and outputs, values that are read several times or are results as well,
// layers that share their weights, and the patterns that lowering looks for. A lowered graph has convolutions and
// linear layers into which something is fused.
func RandomGraph(seed uint64, lowered bool) *ir.Graph {
	name, start := fmt.Sprintf("random%d", seed), ir.NewBuilder
	if lowered {
		start = ir.NewLoweredBuilder
	}
	r := &randomGraph{Rand: params.Random(seed, "graph"), lowered: lowered, b: start(name),
		sharing: randomSharing{Rand: params.Random(seed, "sharing")}}
	input := func() { r.add(ir.Input{Shape: ir.DimsOf(1+r.IntN(40), 1+r.IntN(14), 1+r.IntN(14))}) }
	input()
	for r.IntN(3) == 0 {
		input()
	}
	for range 3 + r.IntN(12) {
		r.grow()
	}
	outputs := []ir.Output{{Name: "last", Node: r.nodes[len(r.nodes)-1]}}
	for r.IntN(3) == 0 {
		outputs = append(outputs, ir.Output{Name: fmt.Sprintf("other%d", len(outputs)), Node: r.some()})
	}
	for _, n := range r.sharing.again(r.b, r.nodes) {
		outputs = append(outputs, ir.Output{Name: n.Name, Node: n})
	}
	return r.b.BuildNamed(outputs)
}

type randomGraph struct {
	*rand.Rand
	b       *ir.Builder
	nodes   []*ir.Node
	lowered bool
	sharing randomSharing
}

// mostElements is how many a value may have that others read: products of larger ones take minutes.
const mostElements = 1 << 14

// add adds a node if its inputs fit; otherwise nothing happens.
func (r *randomGraph) add(op ir.Op, inputs ...*ir.Node) *ir.Node {
	name := fmt.Sprintf("n%d", len(r.nodes))
	n, err := r.b.AddShared(name, r.sharing.of(name), op, nil, inputs...)
	if err != nil {
		return inputs[0]
	}
	r.sharing.made(n)
	if n.Shape.Elements() > mostElements { // to go on with; it stays in the graph, where nobody reads it
		n = r.nodes[0]
	}
	r.nodes = append(r.nodes, n)
	return n
}

// some returns one of the nodes, most often one of the last.
func (r *randomGraph) some() *ir.Node {
	if r.IntN(3) == 0 {
		return r.nodes[r.IntN(len(r.nodes))]
	}
	return r.nodes[len(r.nodes)-1-r.IntN(min(len(r.nodes), 3))]
}

// like returns a node for which the condition holds, or nil.
func (r *randomGraph) like(holds func(*ir.Node) bool) *ir.Node {
	for _, i := range r.Perm(len(r.nodes)) {
		if holds(r.nodes[i]) {
			return r.nodes[i]
		}
	}
	return nil
}

func (r *randomGraph) pick(values ...int) int { return values[r.IntN(len(values))] }

// activation returns a function, one in two with other settings than the usual.
func (r *randomGraph) activation() ir.Activation {
	info := ir.Functions()[r.IntN(len(ir.Functions()))]
	a := info.Usual()
	if r.IntN(2) == 0 {
		for _, s := range info.Settings {
			*s.Of(&a) *= 0.5 + r.Float64()
		}
	}
	return a
}

// pair picks the same for both directions three times in four.
func (r *randomGraph) pair(values ...int) ir.Pair {
	p := ir.Square(r.pick(values...))
	if r.IntN(4) == 0 {
		p.Width = r.pick(values...)
	}
	return p
}

// padding adds up to half a kernel on every side.
func (r *randomGraph) padding(kernel ir.Pair, dilation int) ir.Padding {
	if r.IntN(3) == 0 {
		return ir.Padding{}
	}
	rows, columns := kernel.Height/2*dilation+1, kernel.Width/2*dilation+1
	return ir.Padding{Top: r.IntN(rows), Left: r.IntN(columns), Bottom: r.IntN(rows), Right: r.IntN(columns)}
}

// grow adds an operation, or several that belong together. What is not made here with care is made by chance.
func (r *randomGraph) grow() {
	x := r.some()
	switch r.IntN(21) {
	case 0, 1, 2:
		r.conv(x)
	case 3:
		r.bottleneck(x)
	case 4:
		r.excite(x)
	case 5:
		if len(x.Shape) == 1 {
			r.linear(x)
		} else {
			r.linear(r.add(ir.Flatten{}, x))
		}
	case 6:
		r.add(r.norm(), x)
	case 7:
		r.add(r.activation(), x)
	case 8, 9:
		r.combine(x)
	case 10:
		r.concat(x)
	case 11:
		if x.Shape.IsImage() { // from a block on
			from := r.IntN(x.Shape[0]) / 16 * 16
			r.add(ir.Slice{From: from, To: from + 1 + r.IntN(x.Shape[0]-from)}, x)
		}
	case 12:
		size := r.pair(2, 3)
		r.add(ir.MaxPool{Kernel: size, Stride: r.pair(1, 2), Pad: r.padding(size, 1)}, x)
	case 13:
		size := r.pair(2, 3)
		r.add(ir.AvgPool{Kernel: size, Stride: r.pair(1, 2), Pad: r.padding(size, 1), CountPadding: r.IntN(2) == 0}, x)
	case 14:
		r.resize(x)
	default:
		r.any(x)
	}
}

// resize gives an image another size: any, or that of a second image.
func (r *randomGraph) resize(x *ir.Node) {
	like := r.some()
	if !x.Shape.IsImage() || !like.Shape.IsImage() {
		return
	}
	op := ir.Resize{Size: ir.Pair{Height: like.Shape[1], Width: like.Shape[2]}}
	second := r.IntN(2) == 0
	if !second {
		op.Size = ir.Pair{Height: 1 + r.IntN(20), Width: 1 + r.IntN(20)}
	}
	op.Bilinear = r.IntN(2) == 0 || tied(x.Shape[1], op.Size.Height) || tied(x.Shape[2], op.Size.Width)
	op.AlignCorners = op.Bilinear && r.IntN(2) == 0
	if second {
		op.Size = ir.Pair{}
		r.add(op, x, like)
		return
	}
	r.add(op, x)
}

// tied reports whether nearest pixels of one size lie on the edge between two of the other, where implementations
// differ by their rounding: see ir.Interpolation.
func tied(size, results int) bool {
	for i := 1; i < results; i++ {
		if i*size%results == 0 {
			return results%size != 0
		}
	}
	return false
}

// conv adds a convolution of any kind.
func (r *randomGraph) conv(x *ir.Node) *ir.Node {
	if !x.Shape.IsImage() {
		return x
	}
	if !r.lowered && x.Shape[1:].Elements() <= 64 && r.IntN(2) == 0 { // lowering makes convolutions of them
		return r.convTranspose(x)
	}
	op := ir.Conv{Out: 1 + r.IntN(50), Kernel: r.pair(1, 1, 1, 3, 3, 5, 7), Stride: r.pair(1, 1, 2, 3),
		Dilation: r.pair(1, 1, 1, 2), Groups: 1, Bias: r.IntN(2) == 0}
	channels := x.Shape[0]
	switch r.IntN(4) {
	case 0:
		op.Groups, op.Out = channels, channels*r.pick(1, 1, 2)
	case 1:
		for _, g := range []int{8, 4, 3, 2} {
			if channels%g == 0 {
				op.Groups, op.Out = g, g*(1+r.IntN(20))
				break
			}
		}
	}
	if op.Kernel.Area() > 1 || r.IntN(8) == 0 {
		op.Pad = r.padding(op.Kernel, max(op.Dilation.Height, op.Dilation.Width))
	}
	return r.finish(op, x)
}

// convTranspose adds a transposed convolution of any kind.
func (r *randomGraph) convTranspose(x *ir.Node) *ir.Node {
	op := ir.ConvTranspose{Out: 1 + r.IntN(20), Kernel: r.pair(1, 2, 3, 4), Stride: r.pair(1, 2, 2, 3),
		Dilation: r.pair(1, 1, 2), Groups: 1, Bias: r.IntN(2) == 0}
	for _, g := range []int{x.Shape[0], 4, 3, 2} {
		if x.Shape[0]%g == 0 && r.IntN(4) == 0 {
			op.Groups, op.Out = g, g*(1+r.IntN(2))
			break
		}
	}
	reach := ir.Window{Kernel: op.Kernel, Dilation: op.Dilation}.Reach()
	op.Pad = ir.Padding{Top: r.IntN(reach.Height), Left: r.IntN(reach.Width), Bottom: r.IntN(reach.Height),
		Right: r.IntN(reach.Width)}
	op.OutputPadding = ir.Pair{Height: r.IntN(op.Stride.Height), Width: r.IntN(op.Stride.Width)}
	n := r.add(op, x)
	if r.IntN(2) == 0 {
		n = r.add(r.norm(), n)
	}
	return n
}

// finish adds a convolution, perhaps with something fused into it, perhaps followed by what will be.
func (r *randomGraph) finish(op ir.Conv, x *ir.Node) *ir.Node {
	fused := ir.Fused{Base: op}
	if r.lowered && r.IntN(2) == 0 {
		fused.Activation = r.activation()
	}
	n := r.add(ir.Fuse(fused), x)
	if r.lowered && r.IntN(2) == 0 {
		if residual := r.like(func(m *ir.Node) bool { return m.Shape.Equal(n.Shape) }); residual != nil {
			fused.Residual = true
			n = r.add(fused, x, residual)
		}
	}
	if !r.lowered && r.IntN(2) == 0 {
		n = r.add(r.norm(), n)
	}
	if r.IntN(2) == 0 {
		n = r.add(r.activation(), n)
	}
	return n
}

// bottleneck adds what becomes one step: a 1×1 convolution and a depthwise one; and perhaps more behind it.
func (r *randomGraph) bottleneck(x *ir.Node) {
	if !x.Shape.IsImage() {
		return
	}
	expanded := r.finish(ir.Conv{Out: 1 + r.IntN(100), Kernel: ir.Square(1), Stride: ir.Square(1),
		Dilation: ir.Square(1), Groups: 1, Bias: r.IntN(2) == 0}, x)
	size := r.pair(3, 5, 7)
	channels := expanded.Shape[0]
	wide := r.finish(ir.Conv{Out: channels, Kernel: size, Stride: r.pair(1, 2), Dilation: ir.Square(1),
		Groups: channels, Pad: r.padding(size, 1)}, expanded)
	if r.IntN(2) == 0 {
		wide = r.excite(wide)
	}
	narrow := r.finish(ir.Conv{Out: x.Shape[0], Kernel: ir.Square(1), Stride: ir.Square(1), Dilation: ir.Square(1),
		Groups: 1, Bias: true}, wide)
	if narrow.Shape.Equal(x.Shape) {
		r.add(ir.Add{}, narrow, x)
	}
}

// excite adds a product of an image with numbers that depend on the whole of it.
func (r *randomGraph) excite(x *ir.Node) *ir.Node {
	if !x.Shape.IsImage() {
		return x
	}
	mean := r.add(ir.GlobalAvgPool{}, x)
	few := r.add(ir.Conv{Out: 1 + r.IntN(20), Kernel: ir.Square(1), Stride: ir.Square(1), Dilation: ir.Square(1),
		Groups: 1, Bias: true}, mean)
	many := r.add(ir.Conv{Out: x.Shape[0], Kernel: ir.Square(1), Stride: ir.Square(1), Dilation: ir.Square(1),
		Groups: 1, Bias: true}, few)
	factors := r.add(ir.Activation{Function: ir.Sigmoid}, many)
	if r.IntN(2) == 0 {
		return r.add(ir.Mul{}, factors, x)
	}
	return r.add(ir.Mul{}, x, factors)
}

func (r *randomGraph) linear(x *ir.Node) {
	if len(x.Shape) != 1 {
		return
	}
	op := ir.Linear{Out: 1 + r.IntN(60), Bias: r.IntN(2) == 0}
	n := r.add(op, x)
	if !r.lowered {
		return
	}
	r.add(ir.Fused{Base: op, Activation: r.activation()}, n)
}

// combine adds a sum or product of two values.
func (r *randomGraph) combine(x *ir.Node) {
	y := r.like(func(m *ir.Node) bool {
		if m.Shape.Equal(x.Shape) {
			return true
		}
		return m.Shape.IsImage() && x.Shape.IsImage() && m.Shape[0] == x.Shape[0] && m.Shape[1] == 1 && m.Shape[2] == 1
	})
	if r.IntN(2) == 0 {
		x, y = y, x
	}
	if r.IntN(2) == 0 {
		r.add(ir.Add{}, x, y)
	} else {
		r.add(ir.Mul{}, x, y)
	}
}

func (r *randomGraph) concat(x *ir.Node) {
	inputs := []*ir.Node{x}
	for range r.IntN(3) {
		if y := r.like(func(m *ir.Node) bool {
			return m.Shape.IsImage() && x.Shape.IsImage() && m.Shape[1] == x.Shape[1] && m.Shape[2] == x.Shape[2]
		}); y != nil {
			inputs = append(inputs, y)
		}
	}
	r.add(ir.Concat{}, inputs...)
}

// norm is a batch norm, one in four without scale and one in four without shift.
func (r *randomGraph) norm() ir.BatchNorm {
	return ir.BatchNorm{Epsilon: 1e-3, Momentum: 0.1, NoScale: r.IntN(4) == 0, NoShift: r.IntN(4) == 0}
}
