package pass

import (
	"fmt"
	"maps"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// draft is a graph under change. A pass edits the draft of its input and builds a new graph of it; the input and its
// values stay as they are.
type draft struct {
	name    string
	nodes   []*draftNode // in graph order
	outputs []*draftNode
	values  params.Set // nil when only the graph is wanted
	owned   bool       // values is a copy that may be changed
}

type draftNode struct {
	name     string
	op       ir.Op
	shape    ir.Shape
	origin   *ir.Origin
	inputs   []*draftNode
	readers  int        // reads of this node's value, being an output of the network among them
	position int        // in draft.nodes
	gone     bool       // not part of the graph any more
	stand    *draftNode // when gone: the node that now has the value
}

// rewrite runs one pass's edit on a draft of the graph.
func rewrite(g *ir.Graph, set params.Set, edit func(*draft) bool) (*ir.Graph, params.Set, bool) {
	d := newDraft(g, set)
	if !edit(d) {
		return g, set, false
	}
	return d.build(), d.values, true
}

func newDraft(g *ir.Graph, set params.Set) *draft {
	d := &draft{name: g.Name, values: set}
	drafts := make(map[*ir.Node]*draftNode, len(g.Nodes))
	read := func(n *ir.Node) *draftNode {
		drafts[n].readers++
		return drafts[n]
	}
	for i, n := range g.Nodes {
		dn := &draftNode{name: n.Name, op: n.Op, shape: n.Shape, origin: n.Origin, position: i}
		for _, in := range n.Inputs {
			dn.inputs = append(dn.inputs, read(in))
		}
		drafts[n] = dn
		d.nodes = append(d.nodes, dn)
	}
	for _, n := range g.Outputs {
		d.outputs = append(d.outputs, read(n))
	}
	return d
}

func (d *draft) build() *ir.Graph {
	b := ir.NewBuilder(d.name)
	built := make(map[*draftNode]*ir.Node, len(d.nodes))
	for _, n := range d.nodes {
		if n.gone {
			continue
		}
		inputs := make([]*ir.Node, len(n.inputs))
		for i := range n.inputs {
			inputs[i] = built[n.input(i)]
		}
		node, err := b.Add(n.name, n.op, n.origin, inputs...)
		if err != nil {
			panic(fmt.Sprintf("pass: node %q: %v", n.name, err))
		}
		built[n] = node
	}
	outputs := make([]*ir.Node, len(d.outputs))
	for i, n := range d.outputs {
		outputs[i] = built[n.current()]
	}
	return b.Build(outputs...)
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
	n.name, n.op, n.origin, n.inputs = producer.name, op, producer.origin, inputs
	producer.gone = true
}

// drop removes n, which nobody reads.
func (n *draftNode) drop() {
	n.gone = true
	for i := range n.inputs {
		n.input(i).readers--
	}
}

// setValue gives a parameter a new value; nil takes it out of the set.
func (d *draft) setValue(name string, t *params.Tensor) {
	if !d.owned {
		d.values, d.owned = maps.Clone(d.values), true
	}
	if t == nil {
		delete(d.values, name)
		return
	}
	d.values[name] = t
}
