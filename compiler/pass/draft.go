package pass

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// draft is a graph under change: a pass edits the draft of its input, of which a new graph is built then, and the input
// stays as it is.
type draft struct {
	name    string
	lowered bool         // the graph to build is: set by passes that fuse
	nodes   []*draftNode // in graph order
	outputs []draftOutput
	derived Derivations
}

// draftOutput is an output of the network, whose name no pass changes.
type draftOutput struct {
	name string
	node *draftNode
}

// draftNode is a node under change. A node that goes leaves the one that has its value now, so that whoever still
// points to it finds that: inputs are read through input, never from the list.
type draftNode struct {
	of       *ir.Node // the node of the graph that came in; nil for what the pass has made
	name     string
	op       ir.Op
	shape    ir.Shape
	params   []*ir.Param // of the graph that came in
	origin   *ir.Origin
	shared   ir.Sharing
	inputs   []*draftNode
	readers  int        // reads of this node's value, being an output of the network among them
	position int        // in draft.nodes
	gone     bool       // not part of the graph any more
	stand    *draftNode // when gone: the node that now has the value
}

// newDraft makes a draft of a graph. Parameters stay those of the graph, for derivations to be made of them.
func newDraft(g *ir.Graph) *draft {
	d := &draft{name: g.Name, lowered: g.Lowered, derived: Derivations{}}
	drafts := make(map[*ir.Node]*draftNode, len(g.Nodes))
	read := func(n *ir.Node) *draftNode {
		drafts[n].readers++
		return drafts[n]
	}
	for i, n := range g.Nodes {
		dn := &draftNode{of: n, name: n.Name, op: n.Op, shape: n.Shape, params: n.Params, origin: n.Origin,
			shared: n.Shared, position: i}
		for _, in := range n.Inputs {
			dn.inputs = append(dn.inputs, read(in))
		}
		drafts[n] = dn
		d.nodes = append(d.nodes, dn)
	}
	for _, o := range g.Outputs {
		d.outputs = append(d.outputs, draftOutput{o.Name, read(o.Node)})
	}
	return d
}

// build makes the graph of a draft, in which nodes keep their order. Shapes and parameters are inferred again, so a
// pass that made what does not fit panics here and not in a stage after it.
func (d *draft) build() *ir.Graph {
	b := ir.NewBuilder(d.name)
	if d.lowered {
		b = ir.NewLoweredBuilder(d.name)
	}
	built := make(map[*draftNode]*ir.Node, len(d.nodes))
	for _, n := range d.nodes {
		if n.gone {
			continue
		}
		inputs := make([]*ir.Node, len(n.inputs))
		for i := range n.inputs {
			inputs[i] = built[n.input(i)]
		}
		node, err := b.AddShared(n.name, n.shared, n.op, n.origin, inputs...)
		if err != nil {
			panic(fmt.Sprintf("pass: node %q: %v", n.name, err))
		}
		built[n] = node
	}
	outputs := make([]ir.Output, len(d.outputs))
	for i, o := range d.outputs {
		outputs[i] = ir.Output{Name: o.name, Node: built[o.node.current()]}
	}
	return b.BuildNamed(outputs)
}

// newNode returns a node for a pass to put before n, in n's place as a reader of its inputs. One node will read it.
func (n *draftNode) newNode(suffix string, op ir.Op, shape ir.Shape, inputs []*draftNode) *draftNode {
	return &draftNode{name: n.name + suffix, op: op, shape: shape, origin: n.origin, inputs: inputs, readers: 1}
}

// current returns the node that has n's value now.
func (n *draftNode) current() *draftNode {
	for n.stand != nil {
		n = n.stand
	}
	return n
}

// input returns the node whose value is the i-th input.
func (n *draftNode) input(i int) *draftNode { return n.inputs[i].current() }

// bypass removes n, which has one input; whoever read n reads that input instead.
func (n *draftNode) bypass() {
	in := n.input(0)
	in.readers += n.readers - 1
	n.gone, n.stand, n.inputs = true, in, []*draftNode{in}
}

// absorb makes n, at its place in the graph, the operation of producer under the producer's name, with the given op
// and inputs. The producer goes; n must have been its only reader.
func (n *draftNode) absorb(producer *draftNode, op ir.Op, inputs ...*draftNode) {
	if producer.readers != 1 {
		panic("pass: absorbs the node " + producer.name + ", which others read")
	}
	n.name, n.op, n.params, n.origin, n.inputs = producer.name, op, producer.params, producer.origin, inputs
	n.shared = producer.shared
	producer.gone = true
}

// drop removes n, which nobody reads.
func (n *draftNode) drop() {
	n.gone = true
	n.keepInputs(0)
}

// keepInputs has n read only the first of its inputs from now on.
func (n *draftNode) keepInputs(first int) {
	for i := first; i < len(n.inputs); i++ {
		n.input(i).readers--
	}
	n.inputs = n.inputs[:first]
}

// path returns that by which a node's parameters are called.
func (n *draftNode) path() string { return (&ir.Node{Name: n.name, Shared: n.shared}).Path() }

// fold derives the parameters of a convolution: its outputs take the channels of a batch norm from one on.
func (d *draft) fold(conv *draftNode, norm *ir.Node, channel int) {
	for _, role := range []ir.Role{ir.Weight, ir.Bias} {
		name := conv.path() + "." + role.Field()
		derivation, again := d.derived[name]
		if i := slices.IndexFunc(conv.params, func(p *ir.Param) bool { return p.Role == role }); !again && i >= 0 {
			derivation.Base = conv.params[i]
		}
		derivation.Folds = append(derivation.Folds, Fold{norm, channel})
		d.derived[name] = derivation
	}
}
