// Package ir is the graph that every stage after the language speaks of: a network as a list of primitive operations
// with known shapes and named parameters.
//
// A Builder makes a Graph; it refuses a node whose inputs do not fit, so every value in a Graph has a shape. A
// finished Graph is immutable: a pass reads one and builds another. String prints it and Parse reads that text back;
// Verify checks the invariants listed there.
//
// A graph is canonical, which is what people wrote and what is exported, or lowered, which is for generated code. What
// the op table marks as lowered exists in lowered graphs alone: nothing else can be built or parsed.
//
// The graph knows nothing of blocks, scaling or variants: those are gone by the time it exists. What remains of them is
// the Name of each node, which is the path of what the person wrote ("stage3.1.depthwise.conv"), and its Origin.
package ir

import (
	"slices"

	"github.com/netc-lang/netc/dsl/source"
)

// Shape is the shape of one value of one image, the batch dimension left out: [channels, height, width] for an image or
// a feature map, [features] for a vector, [tokens, features] for a sequence. A value may have up to MaxRank dimensions;
// what an operation takes, its own documentation says.
type Shape []int

// Elements returns the number of scalars in a value of this shape.
func (s Shape) Elements() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// IsImage reports whether the shape is [channels, height, width].
func (s Shape) IsImage() bool { return len(s) == 3 }

// Equal reports whether both shapes are the same.
func (s Shape) Equal(other Shape) bool { return slices.Equal(s, other) }

// Graph is one concrete network.
type Graph struct {
	Name    string   // of the network and its variant: "EfficientNet-B0"
	Lowered bool     // it is for generated code, and may hold what the op table marks as such
	Nodes   []*Node  // every node stands after its inputs; the network's own inputs stand first
	Inputs  []*Node  // what the network is given, usually one image: Nodes up to the first that computes something
	Outputs []Output // what the network returns, usually one value
}

// Output is one of the values that a network returns. Several may be of one node, and the node may be an input.
type Output struct {
	Name string // as a person wrote it, unique among the outputs, and no other node's
	Node *Node
}

// Node is one operation and the value it produces.
type Node struct {
	Name   string  // path of what the person wrote, unique in the graph
	Op     Op      // what it computes
	Inputs []*Node // as many as the op takes
	Shape  Shape   // of the value it produces
	Type   Type    // of the value's elements
	Params []*Param
	Shared Sharing // zero for most nodes
	Origin *Origin // nil for nodes made without a source
}

// Sharing says that a node is part of a layer that is applied several times with one set of weights. Of
//
//	head = shared(Tower(64))
//	p3   = fine -> head      p3.conv, part of the layer head, applied at p3
//	p4   = coarse -> head    p4.conv, likewise at p4, again
//
// both nodes have the parameter head.conv.weight, the same *Param.
type Sharing struct {
	Layer string // the path of the layer, with which the names of parameters begin in place of At
	At    string // the path of its application, with which the node's name begins
	Again bool   // a node before has these weights
}

// path returns that by which the parameters of a node are called.
func (s Sharing) path(name string) string {
	if s.Layer == "" {
		return name
	}
	return s.Layer + name[len(s.At):]
}

// Path returns that by which the node's parameters are called: its name, unless its weights are shared.
func (n *Node) Path() string { return n.Shared.path(n.Name) }

// Param is one named tensor that a node reads besides its inputs. Its name is the node's name, or its Path, and the
// role's usual field: "stem.conv.weight", "stem.norm.running_mean".
type Param struct {
	Name  string
	Role  Role
	Shape Shape
}

// Origin says where a node came from: the place that names the operation and, outwards, each block instantiation
// around it.
type Origin struct {
	Span   source.Span
	Block  string  // the block whose body Span lies in; "" in the network's own body
	Path   string  // of that block's instance ("stage3.1"), a prefix of the node's name; "" in the network's own body
	Parent *Origin // where that block was instantiated; nil in the network's own body
}

// Input returns the first of the nodes that stand for what the network is given; most networks have one.
func (g *Graph) Input() *Node { return g.Inputs[0] }

// Operations returns the nodes that compute something: all but the inputs.
func (g *Graph) Operations() []*Node { return g.Nodes[len(g.Inputs):] }

// Output returns the node of the first output; most networks have one.
func (g *Graph) Output() *Node { return g.Outputs[0].Node }

// IsOutput reports whether the network returns the value of a node.
func (g *Graph) IsOutput(n *Node) bool {
	return slices.ContainsFunc(g.Outputs, func(o Output) bool { return o.Node == n })
}

// Params returns every parameter of the graph in the order of its nodes. Those of a shared layer are there once.
func (g *Graph) Params() []*Param {
	var all []*Param
	for _, n := range g.Nodes {
		if !n.Shared.Again {
			all = append(all, n.Params...)
		}
	}
	return all
}

// Moved returns outputs by the nodes that stand for theirs in another graph.
func Moved(outputs []Output, to map[*Node]*Node) []Output {
	moved := make([]Output, len(outputs))
	for i, o := range outputs {
		moved[i] = Output{o.Name, to[o.Node]}
	}
	return moved
}

// Users returns, for every node, the nodes that read it, in graph order.
func (g *Graph) Users() map[*Node][]*Node {
	users := make(map[*Node][]*Node, len(g.Nodes))
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			users[in] = append(users[in], n)
		}
	}
	return users
}

// ParamCount returns the number of trainable scalars: weights, biases, slopes, learned tensors, and the scale and shift
// of normalisations. Batch norm's running statistics are not trained and do not count.
func (g *Graph) ParamCount() int64 {
	var n int64
	for _, node := range g.Nodes {
		n += node.ParamCount()
	}
	return n
}

// MACs returns the multiply-accumulates of one image through the graph's convolutions, linear layers and products of
// matrices.
func (g *Graph) MACs() int64 {
	var n int64
	for _, node := range g.Nodes {
		n += node.MACs()
	}
	return n
}

// Activations returns the number of elements that the graph's convolutions put out for one image. It says more about
// the time on accelerators than MACs do: they read and write each of these, and wait for memory ("Designing Network
// Design Spaces", arXiv:2003.13678, section 3.3).
func (g *Graph) Activations() int64 {
	var n int64
	for _, node := range g.Nodes {
		if _, ok := node.Op.(Conv); ok {
			n += int64(node.Shape.Elements())
		}
	}
	return n
}

// ParamCount returns the number of trainable scalars of this node; 0 where a node before has the same.
func (n *Node) ParamCount() int64 {
	var count int64
	if n.Shared.Again {
		return 0
	}
	for _, p := range n.Params {
		if p.Role.Trainable() {
			count += int64(p.Shape.Elements())
		}
	}
	return count
}

// MACs returns the multiply-accumulates of one image through this node; 0 for all but those three.
func (n *Node) MACs() int64 {
	if op, ok := n.Op.(costly); ok {
		return op.macs(n.InputShapes(), n.Shape)
	}
	return 0
}

// InputShapes returns the shapes of the node's inputs in order.
func (n *Node) InputShapes() []Shape {
	shapes := make([]Shape, len(n.Inputs))
	for i, in := range n.Inputs {
		shapes[i] = in.Shape
	}
	return shapes
}

// Param returns the node's parameter of the given role, or nil.
func (n *Node) Param(role Role) *Param {
	for _, p := range n.Params {
		if p.Role == role {
			return p
		}
	}
	return nil
}

// Role is what a parameter is to its operation.
type Role int

// The roles. Scale and Shift are the trained gamma and beta of norms, Slope is PReLU's, Tensor what Learned gives.
const (
	Weight Role = iota
	Bias
	Scale
	Shift
	RunningMean
	RunningVariance
	Slope
	Tensor
)

// Trainable reports whether training changes such a parameter by gradient. The running statistics are not trainable.
func (r Role) Trainable() bool { return r != RunningMean && r != RunningVariance }

// Field returns the last component of the parameter's name, as PyTorch calls it.
func (r Role) Field() string {
	switch r {
	case Weight, Scale, Slope, Tensor:
		return "weight"
	case Bias, Shift:
		return "bias"
	case RunningMean:
		return "running_mean"
	case RunningVariance:
		return "running_var"
	}
	panic("ir: unknown role")
}
