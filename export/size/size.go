// Package size works out how the sizes of a network's values follow from that of the image.
//
// A graph comes in; the height and width of each value as a function of the image's go out, or the place that keeps
// the network to the size that it was built for (Of). Exporters ask for both: ONNX names open dimensions, PyTorch
// modules refuse images of a size that they were not built for.
package size

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

// Extent is the height or width of a value as a function of the input's, x:
//
//	times * (floor((x + offset) / stride) + 1)
//
// A window that reaches over r elements and moves by s makes of n elements, with p of padding,
// floor((n + p - r) / s) + 1. So an extent to which a window is applied is one again, and no other form is needed:
//
//	x                                   offset -1, stride 1   the input itself
//	kernel 3, stride 2, padding 1+1     offset -1, stride 2   floor((x - 1) / 2) + 1 = ceil(x / 2)
//	and again                           offset -1, stride 4   ceil(x / 4)
//	Upsample by 2 of that               times 2               2 * ceil(x / 4)
//
// With stride 0 the extent is the number offset, whatever x is.
type Extent struct{ offset, stride, times int }

// whole is the extent of the input itself.
var whole = Extent{-1, 1, 1}

func fixed(size int) Extent { return Extent{size, 0, 1} }

func (x Extent) isFixed() bool { return x.stride == 0 }

// window returns the extent after a window that reaches over so many elements, with so much padding on both sides
// together. It reports false where that is no extent: of what was made larger, all but the same size.
func (x Extent) window(reach, stride, padding int) (y Extent, ok bool) {
	switch {
	case x.isFixed():
		return fixed((x.offset+padding-reach)/stride + 1), true
	case stride == 1 && padding+1 == reach:
		return x, true
	case x.times > 1:
		return x, false
	}
	return Extent{x.offset + x.stride*(1+padding-reach), x.stride * stride, 1}, true
}

// larger returns the extent of what is made larger by a factor.
func (x Extent) larger(factor int) Extent {
	if x.isFixed() {
		return fixed(x.offset * factor)
	}
	x.times *= factor
	return x
}

// Name prints the extent with the letter for the input's: "H", "ceil(H/32)"; a fixed one as a number.
func (x Extent) Name(letter string) string {
	if x.times > 1 {
		once := x
		once.times = 1
		return fmt.Sprintf("%d*(%s)", x.times, once.Name(letter))
	}
	switch {
	case x.isFixed():
		return fmt.Sprint(x.offset)
	case x == whole:
		return letter
	case x.offset == -1:
		return fmt.Sprintf("ceil(%s/%d)", letter, x.stride)
	case x.stride == 1:
		return fmt.Sprintf("%s%+d", letter, x.offset+1)
	case x.offset == 0:
		return fmt.Sprintf("floor(%s/%d)+1", letter, x.stride)
	}
	return fmt.Sprintf("floor((%s%+d)/%d)+1", letter, x.offset, x.stride)
}

// Fixed returns the extent if it is the same for every image.
func (x Extent) Fixed() (extent int, fixed bool) { return x.offset, x.isFixed() }

// At returns the extent for an input of a size.
func (x Extent) At(size int) int {
	if x.isFixed() {
		return x.offset
	}
	return ((size+x.offset)/x.stride + 1) * x.times
}

// Area is the height and the width of a value.
type Area [2]Extent

// Of works out the extents of all images in the graph, when the input's size is open. Of several inputs, those that
// have the size of the first go with it, and the others keep theirs. A network that only fits the size
// it was built for is an error with the place where that shows.
func Of(g *ir.Graph) (map[*ir.Node]Area, error) {
	found := map[*ir.Node]Area{}
	for _, n := range g.Inputs {
		switch {
		case !n.Shape.IsImage():
		case sameArea(n, g.Input()):
			found[n] = Area{whole, whole}
		default:
			found[n] = Area{fixed(n.Shape[1]), fixed(n.Shape[2])}
		}
	}
	for _, n := range g.Operations() {
		if !openSized(n, found) {
			continue // whatever the image is, this has the size that its shape says
		}
		area, err := areaOf(n, found)
		if err != nil {
			return nil, err
		}
		if n.Shape.IsImage() {
			found[n] = area
		}
	}
	return found, nil
}

// sameArea reports whether two images have one height and one width.
func sameArea(n, other *ir.Node) bool {
	return n.Shape[1] == other.Shape[1] && n.Shape[2] == other.Shape[2]
}

// openSized reports whether a node reads an image of which the size follows from the input's.
func openSized(n *ir.Node, found map[*ir.Node]Area) bool {
	for _, in := range n.Inputs {
		if _, sized := found[in]; sized {
			return true
		}
	}
	return false
}

// areaIn returns the area of an input: of one that does not follow from the network's, what its shape says.
func areaIn(n *ir.Node, found map[*ir.Node]Area) Area {
	if a, ok := found[n]; ok || !n.Shape.IsImage() {
		return a
	}
	return Area{fixed(n.Shape[1]), fixed(n.Shape[2])}
}

// moves says why an operation that moves elements between the axes of images keeps the network to one size, if one of
// them has no fixed one.
func moves(n *ir.Node, found map[*ir.Node]Area) (Area, error) {
	if !slices.ContainsFunc(n.Inputs, func(in *ir.Node) bool {
		a := areaIn(in, found)
		return !a[0].isFixed() || !a[1].isFixed()
	}) {
		if n.Shape.IsImage() {
			return Area{fixed(n.Shape[1]), fixed(n.Shape[2])}, nil
		}
		return Area{}, nil
	}
	if _, ok := n.Op.(ir.ConvTranspose); ok { // an Extent has nothing to add what goes beyond the factor with
		return Area{}, bound(n, `padding: "same" makes it exactly the stride times as large`,
			"of an image of open size, netc can express its result only where that is exactly the stride times as "+
				"large")
	}
	return Area{}, bound(n, "", "the shape %v of its result holds for one size of the image, "+
		"so the network fits no other size", n.Shape)
}

func areaOf(n *ir.Node, found map[*ir.Node]Area) (Area, error) {
	in := areaIn(n.Inputs[0], found)
	switch rule := ir.SizingOf(n.Op); rule.Kind {
	case ir.Keeps:
		return in, nil
	case ir.Slides:
		return slid(n, in, rule.Window)
	case ir.Grows:
		return Area{in[0].larger(rule.Factor.Height), in[1].larger(rule.Factor.Width)}, nil
	case ir.Follows:
		if len(n.Inputs) > 1 {
			return areaIn(n.Inputs[1], found), nil
		}
		fallthrough
	case ir.Fixed:
		return Area{fixed(sizeAt(n, 1)), fixed(sizeAt(n, 2))}, nil
	case ir.Agrees, ir.Joins:
		return together(n, found, rule.Kind == ir.Agrees)
	case ir.Flattens:
		if !in[0].isFixed() || !in[1].isFixed() {
			return Area{}, bound(n, "put GlobalAvgPool before it",
				"the length of the vector depends on the size of the image, so the network fits no other size")
		}
		return Area{}, nil
	case ir.Moves:
		return moves(n, found)
	}
	panic(fmt.Sprintf("size: %T has no rule for its size", n.Op))
}

// slid returns the area after a window has gone over an image.
func slid(n *ir.Node, in Area, w ir.Window) (Area, error) {
	p, reach := w.Pad, w.Reach()
	if w.Stride.Height > 1 && p.Top != p.Bottom || w.Stride.Width > 1 && p.Left != p.Right {
		return Area{}, bound(n, "use symmetric padding, which is the same for every size",
			"its padding fits no image of another size, so the network fits no other size")
	}
	height, tall := in[0].window(reach.Height, w.Stride.Height, p.Top+p.Bottom)
	width, wide := in[1].window(reach.Width, w.Stride.Width, p.Left+p.Right)
	if !tall || !wide {
		return Area{}, bound(n, "",
			"the size of what was made larger changes here, so the network fits no other size")
	}
	return Area{height, width}, nil
}

func sizeAt(n *ir.Node, axis int) int {
	if n.Shape.IsImage() {
		return n.Shape[axis]
	}
	return 1
}

// together returns the area of values that are combined: they must agree whatever the input's size is. One pixel may be
// repeated, or may not.
func together(n *ir.Node, found map[*ir.Node]Area, repeats bool) (Area, error) {
	one := fixed(1)
	result := areaIn(n.Inputs[0], found)
	for _, in := range n.Inputs[1:] {
		for i, x := range areaIn(in, found) {
			switch {
			case x == result[i] || x == one && repeats:
			case result[i] == one && repeats:
				result[i] = x
			default:
				return Area{}, bound(n, "",
					"its inputs, of heights %s and %s, only fit each other at this size, "+
						"so the network fits no other size",
					result[i].Name("H"), x.Name("H"))
			}
		}
	}
	return result, nil
}

// Error says which node keeps a network to one size, and why.
type Error struct {
	Node    *ir.Node
	Message string
	Help    string // how to mend it; may be empty
}

// Error returns the place that a person wrote, if there is one, the node's name and the message.
func (e *Error) Error() string {
	message := e.Node.Name + ": " + e.Message
	if span := e.Span(); span.IsValid() {
		message = span.String() + ": " + message
	}
	if e.Help != "" {
		message += "; " + e.Help
	}
	return message
}

// Span returns the place that the node comes from.
func (e *Error) Span() source.Span {
	if e.Node.Origin == nil {
		return source.Span{}
	}
	return e.Node.Origin.Span
}

func bound(n *ir.Node, help, format string, args ...any) error {
	return &Error{n, fmt.Sprintf(format, args...), help}
}
