package plan

import (
	"cmp"
	"fmt"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// maxBytes bounds the arena and the weights, so that generated code can index them with an int of 32 bits.
const maxBytes = 1<<31 - 1

// Option is a setting of Build.
type Option func(*planner)

// WithWeights has the weights of convolutions and linear layers be of a type: F32, which they are without this option,
// or F16, which takes half the memory. Biases, and what is left of batch norms, are few, and float32 always. Building
// fails where a weight is beyond what the type can hold.
func WithWeights(t kernel.ElementType) Option {
	if t != kernel.F32 && t != kernel.F16 {
		panic("plan: no kernel reads weights of type " + t.String())
	}
	return func(b *planner) { b.pack.kind = t }
}

// WithArithmetic has the plan compute with a type: F32, which it does without this option, or F16, in which case the
// plan has a second one beside it, Plan.Half, for processors that compute with float16. Building fails where a weight
// or a bias is beyond what that can hold.
func WithArithmetic(t kernel.ElementType) Option {
	if t != kernel.F32 && t != kernel.F16 {
		panic("plan: no kernel computes with " + t.String())
	}
	return func(b *planner) { b.pack.narrows = t == kernel.F16 }
}

// Of plans a network: it goes the whole way from a graph, as it was built or canonical, and the values of its
// parameters. This is what commands, the benchmark and tests call. The values are those of the canonical graph's
// parameters, each read when its turn comes. The error is theirs, or says that the network does not fit in memory that
// generated code can address.
func Of(g *ir.Graph, values params.Values, options ...Option) (*Plan, error) {
	return Build(pass.Lower(g, nil), values, options...)
}

// Sketch plans a network as Of does, but packs no weights: the steps and the memory are those of the plan, and
// Plan.Weights is empty. It is for those who ask, of many networks, what they would cost.
func Sketch(g *ir.Graph, options ...Option) (*Plan, error) {
	return Of(g, noValues, append(options, func(b *planner) { b.pack.sketch = true })...)
}

// noValues are those of a plan that packs none.
func noValues(p *ir.Param) (params.Reader, error) {
	return params.Of(make([]float32, p.Shape.Elements())), nil
}

// Build is the second half of Of: it plans a lowered network. It is for those who show what the passes made before the
// weights are read, and tests have it plan one that no pass has seen.
func Build(l *pass.Lowered, values params.Values, options ...Option) (*Plan, error) {
	p, err := build(l, values, options)
	if err != nil || !p.narrows {
		return p, err
	}
	p.Half, err = build(l, noValues, append(options, func(b *planner) { b.half, b.pack.sketch = true, true }))
	if err != nil {
		return nil, err
	}
	if p.Half.computesLike(p) {
		p.Half = nil
	}
	return p, nil
}

// build makes one plan.
func build(l *pass.Lowered, values params.Values, options []Option) (*Plan, error) {
	g := l.Graph
	b := &planner{graph: g, params: l.Values(values), values: map[*ir.Node]view{},
		blocked: map[*ir.Node]view{}, places: map[*ir.Node]place{}, copies: map[copyKey]view{},
		halves: map[*ir.Node]view{}, sums: map[*ir.Node]int{}, slots: findSlots(g), allocated: map[*ir.Node]view{}}
	for _, set := range options {
		set(b)
	}
	b.fused = findFusions(g, !b.half && !b.pack.narrows)
	b.pack.expect(g)
	for _, n := range g.Nodes {
		b.pack.node = n.Name
		b.node(n)
		if err := cmp.Or(b.err, b.pack.err); err != nil {
			return nil, err
		}
	}
	var results []view
	for _, o := range g.Outputs {
		results = append(results, b.planarResult(o.Node))
	}
	b.needs(results)
	buffers := b.reuse(results)
	p := &Plan{Name: g.Name, narrows: b.pack.narrows}
	for _, n := range g.Inputs {
		p.Inputs = append(p.Inputs, Input{n.Name, n.Shape})
	}
	p.Arena, p.LowerBound = arrange(buffers)
	p.Weights, p.Sections = b.pack.blob()
	if p.Arena > maxBytes || len(p.Weights) > maxBytes {
		return nil, fmt.Errorf("%s needs %d bytes of memory and %d of weights; generated code can address %d each",
			g.Name, p.Arena, len(p.Weights), maxBytes)
	}
	b.settle()
	p.Steps = b.steps
	for i, o := range g.Outputs {
		p.Outputs = append(p.Outputs, Output{o.Name, o.Node.Shape, results[i].ref()})
	}
	for i := range p.Steps {
		p.checkOperands(&p.Steps[i])
	}
	return p, nil
}

// planner goes through a graph in order.
type planner struct {
	graph     *ir.Graph
	params    params.Values
	err       error // of the first parameter that could not be read
	fused     fusions
	pack      packer
	values    map[*ir.Node]view
	blocked   map[*ir.Node]view  // blocked copies of planar values
	places    map[*ir.Node]place // of values that do not lie as most do; see placeOf
	copies    map[copyKey]view   // of values, in other layouts
	halves    map[*ir.Node]view  // values as float16, beside or in place of those as float32: see half.go
	half      bool               // steps compute with float16 where they can
	sums      map[*ir.Node]int   // the numbers of the steps that leave sums of their nodes' values
	slots     map[*ir.Node]slot  // of values that concatenations read
	allocated map[*ir.Node]view  // in which steps leave blocked values
	steps     []Step
	buffers   []*buffer // those that operands lie in, by number: see bufferSpace
}

// Spaces of memory whose place is not known yet. Until settle, each buffer is a space of its own, and so is the second
// section of the weights, which begins where the first will end: an operand's offset always counts from the beginning
// of its space. No finished plan has these.
const (
	vectorSpace kernel.Space = 1<<16 + iota // beyond any input
	bufferSpace                             // of buffer 0; the others follow
)

// view is a range of a buffer, whose own offset is not known yet. Without a buffer, it is one of the caller's inputs.
type view struct {
	buffer *buffer
	input  int // its number
	offset int // in bytes
	value  kernel.Value
}

// ref returns where the view lies, once its buffer has been placed.
func (v view) ref() kernel.Ref {
	if v.buffer == nil {
		return kernel.Ref{Space: kernel.InputSpace + kernel.Space(v.input), Offset: v.offset, Value: v.value}
	}
	return kernel.Ref{Space: kernel.ArenaSpace, Offset: v.buffer.current().offset + v.offset, Value: v.value}
}

// operand returns a view as a kernel's operand: in the space of its buffer, until settle.
func (b *planner) operand(v view) kernel.Ref {
	if v.buffer == nil {
		return v.ref()
	}
	if v.buffer.space == kernel.NoSpace {
		v.buffer.space = bufferSpace + kernel.Space(len(b.buffers))
		b.buffers = append(b.buffers, v.buffer)
	}
	return kernel.Ref{Space: v.buffer.space, Offset: v.offset, Value: v.value}
}

// viewOf returns the view of an operand; none, unless it lies in a buffer.
func (b *planner) viewOf(ref *kernel.Ref) (view, bool) {
	if ref.Space < bufferSpace {
		return view{}, false
	}
	return view{buffer: b.buffers[ref.Space-bufferSpace], offset: ref.Offset, value: ref.Value}, true
}

// settle moves operands from the spaces of buffers to the arena, and from that of vectors to the weights.
func (b *planner) settle() {
	for i := range b.steps {
		for _, o := range operandsOf(b.steps[i].Kernel) {
			if v, ok := b.viewOf(o.ref); ok {
				*o.ref = v.ref()
			}
			if o.ref.Space == vectorSpace {
				o.ref.Space, o.ref.Offset = kernel.WeightsSpace, b.pack.weights.length+o.ref.Offset
			}
		}
	}
}

// fresh makes a buffer for a value.
func fresh(v kernel.Value) view {
	return view{buffer: &buffer{size: aligned(v.Bytes())}, value: v}
}
