// Package execute runs plans in this process, with the engine and the kernels of generated code, but without writing or
// compiling any.
//
// A Plan comes in (New), images go in (Infer), and what the network makes of them comes out. ReadImages reads them from
// files, WriteResults writes results to files, and Measure times several functions in turn.
package execute

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Model is a network that can be run. It is safe for concurrent use.
type Model struct {
	plan   *plan.Plan
	engine *engine.Engine
}

// New makes a model of a plan. The plan's weights, which it may use where they lie, must not change afterwards.
func New(p *plan.Plan, options ...engine.Option) *Model {
	weights := engine.Weights(unsafe.String(unsafe.SliceData(p.Weights), len(p.Weights)), p.Sections)
	return &Model{p, engine.NewEngine(networkOf(p), weights, options)}
}

// networkOf returns a plan as an engine runs it.
func networkOf(p *plan.Plan) *engine.Network {
	n := &engine.Network{Arena: p.Arena}
	for _, in := range p.Inputs {
		n.Inputs = append(n.Inputs, in.Shape.Elements())
	}
	n.Steps, n.Results = stepsOf(p)
	if h := p.Half; h != nil {
		n.Half = &engine.Halves{Arena: h.Arena}
		n.Half.Steps, n.Half.Results = stepsOf(h)
	}
	return n
}

func stepsOf(p *plan.Plan) (steps []engine.Step, results []kernel.Ref) {
	for _, s := range p.Steps {
		steps = append(steps, engine.Step{Name: s.Name, Shape: s.Shape, FLOPs: s.FLOPs, Bytes: s.Bytes(),
			For: s.For, Kernel: s.Kernel})
	}
	for _, o := range p.Outputs {
		results = append(results, o.At)
	}
	return steps, results
}

// Infer runs the network on values of its inputs, each input's one behind the other and as many of one as of another,
// and returns the results of each output likewise.
func (m *Model) Infer(ctx context.Context, inputs ...[]float32) ([][]float32, error) {
	n, err := m.count(inputs)
	if err != nil {
		return nil, err
	}
	results := make([][]float32, len(m.plan.Outputs))
	for i, o := range m.plan.Outputs {
		results[i] = make([]float32, n*o.Shape.Elements())
	}
	return results, m.engine.InferBatch(ctx, n, inputs, results)
}

// count returns how many values of each input there are.
func (m *Model) count(inputs [][]float32) (int, error) {
	if len(inputs) != len(m.plan.Inputs) {
		return 0, fmt.Errorf("%d inputs are given, but the network has %d", len(inputs), len(m.plan.Inputs))
	}
	var n int // of the first input
	for i, in := range m.plan.Inputs {
		given, size := len(inputs[i]), in.Shape.Elements()
		if given%size != 0 {
			return 0, fmt.Errorf("%d floats are no whole number of values of the input %s of shape %v, "+
				"which have %d each", given, in.Name, in.Shape, size)
		}
		if i == 0 {
			n = given / size
		}
		if given/size != n {
			return 0, fmt.Errorf("of the input %s there are %d values, of %s %d", m.plan.Inputs[0].Name, n, in.Name,
				given/size)
		}
	}
	return n, nil
}

// Profile says where the time went, if the model was made with engine.WithProfile.
func (m *Model) Profile() engine.Profile { return m.engine.Profile() }

// Graph plans a canonical graph and runs it on one image. It returns the outputs in the graph's order.
func Graph(g *ir.Graph, set params.Set, example []float32) ([][]float32, error) {
	p, err := plan.Of(g, set.Values())
	if err != nil {
		return nil, err
	}
	return New(p).Infer(context.Background(), eval.Split(g, example)...)
}
