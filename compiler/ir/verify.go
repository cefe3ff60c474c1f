package ir

import (
	"fmt"
	"slices"
)

// Verify checks what every stage may rely on and returns the first thing that does not hold:
//
//   - the inputs, and no others, are the nodes of the operation Input; they stand first, and there is at least one;
//   - names are unique, and what every node reads stands before it;
//   - there is at least one output, every output is a node of the graph, and no two have one name, nor one and an input
//     that it is not;
//   - a graph that is not lowered holds nothing that the op table marks as lowered;
//   - shapes, parameters and their names are what the op table gives for the inputs.
//
// A Builder cannot make a graph that fails; Verify is for what passes do to the nodes they copy. It runs after every
// pass in tests.
func Verify(g *Graph) error {
	again := NewBuilder(g.Name)
	again.graph.Lowered = g.Lowered
	copies := make(map[*Node]*Node, len(g.Nodes))
	for _, n := range g.Nodes {
		inputs := make([]*Node, len(n.Inputs))
		for i, in := range n.Inputs {
			if inputs[i] = copies[in]; inputs[i] == nil {
				return fmt.Errorf("node %q reads %q, which does not stand before it", n.Name, in.Name)
			}
		}
		c, err := again.AddShared(n.Name, n.Shared, n.Op, n.Origin, inputs...)
		if err != nil {
			return fmt.Errorf("node %q: %s %w", n.Name, InfoOf(n.Op).Name, err)
		}
		if !c.Shape.Equal(n.Shape) {
			return fmt.Errorf("node %q has shape %v, but its op gives %v", n.Name, n.Shape, c.Shape)
		}
		if c.Type != n.Type {
			return fmt.Errorf("node %q has elements of %s, but its op gives %s", n.Name, n.Type, c.Type)
		}
		if c.Shared != n.Shared {
			return fmt.Errorf("node %q shares weights as %+v, but by its place as %+v", n.Name, n.Shared, c.Shared)
		}
		if err := sameParams(n, c); err != nil {
			return err
		}
		copies[n] = c
	}
	if !slices.EqualFunc(g.Inputs, again.graph.Inputs, func(n, c *Node) bool { return copies[n] == c }) {
		return fmt.Errorf("the inputs of graph %q are not its nodes of that operation", g.Name)
	}
	return verifyOutputs(g)
}

// verifyOutputs checks the outputs of a graph. One may have the name of a node that computes something else: that of a
// line, of which the node is a part.
func verifyOutputs(g *Graph) error {
	if len(g.Outputs) == 0 || len(g.Outputs) > MaxOutputs {
		return fmt.Errorf("graph %q has %d outputs, but must have from 1 to %d", g.Name, len(g.Outputs), MaxOutputs)
	}
	for i, o := range g.Outputs {
		switch {
		case !slices.Contains(g.Nodes, o.Node):
			return fmt.Errorf("the output %q is not a node of the graph", o.Name)
		case o.Name == "":
			return fmt.Errorf("output %d has no name", i)
		case slices.ContainsFunc(g.Inputs, func(in *Node) bool { return in.Name == o.Name && in != o.Node }):
			return fmt.Errorf("the name of the output %q is that of an input", o.Name)
		case slices.ContainsFunc(g.Outputs[:i], func(other Output) bool { return other.Name == o.Name }):
			return fmt.Errorf("two outputs are called %q", o.Name)
		}
	}
	return nil
}

func sameParams(n, want *Node) error {
	if len(n.Params) != len(want.Params) {
		return fmt.Errorf("node %q has %d parameters, but its op has %d", n.Name, len(n.Params), len(want.Params))
	}
	for i, p := range n.Params {
		if w := want.Params[i]; p.Role != w.Role || p.Name != w.Name || !p.Shape.Equal(w.Shape) {
			return fmt.Errorf("node %q has the parameter %s %v, but its op has %s %v", n.Name, p.Name, p.Shape, w.Name,
				w.Shape)
		}
	}
	return nil
}
