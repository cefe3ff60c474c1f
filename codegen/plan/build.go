package plan

import (
	"fmt"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// maxFloats bounds the arena and the weights, so that generated code can index them with an int of 32 bits.
const maxFloats = ir.MaxElements

// Build plans a lowered network. The values are those of the canonical graph's parameters, each read when its turn
// comes. The error is theirs, or says that the network does not fit in memory that generated code can address.
//
// This is the one way to a plan: Build(pass.Lower(network.Graph, nil), values) is what netc gen, the benchmark and all
// tests do.
func Build(l *pass.Lowered, values params.Values) (*Plan, error) {
	g := l.Graph
	b := &planner{graph: g, params: l.Values(values), fused: findFusions(g), values: map[*ir.Node]view{},
		blocked: map[*ir.Node]view{}, sums: map[*ir.Node]int{}}
	b.pack.blob = make([]float32, 0, expectedWeights(g))
	for _, n := range g.Nodes {
		if len(n.Shape) != 1 && !n.Shape.IsImage() {
			return nil, fmt.Errorf("%s: no kernel computes values of shape %v yet, only images [channels, height, "+
				"width] and vectors [features]", n.Name, n.Shape)
		}
		if b.node(n); b.err != nil {
			return nil, b.err
		}
	}
	var results []view
	for _, o := range g.Outputs {
		results = append(results, b.planarResult(o.Node))
	}
	b.needs(results)
	buffers := b.reuse(results)
	p := &Plan{Name: g.Name, Weights: b.pack.blob}
	for _, n := range g.Inputs {
		p.Inputs = append(p.Inputs, Input{n.Name, n.Shape})
	}
	p.Arena, p.LowerBound = arrange(buffers)
	if p.Arena > maxFloats || len(p.Weights) > maxFloats {
		return nil, fmt.Errorf("%s needs %d floats of memory and %d of weights, of which generated code can address %d each",
			g.Name, p.Arena, len(p.Weights), maxFloats)
	}
	b.settle()
	p.Steps = b.steps
	for i, o := range g.Outputs {
		p.Outputs = append(p.Outputs, Output{o.Name, o.Node.Shape, results[i].ref()})
	}
	return p, nil
}

// expectedWeights returns about how many floats the weights take.
func expectedWeights(g *ir.Graph) int {
	sum := 0
	for _, p := range g.Params() {
		sum += aligned(p.Shape.Elements()) + p.Shape.Elements()/16
	}
	return min(sum, maxFloats)
}

// planner goes through a graph in order.
type planner struct {
	graph   *ir.Graph
	params  params.Values
	err     error // of the first parameter that could not be read
	fused   fusions
	pack    packer
	values  map[*ir.Node]view
	blocked map[*ir.Node]view // blocked copies of planar values
	sums    map[*ir.Node]int  // the numbers of the steps that leave sums of their nodes' values
	steps   []Step
	views   []view // of the operands in the arena: until settle, the offset of such an operand is its number here
}

// view is a range of a buffer, whose own offset is not known yet. Without a buffer, it is one of the caller's inputs.
type view struct {
	buffer         *buffer
	input          int // its number
	offset, length int
}

// ref returns where the view lies, once its buffer has been placed.
func (v view) ref() kernel.Ref {
	if v.buffer == nil {
		return kernel.InInput(v.input, v.offset, v.length)
	}
	return kernel.InArena(v.buffer.current().offset+v.offset, v.length)
}

// operand returns a view as a kernel's operand: in the arena by its number, until settle.
func (b *planner) operand(v view) kernel.Ref {
	if v.buffer == nil {
		return v.ref()
	}
	b.views = append(b.views, v)
	return kernel.InArena(len(b.views)-1, v.length)
}

// viewOf returns the view of an operand; none, unless it lies in the arena.
func (b *planner) viewOf(ref *kernel.Ref) (view, bool) {
	if ref.Space != kernel.ArenaSpace {
		return view{}, false
	}
	return b.views[ref.Offset], true
}

// settle replaces the numbers of views by where they lie.
func (b *planner) settle() {
	for i := range b.steps {
		for _, o := range operandsOf(b.steps[i].Kernel) {
			if v, ok := b.viewOf(o.ref); ok {
				*o.ref = v.ref()
			}
		}
	}
}

// fresh makes a buffer for a number of floats.
func fresh(floats int) view {
	return view{buffer: &buffer{size: aligned(floats)}, length: floats}
}
