package eval

import (
	"math"
	"math/rand/v2"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Calibrated returns random parameters for comparing implementations: every weight, bias and statistic differs from its usual
// start value, and yet every layer's result is of order one, so that a wrong epsilon, padding or activation shows in the
// logits. Batch norm's running statistics are those of a random image, disturbed.
//
// Values do not depend on the image's size beyond those statistics, so a set made with a small resolution of a network
// serves for its full one.
func Calibrated(g *ir.Graph, seed uint64) params.Set {
	set := params.Set{}
	for _, n := range g.Nodes {
		for _, p := range n.Params {
			set[p.Name] = &params.Tensor{Shape: p.Shape, Data: make([]float32, p.Shape.Elements())}
			fill(p, set[p.Name].Data, params.Random(seed, p.Name))
		}
	}
	image := make([]float32, g.Input().Shape.Elements())
	random := params.Random(seed, g.Input().Name)
	for i := range image {
		image[i] = float32(random.NormFloat64())
	}
	walk(g, set, image, func(n *ir.Node, input []float32) {
		if _, ok := n.Op.(ir.BatchNorm); ok {
			calibrate(n, set, input, params.Random(seed, n.Name))
		}
	})
	return set
}

// fill draws the values of one parameter; running statistics come later.
func fill(p *ir.Param, data []float32, random *rand.Rand) {
	draw := func() float64 { return 0 }
	switch p.Role {
	case ir.Weight:
		deviation := math.Sqrt(1.6 / float64(p.Shape.Elements()/p.Shape[0]))
		draw = func() float64 { return deviation * random.NormFloat64() }
	case ir.Scale:
		draw = func() float64 { return 0.5 + random.Float64() }
	case ir.Bias, ir.Shift:
		draw = func() float64 { return 0.3 * random.NormFloat64() }
	}
	for i := range data {
		data[i] = float32(draw())
	}
}

// calibrate sets a batch norm's statistics to those of its input, disturbed.
func calibrate(n *ir.Node, set params.Set, input []float32, random *rand.Rand) {
	means, variances := set.Of(n.Param(ir.RunningMean)).Data, set.Of(n.Param(ir.RunningVariance)).Data
	size := len(input) / len(means)
	var overall float64
	moments := make([][2]float64, len(means))
	for c := range means {
		var sum, squares float64
		for _, x := range input[c*size : (c+1)*size] {
			sum += float64(x)
			squares += float64(x) * float64(x)
		}
		m := sum / float64(size)
		moments[c] = [2]float64{m, max(0, squares/float64(size)-m*m)}
		overall += moments[c][1] / float64(len(means))
	}
	for c, m := range moments {
		means[c] = float32(m[0] + math.Sqrt(m[1])*0.2*random.NormFloat64())
		variances[c] = float32(max(m[1], 0.05*overall+1e-4) * (0.6 + random.Float64()))
	}
}
