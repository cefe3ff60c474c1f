package eval

import (
	"math"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// TestProperties holds what the op table says of operations against what they compute, node by node of random graphs.
// An operation of which it does not say Elementwise or Moves must be seen to be neither.
func TestProperties(t *testing.T) {
	elementwise, moves := map[string]bool{}, map[string]bool{} // all nodes so far have been
	for seed := range uint64(250) {
		for _, g := range []*ir.Graph{RandomGraph(seed, false), RandomTensors(seed)} {
			set := Calibrated(g, seed)
			for _, n := range g.Nodes {
				info := ir.InfoOf(n.Op)
				if len(n.Inputs) == 0 || n.Shape.Elements() > 1<<12 {
					continue
				}
				if _, known := moves[info.Name]; !known {
					elementwise[info.Name], moves[info.Name] = true, true
				}
				in, weights := noiseFor(n, seed), own(n, set)
				if x, y := changed(n, weights, in); x >= 0 {
					elementwise[info.Name] = false
					if info.Elementwise {
						t.Fatalf("%s: element %d changes element %d\n%s", info.Name, x, y, g)
					}
				}
				if out := Node(n, weights, in); !among(out, n, weights, in) {
					moves[info.Name] = false
					if info.Moves {
						t.Fatalf("%s has elements that no input has\n%s", info.Name, g)
					}
				}
				if info.Sums && n.Shape.Elements() <= 1<<10 {
					checkSums(t, n, weights, in)
				}
			}
		}
	}
	for _, info := range ir.Ops() {
		if got := elementwise[info.Name]; got != info.Elementwise {
			t.Errorf("%s is elementwise: %v", info.Name, got)
		}
		if got := moves[info.Name]; got != info.Moves {
			t.Errorf("%s moves elements: %v", info.Name, got)
		}
	}
}

func noiseFor(n *ir.Node, seed uint64) [][]float32 {
	r := params.Random(seed, n.Name)
	in := make([][]float32, len(n.Inputs))
	for i, from := range n.Inputs {
		in[i] = make([]float32, from.Shape.Elements())
		for k := range in[i] {
			in[i][k] = float32(r.NormFloat64())
		}
	}
	return in
}

func own(n *ir.Node, set params.Set) params.Set {
	weights := params.Set{}
	for _, p := range n.Params {
		weights[p.Name] = set.Of(p)
	}
	return weights
}

// changed changes the middle element of the first input and returns it with an element of the result that changes with
// it and should not, or −1 where there is none. What an input that is repeated along axes changes is not looked at.
func changed(n *ir.Node, weights params.Set, in [][]float32) (from, to int) {
	if !n.Inputs[0].Shape.Equal(n.Shape) {
		if ir.InfoOf(n.Op).Elementwise && len(in) == 2 {
			return -1, 0
		}
		return 0, 0
	}
	before := Node(n, weights, in)
	moved := slices.Clone(in)
	moved[0] = slices.Clone(in[0])
	from = len(in[0]) / 2
	moved[0][from] += 1.5
	for i, v := range Node(n, weights, moved) {
		if i != from && v != before[i] {
			return from, i
		}
	}
	return -1, 0
}

// among reports whether all elements of a result are elements of inputs or parameters, or one constant.
func among(out []float32, n *ir.Node, weights params.Set, in [][]float32) bool {
	known := map[float32]bool{}
	if pad, ok := n.Op.(ir.Pad); ok {
		known[float32(pad.Value)] = true
	}
	for _, values := range in {
		for _, v := range values {
			known[v] = true
		}
	}
	for _, p := range n.Params {
		for _, v := range weights.Of(p).Data {
			known[v] = true
		}
	}
	for _, v := range out {
		if !known[v] {
			return false
		}
	}
	return true
}

// checkSums compares the operation on squares with the squares of what one input after the other adds to the result.
func checkSums(t *testing.T, n *ir.Node, weights params.Set, in [][]float32) {
	t.Helper()
	squares := make([][]float32, len(in))
	for i := range in {
		squares[i] = squared(in[i])
	}
	bare, squaredBare := params.Set{}, params.Set{} // without biases, which add their own squares
	for name, w := range weights {
		data := w.Data
		if p := n.Param(ir.Bias); p != nil && p.Name == name {
			data = make([]float32, len(w.Data))
		}
		bare[name] = &params.Tensor{Shape: w.Shape, Data: data}
		squaredBare[name] = &params.Tensor{Shape: w.Shape, Data: squared(data)}
	}
	bound := Node(n, squaredBare, squares)
	sums := make([]float64, len(bound))
	for i := range in {
		for k, v := range in[i] {
			if len(in[i]) > 50 && k%97 > 0 { // some of many
				continue
			}
			alone := make([][]float32, len(in))
			for j := range in {
				alone[j] = make([]float32, len(in[j]))
			}
			alone[i][k] = v
			for o, part := range Node(n, bare, alone) {
				sums[o] += float64(part) * float64(part)
			}
		}
	}
	for o, sum := range sums {
		if sum > float64(bound[o])*(1+1e-4)+1e-9 || math.IsNaN(sum) {
			t.Fatalf("%v: the squares add up to %g, the operation on squares is %g", n.Op, sum, bound[o])
		}
	}
}

func squared(values []float32) []float32 {
	result := make([]float32, len(values))
	for i, v := range values {
		result[i] = v * v
	}
	return result
}
