package pass

import (
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// foldBatchNorm merges a batch norm into the convolution before it, when nothing else reads that convolution:
//
//	BatchNorm (Conv x)    → Conv(Bias: true) x
//
// With factor = scale / sqrt(variance + epsilon), the new weight is weight · factor and the new bias
// (bias − mean) · factor + shift, per output channel. The convolution keeps its name, and so do its parameters. A batch norm
// that neither this pass nor foldConcatBatchNorm can merge stays; the plan makes a per-channel affine step of it.
func foldBatchNorm(g *ir.Graph, set params.Set) (*ir.Graph, params.Set, bool) {
	return rewrite(g, set, func(d *draft) (changed bool) {
		for _, n := range d.nodes {
			norm, ok := n.op.(ir.BatchNorm)
			if !ok {
				continue
			}
			producer := n.input(0)
			conv, ok := producer.op.(ir.Conv)
			if !ok || !foldable(producer) {
				continue
			}
			if d.values != nil {
				d.foldValues(producer.name, n.name, conv, norm, 0)
				d.dropNormValues(n.name)
			}
			conv.Bias = true
			n.absorb(producer, conv, producer.input(0))
			changed = true
		}
		return changed
	})
}

// foldValues merges the channels of a batch norm from one on into a convolution.
func (d *draft) foldValues(convName, normName string, conv ir.Conv, norm ir.BatchNorm, channel int) {
	factor, offset := affineIn(d.values, normName, norm)
	factor, offset = factor[channel:channel+conv.Out], offset[channel:channel+conv.Out]
	weightName, biasName := convName+"."+ir.Weight.Field(), convName+"."+ir.Bias.Field()
	weight := d.values[weightName]
	bias := make([]float32, conv.Out)
	if conv.Bias {
		copy(bias, d.values[biasName].Data)
	}
	foldBias(bias, factor, offset)
	scaled := slices.Clone(weight.Data)
	scaleOutputs(scaled, factor, 0, len(scaled)/len(factor))
	d.setValue(weightName, &params.Tensor{Shape: weight.Shape, Data: scaled})
	d.setValue(biasName, &params.Tensor{Shape: ir.Shape{conv.Out}, Data: bias})
}

func (d *draft) dropNormValues(normName string) {
	for _, role := range []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance} {
		d.setValue(normName+"."+role.Field(), nil)
	}
}

// scaleOutputs multiplies a part of a weight, from an element on, by the factors of the output channels that it lies in.
func scaleOutputs(weight []float32, factor []float64, from, perOutput int) {
	for len(weight) > 0 {
		n := min(len(weight), perOutput-from%perOutput)
		floats.Scale(weight[:n], factor[from/perOutput])
		weight, from = weight[n:], from+n
	}
}

// foldBias folds a bias in place. Where there was none, it is zero.
func foldBias(bias []float32, factor, offset []float64) {
	for o, f := range factor {
		bias[o] = float32(float64(bias[o])*f + offset[o])
	}
}

// affineIn returns the batch norm of the given name as value · factor + offset per channel.
func affineIn(set params.Set, name string, norm ir.BatchNorm) (factor, offset []float64) {
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
