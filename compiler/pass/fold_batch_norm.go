package pass

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// foldBatchNorm merges a batch norm into the convolution before it, when nothing else reads that convolution:
//
//	BatchNorm (Conv x)    → Conv(Bias: true) x
//
// With factor = scale / sqrt(variance + epsilon), the new weight is weight · factor and the new bias
// (bias − mean) · factor + shift, per output channel. The convolution keeps its name, and so do its parameters. Any other
// batch norm stays; the plan makes a per-channel affine step of it.
func foldBatchNorm(g *ir.Graph, set params.Set) (*ir.Graph, params.Set, bool) {
	return rewrite(g, set, func(d *draft) (changed bool) {
		for _, n := range d.nodes {
			norm, ok := n.op.(ir.BatchNorm)
			if !ok {
				continue
			}
			producer := n.input(0)
			conv, ok := producer.op.(ir.Conv)
			if !ok || producer.readers != 1 || conv.Epilogue != (ir.Epilogue{}) {
				continue
			}
			if d.values != nil {
				d.foldValues(producer.name, n.name, conv, norm)
			}
			conv.Bias = true
			n.absorb(producer, conv, producer.input(0))
			changed = true
		}
		return changed
	})
}

func (d *draft) foldValues(convName, normName string, conv ir.Conv, norm ir.BatchNorm) {
	factor, offset := Affine(d.values, normName, norm)
	weightName, biasName := convName+"."+ir.Weight.Field(), convName+"."+ir.Bias.Field()
	weight := d.values[weightName]
	var bias []float32
	if conv.Bias {
		bias = d.values[biasName].Data
	}
	d.setValue(weightName, &params.Tensor{Shape: weight.Shape, Data: scaleOutputs(weight.Data, factor)})
	d.setValue(biasName, &params.Tensor{Shape: ir.Shape{conv.Out}, Data: foldBias(bias, factor, offset)})
	for _, role := range []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance} {
		d.setValue(normName+"."+role.Field(), nil)
	}
}

// scaleOutputs multiplies each output channel of a weight by its factor.
func scaleOutputs(weight []float32, factor []float64) []float32 {
	folded := make([]float32, len(weight))
	perOutput := len(weight) / len(factor)
	for o, f := range factor {
		from, to := weight[o*perOutput:(o+1)*perOutput], folded[o*perOutput:(o+1)*perOutput]
		for i, w := range from {
			to[i] = float32(float64(w) * f)
		}
	}
	return folded
}

// foldBias returns the bias after folding; the bias before may be nil.
func foldBias(bias []float32, factor, offset []float64) []float32 {
	folded := make([]float32, len(factor))
	for o, f := range factor {
		old := 0.0
		if bias != nil {
			old = float64(bias[o])
		}
		folded[o] = float32(old*f + offset[o])
	}
	return folded
}

// Affine returns the batch norm of the given name as value · factor + offset per channel.
func Affine(set params.Set, name string, norm ir.BatchNorm) (factor, offset []float64) {
	data := func(role ir.Role) []float32 { return set[name+"."+role.Field()].Data }
	return affine(norm, data(ir.Scale), data(ir.Shift), data(ir.RunningMean), data(ir.RunningVariance))
}

func affine(norm ir.BatchNorm, scale, shift, mean, variance []float32) (factor, offset []float64) {
	factor, offset = make([]float64, len(scale)), make([]float64, len(scale))
	for i := range scale {
		factor[i] = float64(scale[i]) / math.Sqrt(float64(variance[i])+norm.Epsilon)
		offset[i] = float64(shift[i]) - float64(mean[i])*factor[i]
	}
	return factor, offset
}
