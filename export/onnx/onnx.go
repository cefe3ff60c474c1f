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
	if err := e.reserveNames(); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	for _, n := range g.Nodes {
		if err := e.node(n); err != nil {
			return fmt.Errorf("onnx: node %s: %w", n.Name, err)
		}
	}
	m := model(e.finish())
	if m.size > math.MaxInt32 {
		return fmt.Errorf("onnx: the model would have %d bytes, but an ONNX file must stay below 2 GiB: choose a smaller variant", m.size)
	}
	return m.writeTo(w)
}

// emitter collects the GraphProto.
type emitter struct {
	graph        *ir.Graph
	set          params.Set
	graphProto   *message
	initializers []*message
	infos        []*message          // of the values between operations
	names        map[string]bool     // taken
	values       map[*ir.Node]string // the name of each node's value
	constants    map[float32]string
}

// reserveNames takes the names of all nodes and parameters. ONNX keeps both in one namespace, in which a name must not
// stand for two things.
func (e *emitter) reserveNames() error {
	take := func(name string) error {
		if e.names[name] {
			return fmt.Errorf("the name %s stands for two values: rename one of the two steps", name)
		}
		e.names[name] = true
		return nil
	}
	for _, n := range e.graph.Nodes {
		if err := take(n.Name); err != nil {
			return err
		}
	}
	for _, p := range e.graph.Params() {
		if err := take(p.Name); err != nil {
			return err
		}
	}
	return nil
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
			e.infos = append(e.infos, valueInfo(n.Name, n.Shape))
		}
	}
	for _, info := range e.infos {
		g.message(13, info)
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

// free makes a name that nothing else has.
func (e *emitter) free(name string) string {
	for e.names[name] {
		name += "_"
	}
	e.names[name] = true
	return name
}

// step makes a name for a value on the way to that of a node, of the same shape.
func (e *emitter) step(n *ir.Node, what string) string {
	name := e.free(n.Name + "." + what)
	e.infos = append(e.infos, valueInfo(name, n.Shape))
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
	name := e.free(fmt.Sprintf("constant_%g", v))
	e.constants[v] = name
	e.initializers = append(e.initializers, floatTensor(name, nil, []float32{v}))
	return name
}

func (e *emitter) ints(name string, values ...int64) string {
	name = e.free(name)
	e.initializers = append(e.initializers, intTensor(name, values...))
	return name
}
