package expect

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/arithmetic"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Kind is what a change is of.
type Kind int

// The kinds, in the order in which combined changes are made. Those of one kind exclude each other.
const (
	OfArithmetic Kind = iota
	OfActivation
	OfPooling
	OfStride
	OfColours
	OfRange
	OfNorms
	OfOrder
	OfLayer // of one layer; tried alone only, for there are hundreds
)

// Change is something that names and shapes do not tell.
type Change struct {
	Kind       Kind
	What       string                // in words: "padding same"
	Arithmetic arithmetic.Arithmetic // of OfArithmetic
	From, To   ir.Function           // of OfActivation
	Mean, Std  []float64             // of OfRange: what the original subtracts and divides by, for values from 0 to 1
	Layer      string                // of OfLayer
	trial      func(trial) (trial, bool)
}

// trial is a network, its values and the images that it gets.
type trial struct {
	graph  *ir.Graph
	set    params.Set
	images [][]float32
}

// changes lists everything that may be tried alone, the likely first.
func changes(g *ir.Graph, set params.Set, image []float32) []Change {
	all := arithmetics(g)
	all = append(all, colours(g)...)
	all = append(all, ranges(g, image)...)
	all = append(all, activations(g)...)
	all = append(all, poolings(g)...)
	all = append(all, strides(g)...)
	all = append(all, norms(g, set)...)
	all = append(all, orders(g)...)
	return append(all, layers(g, set)...)
}

// arithmetics are the epsilons and paddings that the network does not have. TensorFlow's and PyTorch's come first,
// then what few projects have.
func arithmetics(g *ir.Graph) (all []Change) {
	for _, epsilons := range [][]float64{{1e-3, 1e-5}, {1e-6, 1e-4, 1.001e-5, 2e-5}} {
		for _, padding := range arithmetic.Paddings() {
			for _, epsilon := range epsilons {
				stated := arithmetic.Arithmetic{Epsilon: epsilon, Padding: padding}
				want, _ := stated.Differs(g)
				known := func(c Change) bool { return c.Arithmetic == want }
				if want == (arithmetic.Arithmetic{}) || slices.ContainsFunc(all, known) {
					continue
				}
				all = append(all, Change{Kind: OfArithmetic, What: want.String(), Arithmetic: want,
					trial: applying(want)})
			}
		}
	}
	return all
}

func applying(a arithmetic.Arithmetic) func(trial) (trial, bool) {
	return func(t trial) (trial, bool) {
		graph, ok := a.Apply(t.graph)
		t.graph = graph
		return t, ok
	}
}

// likeFunctions are activation functions that are taken for each other.
var likeFunctions = [][]ir.Function{
	{ir.SiLU, ir.HardSwish, ir.ReLU, ir.ReLU6, ir.GELU},
	{ir.Sigmoid, ir.HardSigmoid},
}

// activations put another function in place of each that the network applies.
func activations(g *ir.Graph) (all []Change) {
	for _, from := range arithmetic.Functions(g) {
		for _, like := range likeFunctions {
			if !slices.Contains(like, from) {
				continue
			}
			for _, to := range like {
				if to == from {
					continue
				}
				all = append(all, Change{Kind: OfActivation, What: fmt.Sprintf("%s in place of %s", to, from),
					From: from, To: to,
					trial: rewriting(func(n *ir.Node) ir.Op {
						if op, ok := n.Op.(ir.Activation); ok && op.Function == from {
							return ir.Usual(to)
						}
						return n.Op
					})})
			}
		}
	}
	return all
}

// eachImage makes other images.
func eachImage(change func(image []float32) []float32) func(trial) (trial, bool) {
	return func(t trial) (trial, bool) {
		images := make([][]float32, len(t.images))
		for i, image := range t.images {
			images[i] = change(image)
		}
		t.images = images
		return t, true
	}
}

// colours reverses red, green and blue.
func colours(g *ir.Graph) []Change {
	shape := g.Input().Shape
	if len(g.Inputs) > 1 || !shape.IsImage() || shape[0] != 3 {
		return nil
	}
	size := shape[1] * shape[2]
	reverse := func(image []float32) []float32 {
		return slices.Concat(image[2*size:], image[size:2*size], image[:size])
	}
	return []Change{{Kind: OfColours, What: "colours in the order blue, green, red", trial: eachImage(reverse)}}
}

// ranges normalise images that the original seems to normalise itself: those that hold no negative value.
func ranges(g *ir.Graph, image []float32) (all []Change) {
	if len(g.Inputs) > 1 || !g.Input().Shape.IsImage() || g.Input().Shape[0] != 3 || slices.Min(image) < 0 {
		return nil
	}
	scale := 1.0
	if slices.Max(image) > 2 { // pixels from 0 to 255
		scale = 1.0 / 255
	}
	for _, n := range [][2][]float64{
		{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}}, {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}, {{0, 0, 0}, {1, 1, 1}},
	} {
		if scale == 1 && n[0][0] == 0 {
			continue // as it is
		}
		size := g.Input().Shape[1] * g.Input().Shape[2]
		change := func(image []float32) []float32 {
			out := make([]float32, len(image))
			for i, x := range image {
				out[i] = float32((float64(x)*scale - n[0][i/size]) / n[1][i/size])
			}
			return out
		}
		all = append(all, Change{Kind: OfRange, What: fmt.Sprintf("images normalised by mean %v and std %v", n[0],
			n[1]),
			Mean: n[0], Std: n[1],
			trial: eachImage(change)})
	}
	return all
}

var normRoles = []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance}

// roleNames are the words of messages.
var roleNames = map[ir.Role]string{
	ir.Scale: "scales", ir.Shift: "shifts", ir.RunningMean: "means", ir.RunningVariance: "variances",
}

// norms exchange two of the vectors of every batch norm that has both. What would make a variance negative is left out.
func norms(g *ir.Graph, set params.Set) (all []Change) {
	for i, a := range normRoles {
		for _, b := range normRoles[i+1:] {
			exchanged, ok := exchange(g.Nodes, set, a, b)
			if !ok {
				continue
			}
			all = append(all, Change{Kind: OfNorms, What: fmt.Sprintf("the batch norms' %s and %s exchanged",
				roleNames[a], roleNames[b]),
				trial: replacing(exchanged)})
		}
	}
	return all
}

// layers exchange two of the vectors of a single batch norm: a rule with a wrong line, or a layer that was renamed by
// hand.
func layers(g *ir.Graph, set params.Set) (all []Change) {
	for i, n := range g.Nodes {
		for k, a := range normRoles {
			for _, b := range normRoles[k+1:] {
				exchanged, ok := exchange(g.Nodes[i:i+1], set, a, b)
				if !ok {
					continue
				}
				all = append(all, Change{Kind: OfLayer, Layer: n.Name, trial: replacing(exchanged),
					What: fmt.Sprintf("the %s and %s of %s exchanged", roleNames[a], roleNames[b], n.Name)})
			}
		}
	}
	return all
}

// replacing is the trial of other values.
func replacing(values params.Set) func(trial) (trial, bool) {
	return func(t trial) (trial, bool) {
		t.set = overlay(t.set, values)
		return t, true
	}
}

// exchange returns the vectors of two roles under each other's names.
func exchange(nodes []*ir.Node, set params.Set, a, b ir.Role) (exchanged params.Set, ok bool) {
	exchanged = params.Set{}
	for _, n := range nodes {
		one, other := n.Param(a), n.Param(b)
		if _, isNorm := n.Op.(ir.BatchNorm); !isNorm || one == nil || other == nil {
			continue
		}
		if b == ir.RunningVariance && slices.Min(set.Of(one).Data) < 0 {
			return nil, false
		}
		exchanged[one.Name], exchanged[other.Name] = set.Of(other), set.Of(one)
	}
	return exchanged, len(exchanged) > 0
}

// overlay is a set with some values replaced.
func overlay(set, over params.Set) params.Set {
	merged := make(params.Set, len(set))
	for name, t := range set {
		merged[name] = t
	}
	for name, t := range over {
		merged[name] = t
	}
	return merged
}

// orders transpose what is square, where a shape does not tell the order of its dimensions: dense layers, and
// convolutions of single pixels.
func orders(g *ir.Graph) []Change {
	square := func(p *ir.Param) bool {
		return p.Role == ir.Weight && len(p.Shape) >= 2 && p.Shape[0] > 1 && p.Shape[0] == p.Shape[1] &&
			p.Shape.Elements() == p.Shape[0]*p.Shape[0]
	}
	if !slices.ContainsFunc(g.Params(), square) {
		return nil
	}
	return []Change{{Kind: OfOrder, What: "the square weights transposed", trial: func(t trial) (trial, bool) {
		over := params.Set{}
		for _, p := range t.graph.Params() {
			if !square(p) {
				continue
			}
			from, n := t.set.Of(p), p.Shape[0]
			to := make([]float32, n*n)
			for i := range n {
				for k := range n {
					to[k*n+i] = from.Data[i*n+k]
				}
			}
			over[p.Name] = &params.Tensor{Shape: from.Shape, Data: to}
		}
		t.set = overlay(t.set, over)
		return t, true
	}}}
}
