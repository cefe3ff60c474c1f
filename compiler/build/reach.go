package build

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// What of a network reaches its output. The rest is left out of the graph, so that no figure counts what no file has,
// and the lines that wrote it are told of.

// line is a line of a body while it is evaluated, and the lines outside that led to it: of
//
//	network N {                    block Twice(out: channels)(x) {
//	    stage Twice(8) x 2             first Conv(out) -> act
//	}                              }
//
// the convolution stage.0.first.conv has the line "first", whose outer line is "stage".
type line struct {
	place source.Span // of the line's name, or of a whole line that has none
	outer *line
}

// nameOf is the part of a line that a message about the whole line underlines.
func nameOf(st syntax.Statement) source.Span {
	switch st := st.(type) {
	case *syntax.Assign:
		return st.Name.Span
	case *syntax.Flow:
		return st.Name.Span
	case *syntax.Input:
		return st.Name.Span
	}
	return st.Place()
}

// places lists what wrote a node, from the network's line inwards to the operation.
func (b *builder) places(n *ir.Node) []source.Span {
	var places []source.Span
	if n.Origin != nil {
		places = append(places, n.Origin.Span)
	}
	for l := b.lines[n]; l != nil; l = l.outer {
		places = append(places, l.place)
	}
	for i, j := 0, len(places)-1; i < j; i, j = i+1, j-1 {
		places[i], places[j] = places[j], places[i]
	}
	return places
}

// reachable marks the nodes that an output depends on.
func reachable(g *ir.Graph) map[*ir.Node]bool {
	reached := make(map[*ir.Node]bool, len(g.Nodes))
	for _, o := range g.Outputs {
		reached[o.Node] = true
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- { // a node stands after its inputs
		if n := g.Nodes[i]; reached[n] {
			for _, in := range n.Inputs {
				reached[in] = true
			}
		}
	}
	return reached
}

// prune leaves the nodes out of a graph that no output depends on, but for the network's inputs, and notes what wrote
// them, and inputs that nothing uses.
func (b *builder) prune(g *ir.Graph) *ir.Graph {
	reached := reachable(g)
	users := g.Users()
	kept := make([]*ir.Node, 0, len(g.Nodes))
	for i, n := range g.Nodes {
		isInput := i < len(g.Inputs)
		if isInput || reached[n] {
			kept = append(kept, n)
		}
		if reached[n] {
			for _, place := range b.places(n) {
				b.observed.Reached[place] = true
			}
		} else if len(users[n]) == 0 { // what only such a node uses is not worth a message of its own
			b.observed.Dead = append(b.observed.Dead, b.places(n))
		}
	}
	first := map[string]bool{}
	for _, n := range kept {
		if n.Shared.Layer != "" {
			n.Shared.Again = first[n.Path()]
			first[n.Path()] = true
		}
	}
	return &ir.Graph{Name: g.Name, Nodes: kept, Inputs: g.Inputs, Outputs: g.Outputs}
}
