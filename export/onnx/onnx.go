// Package onnx writes a graph as an ONNX model.
//
// A canonical graph and the values of its parameters come in (Write); the bytes of a ModelProto go out, the same for the same
// input. Values, nodes and initializers have the names of the graph's nodes and parameters. The batch dimension is the
// symbol N.
package onnx

import (
	"fmt"
	"io"
	"math"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Write writes the model. Weights are streamed: no second copy of them is made.
func Write(w io.Writer, g *ir.Graph, set params.Set) error {
	e := &emitter{graph: g, set: set, graphProto: &message{}, names: map[string]bool{}, values: map[*ir.Node]string{}}
	for _, n := range g.Nodes {
		e.names[n.Name] = true
	}
	for _, n := range g.Nodes {
		if err := e.node(n); err != nil {
			return fmt.Errorf("onnx: node %s: %w", n.Name, err)
		}
	}
	m := model(e.finish())
	if m.size > math.MaxInt32 {
		return fmt.Errorf("onnx: the model would have %d bytes, but protobuf ends at 2 GiB", m.size)
	}
	return m.writeTo(w)
}

// emitter collects the GraphProto.
type emitter struct {
	graph        *ir.Graph
	set          params.Set
	graphProto   *message
	initializers []*message
	infos        []*message
	names        map[string]bool     // taken
	values       map[*ir.Node]string // the name of each node's value
	constants    map[float32]string
}

// finish adds what stands after the nodes in a GraphProto.
func (e *emitter) finish() *message {
	g := e.graphProto
	g.string(2, e.graph.Name)
	for _, t := range e.initializers {
		g.message(5, t)
	}
	in := e.graph.Input()
	g.message(11, valueInfo(in.Name, in.Shape))
	outputs := map[*ir.Node]bool{}
	for _, out := range e.graph.Outputs {
		outputs[out] = true
		if e.values[out] != out.Name { // an operation that is nothing in inference
			e.add("Identity", out.Name, []string{e.values[out]})
		}
		g.message(12, valueInfo(out.Name, out.Shape))
	}
	for _, n := range e.graph.Nodes[1:] {
		if !outputs[n] && e.values[n] == n.Name {
			g.message(13, valueInfo(n.Name, n.Shape))
		}
	}
	return g
}

// add appends a NodeProto whose only output is also its name.
func (e *emitter) add(op, name string, inputs []string, attributes ...*message) {
	m := &message{}
	for _, in := range inputs {
		m.string(1, in)
	}
	m.string(2, name)
	m.string(3, name)
	m.string(4, op)
	for _, a := range attributes {
		m.message(5, a)
	}
	e.graphProto.message(1, m)
}

// extra makes a name for a value that the graph has no node for.
func (e *emitter) extra(name string) string {
	for e.names[name] {
		name += "_"
	}
	e.names[name] = true
	return name
}

// param adds an initializer and returns its name.
func (e *emitter) param(p *ir.Param) string {
	e.initializers = append(e.initializers, floatTensor(p.Name, p.Shape, e.set.Of(p).Data))
	return p.Name
}

// scalar adds a constant once and returns its name.
func (e *emitter) scalar(v float32) string {
	if e.constants == nil {
		e.constants = map[float32]string{}
	}
	if name, ok := e.constants[v]; ok {
		return name
	}
	name := e.extra(fmt.Sprintf("constant_%g", v))
	e.constants[v] = name
	e.initializers = append(e.initializers, floatTensor(name, nil, []float32{v}))
	return name
}

func (e *emitter) ints(name string, values ...int64) string {
	name = e.extra(name)
	e.initializers = append(e.initializers, intTensor(name, values...))
	return name
}
