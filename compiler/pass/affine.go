package pass

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// AffineOf returns a batch norm as value · factor + offset per channel.
func AffineOf(n *ir.Node, norm ir.BatchNorm, values params.Values) (factor, offset []float64, err error) {
	var data [4][]float32
	for i, role := range []ir.Role{ir.Scale, ir.Shift, ir.RunningMean, ir.RunningVariance} {
		if data[i], err = values.Get(n.Param(role)); err != nil {
			return nil, nil, err
		}
	}
	scale, shift, mean, variance := data[0], data[1], data[2], data[3]
	factor, offset = make([]float64, len(scale)), make([]float64, len(scale))
	for i := range scale {
		factor[i] = float64(scale[i]) / math.Sqrt(float64(variance[i])+norm.Epsilon)
		offset[i] = float64(shift[i]) - float64(mean[i])*factor[i]
	}
	return factor, offset, nil
}
