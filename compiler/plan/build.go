package plan

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// maxFloats bounds the arena and the weights, so that generated code can index them with an int of 32 bits.
const maxFloats = ir.MaxElements

// Build plans a lowered network. The values are those of the canonical graph's parameters, each read when its turn comes. The error is theirs, or
// says that the network does not fit in memory that generated code can address.
//
// This is the one way to a plan: Build(pass.Lower(network.Graph, nil), values) is what netc gen, the benchmark and all tests do.
func Build(l *pass.Lowered, values params.Values) (*Plan, error) {
	g := l.Graph
	b := &planner{params: l.Values(values), fused: findFusions(g), values: map[*ir.Node]view{}, blocked: map[*ir.Node]view{}, sums: map[*ir.Node]*draft{}}
	b.pack.blob = make([]float32, 0, expectedWeights(g))
	for _, n := range g.Nodes {
		if b.node(n); b.err != nil {
			return nil, b.err
		}
	}
	var results []view
	for _, n := range g.Outputs {
		results = append(results, b.planarResult(n))
	}
	buffers := reuse(b.steps, results)
	p := &Plan{Name: g.Name, Input: g.Input().Shape, Weights: b.pack.blob}
	p.Arena, p.LowerBound = arrange(buffers)
	if p.Arena > maxFloats || len(p.Weights) > maxFloats {
		return nil, fmt.Errorf("%s needs %d floats of memory and %d of weights, of which generated code can address %d each",
			g.Name, p.Arena, len(p.Weights), maxFloats)
	}
	for _, s := range b.steps {
		p.Steps = append(p.Steps, s.step())
	}
	for i, n := range g.Outputs {
		p.Outputs = append(p.Outputs, Output{n.Name, n.Shape, results[i].place()})
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
	params  params.Values
	err     error // of the first parameter that could not be read
	fused   fusions
	pack    packer
	values  map[*ir.Node]view
	blocked map[*ir.Node]view   // blocked copies of planar values
	sums    map[*ir.Node]*draft // steps that leave sums of their nodes' values
	steps   []*draft
}

// view is a range of a buffer, whose own offset is not known yet. Without a buffer, it is the caller's image.
type view struct {
	buffer         *buffer
	offset, length int
}

func (v view) place() Place {
	if v.buffer == nil {
		return Place{Image, v.offset, v.length}
	}
	return Place{Arena, v.buffer.current().offset + v.offset, v.length}
}

// draft is a step with views for places.
type draft struct {
	Step
	out         view
	in          []view
	residual    *view
	scale       *view
	sums        *view
	replaceable []view // inputs that the result may overwrite: each element is read before it is written
}

// reads returns everything the step reads of the arena or the image.
func (d *draft) reads() []view {
	all := append([]view(nil), d.in...)
	for _, v := range []*view{d.residual, d.scale} {
		if v != nil {
			all = append(all, *v)
		}
	}
	return all
}

func (d *draft) step() Step {
	s := d.Step
	s.Out = d.out.place()
	for _, v := range d.in {
		s.In = append(s.In, v.place())
	}
	s.Residual, s.Scale, s.Sums = placeOf(d.residual), placeOf(d.scale), placeOf(d.sums)
	return s
}

func placeOf(v *view) *Place {
	if v == nil {
		return nil
	}
	p := v.place()
	return &p
}

// fresh makes a buffer for a number of floats.
func fresh(floats int) view {
	return view{&buffer{size: aligned(floats)}, 0, floats}
}
