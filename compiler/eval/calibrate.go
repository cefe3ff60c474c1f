package eval

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Calibrated returns random parameters for comparing implementations: every weight, bias and statistic differs from its
// usual start value, and yet every layer's result is of order one, so that a wrong epsilon, padding or activation shows
// in the logits. Batch norm's running statistics are those of the given examples, disturbed, or of random ones when
// none is given.
//
// Only on these examples is every result sure to be of order one.
//
// Rounding errors stay small, too, as in trained networks: see passing.
func Calibrated(g *ir.Graph, seed uint64, examples ...[]float32) params.Set {
	set := params.Set{}
	users := g.Users()
	for _, n := range g.Nodes {
		for _, p := range n.Params {
			set[p.Name] = &params.Tensor{Shape: p.Shape, Data: make([]float32, p.Shape.Elements())}
			fill(p, set[p.Name].Data, params.Random(seed, p.Name))
		}
		if p := n.Param(ir.Shift); p != nil && normsForActivation(n, users[n]) {
			for i := range set.Of(p).Data {
				set.Of(p).Data[i] += passing
			}
		}
	}
	if len(examples) == 0 {
		examples = Noise(g, seed, calibrationImages)
	}
	walk(g, set, examples, func(n *ir.Node, inputs [][]float32) {
		if _, ok := n.Op.(ir.BatchNorm); ok {
			calibrate(n, set, inputs, params.Random(seed, n.Name))
		}
	})
	return set
}

// Noise returns examples of normally distributed values for a graph.
func Noise(g *ir.Graph, seed uint64, count int) [][]float32 {
	examples := make([][]float32, count)
	for k := range examples {
		examples[k] = make([]float32, ExampleLength(g))
	}
	for i, n := range g.Inputs {
		random := params.Random(seed, n.Name)
		for _, example := range examples {
			part := Split(g, example)[i]
			for k := range part {
				part[k] = float32(random.NormFloat64())
			}
		}
	}
	return examples
}

// passing is the mean shift of batch norms in front of activations, which let 5 of 6 values pass then, and not every
// other one as with a mean of 0. A batch norm takes away the mean, and after ReLU that is a third of what there is; so
// differences grow by the root of P(x > 0) / Var(ReLU(x)) with each layer. For x of mean 0 that is √(π/(π-1)) = 1.21
// (Yang et al., A Mean Field Theory of Batch Normalization, arXiv:1902.08129), ten thousand times for 48 layers; for a
// mean of 1 it is 1.06.
const passing = 1

// normsForActivation reports whether a node is a batch norm that activations read.
func normsForActivation(n *ir.Node, users []*ir.Node) bool {
	if _, ok := n.Op.(ir.BatchNorm); !ok {
		return false
	}
	return slices.ContainsFunc(users, func(user *ir.Node) bool {
		switch user.Op.(type) {
		case ir.Activation, ir.PReLU:
			return true
		}
		return false
	})
}

// calibrationImages is how many images the statistics are of. Deep in a network the pixels of one image are much alike:
// it takes several for a variance.
const calibrationImages = 4

// fill draws the values of one parameter; running statistics come later.
func fill(p *ir.Param, data []float32, random *rand.Rand) {
	draw := func() float64 { return 0 }
	switch p.Role {
	case ir.Weight:
		deviation := math.Sqrt(1.6 / float64(p.Shape.Elements()/p.Shape[0]))
		draw = func() float64 { return deviation * random.NormFloat64() }
	case ir.Slope:
		draw = func() float64 { return 0.1 + 0.3*random.Float64() }
	case ir.Tensor:
		draw = func() float64 { return 0.5 * random.NormFloat64() }
	case ir.Scale:
		draw = func() float64 { return 0.5 + random.Float64() }
	case ir.Bias, ir.Shift:
		draw = func() float64 { return 0.3 * random.NormFloat64() }
	}
	for i := range data {
		data[i] = float32(draw())
	}
}

// fewValues is how many values a channel must have for their variance to mean anything; after a global pooling there is
// one an image.
const fewValues = 16

// calibrate sets a batch norm's statistics to those of its inputs, disturbed. No channel's variance is far below the
// others'; where channels have few values, it is that of all values of all channels: to divide by next to nothing would
// magnify rounding errors.
func calibrate(n *ir.Node, set params.Set, inputs [][]float32, random *rand.Rand) {
	means, variances := set.Of(n.Param(ir.RunningMean)).Data, set.Of(n.Param(ir.RunningVariance)).Data
	size := len(inputs[0]) / len(means)
	count := float64(size * len(inputs))
	var overall, all, allSquares float64
	moments := make([][2]float64, len(means))
	for c := range means {
		var sum, squares float64
		for _, input := range inputs {
			for _, x := range input[c*size : (c+1)*size] {
				sum += float64(x)
				squares += float64(x) * float64(x)
			}
		}
		m := sum / count
		moments[c] = [2]float64{m, max(0, squares/count-m*m)}
		overall += moments[c][1] / float64(len(means))
		all += m / float64(len(means))
		allSquares += squares / count / float64(len(means))
	}
	least := 0.05*overall + 1e-4
	if count < fewValues {
		least = max(least, allSquares-all*all)
	}
	for c, m := range moments {
		means[c] = float32(m[0] + math.Sqrt(m[1])*0.2*random.NormFloat64())
		variances[c] = float32(max(m[1], least) * (0.6 + random.Float64()))
	}
}
