package ir

import (
	"fmt"
	"slices"
	"strings"
)

// ErrTooManyNodes is returned by Builder.Add when a graph would exceed MaxNodes.
var ErrTooManyNodes = errorf(TooManyNodes, "the network has over %d operations, the limit", MaxNodes)

// Builder makes a graph node by node. The zero Builder is not usable; see NewBuilder.
type Builder struct {
	graph  *Graph
	names  map[string]bool
	shared map[string]*Node // the first node of each path of shared weights
}

// NewBuilder starts a canonical graph of the given name.
func NewBuilder(name string) *Builder {
	return &Builder{graph: &Graph{Name: name}, names: map[string]bool{}}
}

// NewLoweredBuilder starts a graph that may hold what the op table marks as lowered.
func NewLoweredBuilder(name string) *Builder {
	b := NewBuilder(name)
	b.graph.Lowered = true
	return b
}

// HasName reports whether a node of that name is in the graph.
func (b *Builder) HasName(name string) bool { return b.names[name] }

// HasOperations reports whether the graph has nodes besides its inputs.
func (b *Builder) HasOperations() bool { return len(b.graph.Nodes) > len(b.graph.Inputs) }

// Add appends a node. The error says why the op cannot take such inputs, in words that follow the op's name:
// "needs a vector [features], got [3, 8, 8]".
func (b *Builder) Add(name string, op Op, origin *Origin, inputs ...*Node) (*Node, error) {
	return b.AddShared(name, Sharing{}, op, origin, inputs...)
}

// AddShared is Add for a node whose weights are shared, unless the sharing is zero. Which node is the first to have
// them follows from the order.
func (b *Builder) AddShared(name string, sharing Sharing, op Op, origin *Origin, inputs ...*Node) (*Node, error) {
	sharing.Again = false
	n := &Node{Name: name, Op: op, Inputs: inputs, Origin: origin, Shared: sharing}
	info := InfoOf(op)
	_, isInput := op.(Input)
	switch {
	case name == "" || b.names[name]:
		return nil, errorf(NameTaken, "the name %q is already taken", name)
	case !info.takes(len(inputs)):
		return nil, errorf(TooManyInputs, "cannot take %d inputs", len(inputs))
	case info.Lowered && !b.graph.Lowered:
		return nil, fmt.Errorf("only stands in lowered graphs")
	case len(b.graph.Nodes) >= MaxNodes:
		return nil, ErrTooManyNodes
	case isInput && len(b.graph.Inputs) < len(b.graph.Nodes):
		return nil, errorf(LateInput, "an input stands before everything that computes")
	case isInput && len(b.graph.Inputs) == MaxInputs:
		return nil, errorf(TooManyInputs, "a network has at most %d inputs", MaxInputs)
	case !isInput && len(b.graph.Inputs) == 0:
		return nil, errorf(LateInput, "a graph begins with its inputs")
	}
	shapes := n.InputShapes()
	var err error
	if n.Shape, err = op.infer(shapes); err != nil {
		return nil, err
	}
	if err := checkSize(n.Shape); err != nil {
		return nil, err
	}
	if n.Type, err = typeOf(op, inputs); err != nil {
		return nil, err
	}
	if op, ok := op.(parametric); ok {
		if n.Params, err = makeParams(n.Path(), op.params(shapes)); err != nil {
			return nil, err
		}
	}
	if sharing.Layer != "" {
		if err := b.share(n); err != nil {
			return nil, err
		}
	}
	b.names[name] = true
	b.graph.Nodes = append(b.graph.Nodes, n)
	if isInput {
		b.graph.Inputs = append(b.graph.Inputs, n)
	}
	return n, nil
}

// share gives a node the parameters of the first one that has its path.
func (b *Builder) share(n *Node) error {
	if !strings.HasPrefix(n.Name, n.Shared.At) {
		return fmt.Errorf("is called %s, and so no part of %s", n.Name, n.Shared.At)
	}
	first := b.shared[n.Path()]
	if first == nil {
		if b.shared == nil {
			b.shared = map[string]*Node{}
		}
		b.shared[n.Path()] = n
		return nil
	}
	if !slices.EqualFunc(first.Params, n.Params, func(x, y *Param) bool {
		return x.Role == y.Role && x.Shape.Equal(y.Shape)
	}) {
		return errorf(ShapesDiffer, "the weights it shares with %s have other shapes", first.Name)
	}
	n.Params, n.Shared.Again = first.Params, true
	return nil
}

// makeParams names the parameters of a node. There are none, or few, and they live as long: they share their memory.
func makeParams(node string, specs []paramSpec) ([]*Param, error) {
	if len(specs) == 0 {
		return nil, nil
	}
	params, all := make([]Param, len(specs)), make([]*Param, len(specs))
	for i, spec := range specs {
		if err := checkSize(spec.shape); err != nil {
			return nil, err
		}
		params[i] = Param{Name: node + "." + spec.role.Field(), Role: spec.role, Shape: spec.shape}
		all[i] = &params[i]
	}
	return all, nil
}

// Build finishes the graph, whose outputs are called as their nodes. The builder must not be used afterwards.
func (b *Builder) Build(outputs ...*Node) *Graph {
	named := make([]Output, len(outputs))
	for i, n := range outputs {
		named[i] = Output{n.Name, n}
	}
	return b.BuildNamed(named)
}

// BuildNamed is Build for outputs that have names of their own.
func (b *Builder) BuildNamed(outputs []Output) *Graph {
	b.graph.Outputs = outputs
	return b.graph
}
