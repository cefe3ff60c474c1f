package pass

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// phaseTransposed makes a convolution of each transposed one. For each pixel of the input, stride*stride pixels of the
// result lie side by side; call them its place. Each of them is a sum over few neighbours of that input pixel, by
// weights of its own, its phase. The convolution computes the phases as channels. These are then put side by side, and
// what lies in the padding is cut off:
//
//	ConvTranspose(4, Kernel: 4, Stride: 2, Pad: 1) x  →  Pad (DepthToSpace (Conv(16, Kernel: 2, Pad: 1) x))
//
// Along one direction, before anything is cut off, phase r of place a is pixel stride*a + r, and
//
//	Σ_m x[a - m] · weight[(stride*m + r) / Dilation]     m = 0, …, taps - 1, where taps = ceil(Reach / stride)
//
// with 0 for a weight that does not exist, or whose index is no integer. Reach is how many pixels the kernel covers.
// That is a convolution of taps taps, whose input has taps - 1 zeros before and after it.
func phaseTransposed(d *draft) (changed bool) {
	var nodes []*draftNode
	for _, n := range d.nodes {
		op, ok := n.op.(ir.ConvTranspose)
		if !ok {
			nodes = append(nodes, n)
			continue
		}
		nodes, changed = append(nodes, d.phases(n, op)...), true
	}
	d.nodes = nodes
	return changed
}

// phases returns the operations that a transposed convolution is made of. The last of them is the node that others
// read.
func (d *draft) phases(n *draftNode, op ir.ConvTranspose) []*draftNode {
	in := n.input(0).shape
	rows := side{in: in[1], out: n.shape[1], kernel: op.Kernel.Height, stride: op.Stride.Height,
		dilation: op.Dilation.Height, cut: op.Pad.Top}.phased()
	columns := side{in: in[2], out: n.shape[2], kernel: op.Kernel.Width, stride: op.Stride.Width,
		dilation: op.Dilation.Width, cut: op.Pad.Left}.phased()
	channels := op.Out * op.Stride.Area()
	var chain []*draftNode
	add := func(suffix string, o ir.Op, shape ir.Shape) {
		inputs := n.inputs
		if len(chain) > 0 {
			inputs = chain[len(chain)-1:]
		}
		chain = append(chain, n.newNode(suffix, o, shape, slices.Clone(inputs)))
	}
	add(".phases", ir.Conv{Out: channels, Kernel: ir.Pair{Height: rows.taps, Width: columns.taps}, Stride: ir.Square(1),
		Dilation: ir.Square(1), Groups: op.Groups, Bias: op.Bias,
		Pad: ir.Padding{Top: rows.before, Left: columns.before, Bottom: rows.after, Right: columns.after}},
		ir.Shape{channels, rows.places, columns.places})
	full := ir.Shape{op.Out, rows.places * op.Stride.Height, columns.places * op.Stride.Width}
	switch s := op.Stride; {
	case s == ir.Square(1):
	case s.IsSquare():
		add(".pixels", ir.DepthToSpace{Factor: s.Height}, full)
	default: // DepthToSpace is for squares
		add(".parts", ir.Reshape{Shape: ir.DimsOf(op.Out, s.Height, s.Width, rows.places, columns.places)},
			ir.Shape{op.Out, s.Height, s.Width, rows.places, columns.places})
		add(".order", ir.Transpose{Order: ir.DimsOf(0, 3, 1, 4, 2)},
			ir.Shape{op.Out, rows.places, s.Height, columns.places, s.Width})
		add(".pixels", ir.Reshape{Shape: ir.DimsOf(full...)}, full)
	}
	cut := ir.Padding{Top: -rows.first, Left: -columns.first, Bottom: n.shape[1] + rows.first - full[1],
		Right: n.shape[2] + columns.first - full[2]}
	if cut != (ir.Padding{}) {
		add(".crop", ir.Pad{Sides: cut}, n.shape)
	}
	last, params, shared := chain[len(chain)-1], n.params, n.shared
	n.op, n.params, n.inputs = last.op, nil, last.inputs // under its own name, which may be that of an output
	n.shared = ir.Sharing{}
	chain[len(chain)-1] = n
	chain[0].shared = shared // which alone has weights
	for _, p := range params {
		d.derived[chain[0].path()+"."+p.Role.Field()] = Derivation{Base: p, Phases: &op}
	}
	return chain
}

// direction is how a transposed convolution goes along rows or columns as a convolution of stride 1.
type direction struct {
	taps          int // of its kernel
	before, after int // its padding
	places        int // of its result
	first         int // of the pixels of the first place, those that are cut off
}

// side is a transposed convolution along rows or columns, which makes out pixels of in, after the first ones that its
// padding cuts off.
type side struct{ in, out, kernel, stride, dilation, cut int }

// phased returns how a transposed convolution goes along one direction. Of its places, stride pixels each, those are
// computed of which a pixel is kept:
//
//	stride 3, cut 4:    (0 1 2) (3 4 5) (6 7 8) …    the first place is skipped; of the second, pixel 3 is cut off
//
// The padding before is less by the places that are skipped, and that behind is what the last place needs.
func (s side) phased() direction {
	taps := tapsOf(s.kernel, s.stride, s.dilation)
	skipped := s.cut / s.stride // places of which all pixels are cut off
	end := (s.cut + s.out + s.stride - 1) / s.stride
	return direction{taps: taps, before: taps - 1 - skipped, after: end - s.in, places: end - skipped,
		first: s.cut % s.stride}
}

// tapsOf returns how many taps the convolution of each phase has: the pixels that the transposed kernel reaches, in
// steps of the stride.
func tapsOf(kernel, stride, dilation int) int { return (dilation*(kernel-1) + stride) / stride }

// placeOf returns which of the kernel's places phase r sees at a tap, which count from the last one, or false.
func placeOf(tap, r, kernel, stride, dilation int) (place int, ok bool) {
	at := stride*(tapsOf(kernel, stride, dilation)-1-tap) + r
	return at / dilation, at%dilation == 0 && at/dilation < kernel
}

// phasedWeight returns the convolution's weight of a transposed one's. The channels of its results are a channel's
// phases, row by row, and then the next one's.
func phasedWeight(op ir.ConvTranspose, weight []float32, p *ir.Param) []float32 {
	perGroup, perOut := p.Shape[1], op.Out/op.Groups
	made := make([]float32, 0, p.Shape.Elements())
	for o := range op.Out {
		for phase := range op.Stride.Area() {
			for c := range perGroup {
				from := weight[((o/perOut*perGroup+c)*perOut+o%perOut)*op.Kernel.Area():]
				for y := range p.Shape[2] {
					row, inRow := placeOf(y, phase/op.Stride.Width, op.Kernel.Height, op.Stride.Height,
						op.Dilation.Height)
					for x := range p.Shape[3] {
						column, inColumn := placeOf(x, phase%op.Stride.Width, op.Kernel.Width, op.Stride.Width,
							op.Dilation.Width)
						v := float32(0)
						if inRow && inColumn {
							v = from[row*op.Kernel.Width+column]
						}
						made = append(made, v)
					}
				}
			}
		}
	}
	return made
}
