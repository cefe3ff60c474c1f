package size

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Resize builds the graph for images of another size, with the same parameters. All inputs get it that have the size
// of the first. It is an error where operations do not fit the other size, or need parameters of another shape for it.
// Padding is kept as it is: whether the result is what the source would have become at that size, Of tells.
func Resize(g *ir.Graph, height, width int) (*ir.Graph, error) {
	if in := g.Input(); !in.Shape.IsImage() {
		return nil, fmt.Errorf("the input %s is %v: only images come in other sizes", in.Name, in.Shape)
	}
	b := ir.NewBuilder(g.Name)
	copies := map[*ir.Node]*ir.Node{}
	for _, n := range g.Nodes {
		op := n.Op
		if in, ok := op.(ir.Input); ok && n.Shape.IsImage() && sameArea(n, g.Input()) {
			in.Shape = ir.DimsOf(n.Shape[0], height, width)
			op = in
		}
		var inputs []*ir.Node
		for _, i := range n.Inputs {
			inputs = append(inputs, copies[i])
		}
		made, err := b.AddShared(n.Name, n.Shared, op, n.Origin, inputs...)
		if err != nil {
			return nil, err
		}
		for i, p := range made.Params {
			if !p.Shape.Equal(n.Params[i].Shape) {
				return nil, fmt.Errorf("%s has the shape %v at this size, not %v", p.Name, p.Shape, n.Params[i].Shape)
			}
		}
		copies[n] = made
	}
	return b.BuildNamed(ir.Moved(g.Outputs, copies)), nil
}
