package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/size"
)

// RangeError says which step of a network leaves the range of the type that a model is written in.
type RangeError struct {
	Step    string // the first
	Message string
}

func (e *RangeError) Error() string { return fmt.Sprintf("the step %s %s", e.Step, e.Message) }

// ErrRangeUnknown says that a network is too large to be evaluated for its range.
var ErrRangeUnknown = errors.New("the network is too large to be evaluated")

// How much of an evaluation for the range may cost, in multiply-accumulates: on an image that is made smaller for it,
// where the network fits other sizes, and on a whole one where it does not.
const (
	rangeWork      = 1e8
	rangeWorkWhole = 4e9
	elementWork    = 16 // what rounding an element costs, and often a function of it
	smallestRange  = 32 // pixels on a side: what is smaller is nearly all border
)

// rangeLoss is how much of its largest value a step may lose: what 16 bits lose to rounding is far less.
const rangeLoss = 1e-2

// CheckRange evaluates a model of 16 bits on an image of noise, and returns a *RangeError for the first step whose
// values are beyond the type's largest, or so small that they vanish in it. Each step gets as its inputs what the
// model would have rounded them to. Other images may do better or worse: what is said of noise holds for a network
// that expects normalised pixels.
func (m *Model) CheckRange() error {
	kind := m.element
	if kind != Float16 && kind != BFloat16 {
		return nil
	}
	g, err := rangeGraph(m.graph)
	if err != nil {
		return err
	}
	r := ranger{kind: kind, values: map[*ir.Node]*ranged{}, left: map[*ir.Node]int{}}
	for n, users := range g.Users() {
		r.left[n] = len(users)
	}
	example := eval.Noise(g, 1, 1)[0]
	kind.roundAll(example)
	for i, part := range eval.Split(g, example) {
		r.values[g.Inputs[i]] = &ranged{model: part, exact: part}
	}
	for _, n := range g.Operations() {
		if err := r.step(n, m.read, g.IsOutput(n)); err != nil {
			return err
		}
	}
	return nil
}

// rangeGraph returns the graph for a smaller image if the network fits one.
func rangeGraph(g *ir.Graph) (*ir.Graph, error) {
	work := float64(g.MACs())
	for _, n := range g.Nodes {
		work += elementWork * float64(n.Shape.Elements())
	}
	if work <= rangeWork {
		return g, nil
	}
	in := g.Input().Shape
	if !in.IsImage() {
		if work <= rangeWorkWhole {
			return g, nil
		}
		return nil, ErrRangeUnknown
	}
	scale := math.Sqrt(rangeWork / work)
	side := func(n int) int { return min(n, max(smallestRange, int(float64(n)*scale))) }
	if small, err := size.Resize(g, side(in[1]), side(in[2])); err == nil {
		return small, nil
	}
	if work <= rangeWorkWhole {
		return g, nil
	}
	return nil, ErrRangeUnknown
}

// ranger evaluates a graph in the arithmetic of a type.
type ranger struct {
	kind   ElementType
	values map[*ir.Node]*ranged
	left   map[*ir.Node]int // readers of each value that are to come
}

// ranged is the value of a node: what the model has, and what it would be without rounding since the last step at
// which both agreed. What vanishes in 16 bits may not matter, as the sigmoid of 1e-9 is that of 0: where both agree
// again further on, it did not.
type ranged struct {
	model, exact []float32
	cause        *RangeError // the step from which on they differ; nil where they agree
}

// step evaluates a node.
func (r *ranger) step(n *ir.Node, values params.Values, isOutput bool) error {
	exact, rounded, cause, err := r.params(n, values)
	if err != nil {
		return err
	}
	var in, exactIn [][]float32
	for _, i := range n.Inputs {
		v := r.values[i]
		in, exactIn = append(in, v.model), append(exactIn, v.exact)
		if cause == nil {
			cause = v.cause
		}
	}
	v := &ranged{model: eval.Node(n, rounded, in)}
	v.exact = slices.Clone(v.model)
	if cause != nil {
		v.exact = eval.Node(n, exact, exactIn)
	}
	largest, lost := r.round(v.model, v.exact)
	switch {
	case largest > r.kind.largest():
		return &RangeError{
			n.Name,
			fmt.Sprintf("leaves the range of %s: its largest value is %.3g, %s ends at %.5g", r.kind, largest, r.kind,
				r.kind.largest()),
		}
	case lost && cause == nil:
		cause = &RangeError{
			n.Name,
			fmt.Sprintf("vanishes in %s: its largest value is %.3g, the smallest that %s holds is %.3g",
				r.kind, largest, r.kind, r.kind.smallest()),
		}
	}
	if lost {
		v.cause = cause
	} else {
		v.exact = v.model
	}
	if isOutput && lost {
		return v.cause
	}
	r.values[n] = v
	for _, i := range n.Inputs {
		if r.left[i]--; r.left[i] == 0 {
			delete(r.values, i)
		}
	}
	return nil
}

// params reads the parameters of a node, and rounds them. cause says that weights vanish.
func (r *ranger) params(n *ir.Node, values params.Values) (exact, rounded params.Set, cause *RangeError, err error) {
	exact, rounded = params.Set{}, params.Set{}
	_, isNorm := n.Op.(ir.BatchNorm) // which is written as factor and offset, and its statistics not at all
	for _, p := range n.Params {
		read, err := values(p)
		if err != nil {
			return nil, nil, nil, err
		}
		data := make([]float32, p.Shape.Elements())
		if err := read(data); err != nil {
			return nil, nil, nil, err
		}
		exact[p.Name] = &params.Tensor{Shape: p.Shape, Data: data}
		rounded[p.Name] = exact[p.Name]
		if isNorm {
			continue
		}
		short := slices.Clone(data)
		rounded[p.Name] = &params.Tensor{Shape: p.Shape, Data: short}
		if largest, lost := r.round(short, data); p.Role == ir.Weight && lost {
			cause = &RangeError{
				n.Name,
				fmt.Sprintf("has weights that vanish in %s: the largest is %.3g, the smallest number of %s %.3g",
					r.kind, largest, r.kind, r.kind.smallest()),
			}
		}
	}
	return exact, rounded, cause, nil
}

// round rounds values in place. It returns the largest of what they should be, and whether they are more than a
// little off.
func (r *ranger) round(values, exact []float32) (largest float64, lost bool) {
	difference, beyond := 0.0, 0.0
	for i, v := range values {
		largest, beyond = max(largest, math.Abs(float64(exact[i]))), max(beyond, math.Abs(float64(v)))
		values[i] = r.kind.round(v)
		if d := math.Abs(float64(values[i]) - float64(exact[i])); !math.IsInf(d, 0) {
			difference = max(difference, d)
		}
	}
	if beyond > r.kind.largest() {
		return beyond, true
	}
	return largest, difference > rangeLoss*largest
}
