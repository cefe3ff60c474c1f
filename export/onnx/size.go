package onnx

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
)

// Dim is one dimension of a value: a size, or else the name of one that is only known when the model runs.
type Dim struct {
	Size   int
	Symbol string
}

// extent is the height or width of a value as a function of the input's, x: floor((x + offset) / stride) + 1. With stride
// 0 it is the number offset, whatever x is. Sliding a window over an extent gives an extent again.
type extent struct{ offset, stride int }

// whole is the extent of the input itself.
var whole = extent{-1, 1}

func fixed(size int) extent { return extent{size, 0} }

func (x extent) isFixed() bool { return x.stride == 0 }

// window returns the extent after a window that reaches over so many elements, with so much padding on both sides
// together.
func (x extent) window(reach, stride, padding int) extent {
	if x.isFixed() {
		return fixed((x.offset+padding-reach)/stride + 1)
	}
	return extent{x.offset + x.stride*(1+padding-reach), x.stride * stride}
}

// name prints the extent with the letter for the input's: "H", "ceil(H/32)".
func (x extent) name(letter string) string {
	switch {
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

func (x extent) dim(letter string) Dim {
	if x.isFixed() {
		return Dim{Size: x.offset}
	}
	return Dim{Symbol: x.name(letter)}
}

// area is the height and the width of a value.
type area [2]extent

// areas works out the extents of all images in the graph, when the input's size is open. A network that only fits the size
// it was built for is an error with the place where that shows.
func areas(g *ir.Graph) (map[*ir.Node]area, error) {
	found := map[*ir.Node]area{g.Input(): {whole, whole}}
	for _, n := range g.Nodes[1:] {
		if !n.Inputs[0].Shape.IsImage() {
			continue
		}
		var err error
		if found[n], err = areaOf(n, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func areaOf(n *ir.Node, found map[*ir.Node]area) (area, error) {
	in := found[n.Inputs[0]]
	slide := func(reach, stride int, p ir.Padding) (area, error) {
		if stride > 1 && (p.Top != p.Bottom || p.Left != p.Right) {
			return area{}, atNode(n, "use symmetric padding, which is the same for every size",
				"its padding fits no image of another size, so height and width cannot be left open")
		}
		return area{in[0].window(reach, stride, p.Top+p.Bottom), in[1].window(reach, stride, p.Left+p.Right)}, nil
	}
	switch op := n.Op.(type) {
	case ir.Conv:
		return slide(op.Dilation*(op.Kernel-1)+1, op.Stride, op.Pad)
	case ir.MaxPool:
		return slide(op.Kernel, op.Stride, op.Pad)
	case ir.AvgPool:
		return slide(op.Kernel, op.Stride, op.Pad)
	case ir.GlobalAvgPool:
		return area{fixed(1), fixed(1)}, nil
	case ir.Flatten:
		if !in[0].isFixed() || !in[1].isFixed() {
			return area{}, atNode(n, "put GlobalAvgPool before it",
				"the length of the vector depends on the size of the image, so height and width cannot be left open")
		}
		return area{}, nil
	case ir.Add, ir.Mul, ir.Concat:
		return together(n, found)
	}
	return in, nil
}

// together returns the area of values that are combined element by element: they must agree whatever the input's size is.
func together(n *ir.Node, found map[*ir.Node]area) (area, error) {
	one := fixed(1)
	_, joins := n.Op.(ir.Concat)
	result := found[n.Inputs[0]]
	for _, in := range n.Inputs[1:] {
		for i, x := range found[in] {
			switch {
			case x == result[i] || x == one && !joins:
			case result[i] == one && !joins:
				result[i] = x
			default:
				return area{}, atNode(n, "", "its inputs, of heights %s and %s, only fit each other at this size, so height and width cannot be left open",
					result[i].dim("H"), x.dim("H"))
			}
		}
	}
	return result, nil
}

// String prints the size or the symbol.
func (d Dim) String() string {
	if d.Symbol != "" {
		return d.Symbol
	}
	return fmt.Sprint(d.Size)
}

// NodeError says why a node does not go with the options.
type NodeError struct {
	Node    *ir.Node
	Message string
	Help    string // how to mend it; may be empty
}

// Error returns the place that a person wrote, if there is one, the node's name and the message.
func (e *NodeError) Error() string {
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
func (e *NodeError) Span() source.Span {
	if e.Node.Origin == nil {
		return source.Span{}
	}
	return e.Node.Origin.Span
}

func atNode(n *ir.Node, help, format string, args ...any) error {
	return &NodeError{n, fmt.Sprintf(format, args...), help}
}
