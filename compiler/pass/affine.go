package pass

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// AffineOf returns a batch norm as value · factor + offset per channel. A scale that it has not is 1, a shift 0.
func AffineOf(n *ir.Node, norm ir.BatchNorm, values params.Values) (factor, offset []float64, err error) {
	data := map[ir.Role][]float32{}
	for _, p := range n.Params {
		if data[p.Role], err = values.Get(p); err != nil {
			return nil, nil, err
		}
	}
	mean, variance := data[ir.RunningMean], data[ir.RunningVariance]
	factor, offset = make([]float64, len(mean)), make([]float64, len(mean))
	for i := range mean {
		scale, shift := 1.0, 0.0
		if !norm.NoScale {
			scale = float64(data[ir.Scale][i])
		}
		if !norm.NoShift {
			shift = float64(data[ir.Shift][i])
		}
		factor[i] = scale / math.Sqrt(float64(variance[i])+norm.Epsilon)
		offset[i] = shift - float64(mean[i])*factor[i]
	}
	return factor, offset, nil
}
