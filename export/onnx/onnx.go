// Package onnx writes a graph as an ONNX model.
//
// A canonical graph, the values of its parameters and Options come in; the bytes of a ModelProto go out, the same for
// the same input. Build works out the model without touching a weight, Model.Write and Model.WriteExternal write it,
// reading each weight when its turn comes. Values, nodes and initializers have the names of the graph's nodes and
// parameters.
//
// On the way from graph to file: pass.ChooseOutputs takes other outputs, pass.Export tidies the graph, dim.go names the
// dimensions that stay open, operator.go and activation.go write the operations, normalise.go and head.go what the
// options put before and behind the network.
package onnx

import (
	"fmt"
	"io"
	"math"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// Model is an ONNX model that can be written.
type Model struct {
	Name            string
	Opset           int
	Inputs, Outputs []Value
	Properties      []Property // in the order of the file
	version         string
	nodes           []*node
	initializers    []*tensor
	infos           []Value // of the values between operations

	element ElementType // that the network computes in
	graph   *ir.Graph   // as it is written, and the values of its parameters
	read    params.Values
}

// Write writes the graph as a model with the default options.
func Write(w io.Writer, g *ir.Graph, set params.Set) error {
	m, err := Build(g, set.Values(), Options{})
	if err != nil {
		return err
	}
	return m.Write(w, nil)
}

// Build makes the model of a canonical graph. The values are those of the graph as it is given; they are asked for when
// the model is written.
func Build(g *ir.Graph, values params.Values, o Options) (*Model, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	opset, err := chooseOpset(o)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	chosen, err := pass.ChooseOutputs(g, o.Features)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	tidy, derived := pass.Run(pass.Export(!o.KeepBatchNorm, o.DynamicSize), chosen, nil)
	e := &emitter{
		o: o, graph: tidy, values: derived.Values(values),
		model: &Model{Name: g.Name, Opset: opset, version: o.Metadata.Version},
		names: map[string]bool{}, value: map[*ir.Node]string{}, constants: map[float32]string{},
		params: map[string]bool{}, split: map[*ir.Node]bool{},
	}
	if e.normalisation, err = normalisation(o, g); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	if err := e.emit(); err != nil {
		return nil, err // it names the node
	}
	e.model.element, e.model.graph, e.model.read = o.Type, tidy, e.values
	if e.model.Properties, err = properties(o, g, chosen.Outputs, e.normalisation); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return e.model, nil
}

// Write writes the model as one file. progress, unless nil, is called with the bytes of each weight after it is
// written.
func (m *Model) Write(w io.Writer, progress func(bytes int)) error {
	encoded := m.encode("", nil)
	if encoded.size > math.MaxInt32 {
		return fmt.Errorf("onnx: the model would have %d bytes, but an ONNX file must stay below 2 GiB: "+
			"write the weights to a file of their own, as external data", encoded.size)
	}
	if err := writeParts(w, encoded.parts, progress); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	return nil
}

// Operators returns how often the model uses each operator.
func (m *Model) Operators() map[string]int {
	counts := map[string]int{}
	for _, n := range m.nodes {
		counts[n.operator]++
	}
	return counts
}

// WeightBytes returns the size of all weights together.
func (m *Model) WeightBytes() int {
	total := 0
	for _, t := range m.initializers {
		total += t.size()
	}
	return total
}
