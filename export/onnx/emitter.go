package onnx

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/size"
)

// emitter makes a Model of a tidied graph.
type emitter struct {
	o             Options
	graph         *ir.Graph
	values        params.Values
	normalisation *Normalisation
	model         *Model
	areas         map[*ir.Node]size.Area // nil when height and width are fixed
	names         map[string]bool        // taken
	value         map[*ir.Node]string    // the name of each node's value
	split         map[*ir.Node]bool      // slices that a Split has written already
	constants     map[float32]string
	params        map[string]bool // that are initializers already
}

func (e *emitter) emit() (err error) {
	if e.o.DynamicSize {
		if e.areas, err = size.Of(e.graph); err != nil {
			return err
		}
	}
	if err := e.reserveNames(); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	e.input()
	for _, n := range e.graph.Operations() {
		if err := e.node(n); err != nil {
			return fmt.Errorf("onnx: node %s: %w", n.Name, err)
		}
	}
	if err := e.head(); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	return nil
}

// reserveNames takes the names of all nodes, outputs and parameters. ONNX keeps those of values in one namespace, in
// which a name must not stand for two things. An output may have the name of a node that is another; the value of that
// node then gets another name (resultName).
func (e *emitter) reserveNames() error {
	take := func(name string) error {
		if e.names[name] {
			return fmt.Errorf("the name %s stands for two values: rename one of the two steps", name)
		}
		e.names[name] = true
		return nil
	}
	for _, o := range e.graph.Outputs {
		if err := take(o.Name); err != nil {
			return err
		}
	}
	for _, p := range e.graph.Params() {
		if err := take(p.Name); err != nil {
			return err
		}
	}
	for _, n := range e.graph.Nodes {
		if e.outputCalled(n.Name) != nil {
			continue
		}
		if err := take(n.Name); err != nil {
			return err
		}
	}
	return nil
}

// outputCalled returns the node that is the output of a name, or nil.
func (e *emitter) outputCalled(name string) *ir.Node {
	for _, o := range e.graph.Outputs {
		if o.Name == name {
			return o.Node
		}
	}
	return nil
}

// input writes what stands before the network.
func (e *emitter) input() {
	if e.o.Preprocess {
		in := e.graph.Input()
		e.value[in] = e.preprocess(in)
		return
	}
	for _, in := range e.graph.Inputs {
		e.model.Inputs = append(e.model.Inputs, Value{in.Name, e.ioType(), e.dims(in)})
		e.value[in] = e.cast(in.Name, e.ioType(), e.o.Type, e.dims(in))
	}
}

// ioType is the type of inputs and outputs.
func (e *emitter) ioType() ElementType {
	if e.o.KeepIO {
		return Float32
	}
	return e.o.Type
}

// dims returns the dimensions of a node's value, the batch first.
func (e *emitter) dims(n *ir.Node) []Dim {
	dims := e.dimsOf(n.Shape)
	if a, ok := e.areas[n]; ok && n.Shape.IsImage() {
		dims[2], dims[3] = dimOf(a[0], "H"), dimOf(a[1], "W")
	}
	return dims
}

// dimsOf returns the dimensions of a value of a shape, the batch first.
func (e *emitter) dimsOf(s ir.Shape) []Dim {
	batch := Dim{Symbol: "N"}
	if e.o.Batch > 0 {
		batch = Dim{Size: e.o.Batch}
	}
	dims := []Dim{batch}
	for _, d := range s {
		dims = append(dims, Dim{Size: d})
	}
	return dims
}

// add appends a node whose only output is also its name.
func (e *emitter) add(operator, name string, inputs []string, attributes ...*message) {
	e.model.nodes = append(e.model.nodes, &node{operator, name, inputs, []string{name}, attributes})
}

// addFor appends the node that has a graph node's value.
func (e *emitter) addFor(n *ir.Node, operator string, inputs []string, attributes ...*message) {
	e.model.nodes = append(e.model.nodes, &node{operator, n.Name, inputs, []string{e.value[n]}, attributes})
}

// cast writes a Cast unless both types are the same, and returns the name of the value in the other type.
func (e *emitter) cast(name string, from, to ElementType, dims []Dim) string {
	if from == to {
		return name
	}
	result := e.free(name + "." + to.String())
	e.castTo(result, name, to)
	e.model.infos = append(e.model.infos, Value{result, to, dims})
	return result
}

func (e *emitter) castTo(result, name string, to ElementType) {
	e.model.nodes = append(e.model.nodes, &node{"Cast", name + "." + to.String(), []string{name}, []string{result},
		[]*message{attribute("to", int(to.number()))}})
}

// free makes a name that nothing else has.
func (e *emitter) free(name string) string {
	for e.names[name] {
		name += "_"
	}
	e.names[name] = true
	return name
}

// step makes a name for a value on the way to that of a node.
func (e *emitter) step(n *ir.Node, what string, t ElementType, dims []Dim) string {
	name := e.free(n.Name + "." + what)
	e.model.infos = append(e.model.infos, Value{name, t, dims})
	return name
}

// param adds an initializer and returns its name.
// Weights that several nodes share are one initializer.
func (e *emitter) param(p *ir.Param, shape []int) string {
	if e.params[p.Name] {
		return p.Name
	}
	e.params[p.Name] = true
	open := func() (params.Reader, error) { return e.values(p) }
	t := &tensor{name: p.Name, shape: shape, element: e.o.Type, open: open}
	e.model.initializers = append(e.model.initializers, t)
	return p.Name
}

// constant adds an initializer with values of the exporter's own, and returns its name.
func (e *emitter) constant(name string, t ElementType, shape []int, values []float32) string {
	name = e.free(name)
	open := func() (params.Reader, error) { return params.Of(values), nil }
	e.model.initializers = append(e.model.initializers, &tensor{name: name, shape: shape, element: t, open: open})
	return name
}

// scalar adds a constant of the network's type once and returns its name.
func (e *emitter) scalar(v float32) string {
	if _, ok := e.constants[v]; !ok {
		e.constants[v] = e.constant(fmt.Sprintf("constant_%g", v), e.o.Type, nil, []float32{v})
	}
	return e.constants[v]
}

// ints adds a vector of integers.
func (e *emitter) ints(name string, values ...int64) string {
	name = e.free(name)
	e.model.initializers = append(e.model.initializers, &tensor{name: name, shape: []int{len(values)}, element: Int64,
		ints: values})
	return name
}
