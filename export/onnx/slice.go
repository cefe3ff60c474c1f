package onnx

import "github.com/netc-lang/netc/compiler/ir"

// slice writes a range of elements along an axis. Slices that share out all of a value among them, in order, become one
// Split.
func (e *emitter) slice(n *ir.Node, op ir.Slice) {
	if e.split[n] {
		return
	}
	in, parts := e.value[n.Inputs[0]], e.partition(n.Inputs[0], op.Axis)
	if len(parts) < 2 {
		starts, ends := e.ints(n.Name+".starts", int64(op.From)), e.ints(n.Name+".ends", int64(op.To))
		e.addFor(n, "Slice", []string{in, starts, ends, e.ints(n.Name+".axes", int64(op.Axis+1))})
		return
	}
	split := &node{operator: "Split", name: e.free(n.Inputs[0].Name + ".split"),
		attributes: []*message{attribute("axis", op.Axis+1)}}
	var sizes []int64
	for _, p := range parts {
		e.split[p] = true
		if e.value[p] == "" {
			e.value[p] = e.resultName(p)
		}
		split.outputs = append(split.outputs, e.value[p])
		sizes = append(sizes, int64(p.Shape[op.Axis]))
	}
	split.inputs = []string{in, e.ints(split.name+".sizes", sizes...)}
	e.model.nodes = append(e.model.nodes, split)
}

// partition returns the slices of a value along an axis if each begins where the one before it ends, and they end with
// the value.
func (e *emitter) partition(whole *ir.Node, axis int) []*ir.Node {
	var parts []*ir.Node
	end := 0
	for _, n := range e.graph.Nodes {
		op, ok := n.Op.(ir.Slice)
		if !ok || n.Inputs[0] != whole || op.Axis != axis {
			continue
		}
		if op.From != end {
			return nil
		}
		end = op.To
		parts = append(parts, n)
	}
	if end != whole.Shape[axis] {
		return nil
	}
	return parts
}
