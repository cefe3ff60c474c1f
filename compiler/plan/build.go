package plan

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// maxFloats bounds the arena and the weights, so that generated code can index them with an int of 32 bits.
const maxFloats = ir.MaxElements

// Build plans a lowered graph. The set must hold the values of the graph's parameters. The error says that the network
// does not fit in memory that generated code can address.
func Build(g *ir.Graph, set params.Set) (*Plan, error) {
	b := &planner{set: set, values: map[*ir.Node]view{}, last: lastReads(g)}
	b.pack.blob = make([]float32, 0, expectedWeights(g))
	for i, n := range g.Nodes {
		b.at = i
		b.node(n)
	}
	p := &Plan{Name: g.Name, Input: g.Input().Shape, Weights: b.pack.blob}
	p.Arena, p.LowerBound = arrange(b.buffers)
	if p.Arena > maxFloats || len(p.Weights) > maxFloats {
		return nil, fmt.Errorf("%s needs %d floats of memory and %d of weights, of which generated code can address %d each",
			g.Name, p.Arena, len(p.Weights), maxFloats)
	}
	for _, s := range b.steps {
		p.Steps = append(p.Steps, s.step())
	}
	for _, n := range g.Outputs {
		p.Outputs = append(p.Outputs, Output{n.Name, n.Shape, b.values[n].place()})
	}
	return p, nil
}

// planner goes through a graph in order.
type planner struct {
	set     params.Set
	pack    packer
	last    map[*ir.Node]int // position of the last node that reads a value, directly or through a view of it
	values  map[*ir.Node]view
	buffers []*buffer
	steps   []*draftStep
	at      int // position of the node being planned
}

// view is a range of a buffer, whose own offset is not known yet. Without a buffer, it is a range of the image.
type view struct {
	buffer         *buffer
	offset, length int
}

func (v view) place() Place {
	if v.buffer == nil {
		return Place{Image, v.offset, v.length}
	}
	return Place{Arena, v.buffer.offset + v.offset, v.length}
}

// draftStep is a step with views for places.
type draftStep struct {
	Step
	out      view
	in       []view
	residual *view
	scratch  *view
}

func (d *draftStep) step() Step {
	s := d.Step
	s.Out = d.out.place()
	for _, v := range d.in {
		s.In = append(s.In, v.place())
	}
	if d.residual != nil {
		at := d.residual.place()
		s.Residual = &at
	}
	if d.scratch != nil {
		s.Scratch = d.scratch.place()
	}
	return s
}

// isView reports whether the node's value is a range of its input's value, as it lies there.
func isView(op ir.Op) bool {
	switch op.(type) {
	case ir.Flatten, ir.Slice, ir.Dropout:
		return true
	}
	return false
}

// lastReads returns, for every node, the position of the last node that reads its memory. An output is read at the end.
func lastReads(g *ir.Graph) map[*ir.Node]int {
	last := make(map[*ir.Node]int, len(g.Nodes))
	for _, n := range g.Outputs {
		last[n] = len(g.Nodes)
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		read := i
		if isView(n.Op) {
			read = max(i, last[n])
		}
		for _, in := range n.Inputs {
			last[in] = max(last[in], read)
		}
	}
	return last
}

// expectedWeights returns about how many floats the weights take.
func expectedWeights(g *ir.Graph) int {
	sum := 0
	for _, p := range g.Params() {
		sum += aligned(p.Shape.Elements()) + p.Shape.Elements()/32
	}
	return min(sum, maxFloats)
}

// fresh makes a buffer that is alive from now on until the node's value is read for the last time.
func (b *planner) fresh(n *ir.Node) view {
	buf := &buffer{size: n.Shape.Elements(), first: b.at, end: max(b.at, b.last[n])}
	b.buffers = append(b.buffers, buf)
	return view{buf, 0, buf.size}
}

// scratch makes a buffer that is alive at the current node only.
func (b *planner) scratch(size int) *view {
	buf := &buffer{size: size, first: b.at, end: b.at}
	b.buffers = append(b.buffers, buf)
	return &view{buf, 0, size}
}

// inPlace returns memory for the node's result: that of the first candidate that has the result's size and that nobody
// reads later or, as another of the inputs, at the same time; otherwise, fresh memory.
func (b *planner) inPlace(n *ir.Node, inputs []view, candidates ...view) view {
	for _, c := range candidates {
		if b.reusable(n, inputs, c) {
			c.buffer.end = max(b.at, b.last[n])
			return c
		}
	}
	return b.fresh(n)
}

func (b *planner) reusable(n *ir.Node, inputs []view, candidate view) bool {
	buf := candidate.buffer
	if buf == nil || buf.end != b.at || candidate.length != buf.size || n.Shape.Elements() != buf.size {
		return false
	}
	for _, in := range inputs {
		if in.buffer == buf && in != candidate {
			return false
		}
	}
	return true
}
