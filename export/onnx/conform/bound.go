package conform

import (
	"math"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// maxBoundDepth is how many operations a bound may span. It is that of the worst case, and grows with each of them; behind more, it
// would allow anything.
const maxBoundDepth = 8

// explained reports whether rounding explains how far a step differs.
//
// A sum that cancels loses digits: 1000.01 − 1000 is exact to five digits less than its terms. How many, tells the sum of the
// terms' absolute values. So the step is evaluated once more on absolute values, from the anchors on, which gives the magnitude of
// what was added up for each element; each rounding moves the element by that magnitude times epsilon at most.
func (w *walk) explained(n *ir.Node, v *value, got verify.Array, kind verify.ElementType) bool {
	size := n.Shape.Elements()
	// Of each operation: weights are rounded, after batch norm was folded into them; so is the result, and what functions consist of.
	allowed := kind.Epsilon() * 4 * float64(v.depth+1)
	for b, want := range v.images {
		magnitude := w.magnitude(n, b)
		for i, x := range want {
			d := math.Abs(got.Floats[b*size+i] - float64(x))
			if m := float64(magnitude[i]); math.IsInf(m, 0) || !(d <= allowed*m) {
				return false
			}
		}
	}
	return true
}

// magnitude returns the magnitudes of a node's value for one image: of an anchor, its absolute values.
func (w *walk) magnitude(n *ir.Node, image int) []float32 {
	in := w.values[n]
	if in.anchor {
		return absolute(in.images[image])
	}
	var values, magnitudes [][]float32
	for _, i := range n.Inputs {
		values = append(values, w.values[i].images[image])
		magnitudes = append(magnitudes, w.magnitude(i, image))
	}
	switch op := n.Op.(type) {
	case ir.Mul: // an error of either factor counts as often as the other is large
		left := eval.Node(n, nil, [][]float32{absolute(values[0]), magnitudes[1]})
		right := eval.Node(n, nil, [][]float32{magnitudes[0], absolute(values[1])})
		for i := range left {
			left[i] += right[i]
		}
		return left
	case ir.Activation: // none is steeper than this
		const steepest = 1.5
		out := absolute(in.images[image])
		for i, m := range magnitudes[0] {
			out[i] += steepest * m
		}
		return out
	case ir.BatchNorm:
		return normMagnitude(n, op, w.source.Set, magnitudes[0])
	}
	set := params.Set{}
	for _, p := range n.Params {
		set[p.Name] = &params.Tensor{Shape: p.Shape, Data: absolute(w.source.Set.Of(p).Data)}
	}
	return eval.Node(n, set, magnitudes)
}

// normMagnitude adds up the absolute values of what batch norm adds up.
func normMagnitude(n *ir.Node, op ir.BatchNorm, set params.Set, in []float32) []float32 {
	param := func(role ir.Role, channel int, missing float64) float64 { // scale and shift may be missing
		if p := n.Param(role); p != nil {
			return math.Abs(float64(set.Of(p).Data[channel]))
		}
		return missing
	}
	out := make([]float32, len(in))
	size := len(in) / n.Shape[0]
	for i, m := range in {
		c := i / size
		factor := param(ir.Scale, c, 1) / math.Sqrt(param(ir.RunningVariance, c, 0)+op.Epsilon)
		out[i] = float32((float64(m)+param(ir.RunningMean, c, 0))*factor + param(ir.Shift, c, 0))
	}
	return out
}

func absolute(values []float32) []float32 {
	result := make([]float32, len(values))
	for i, v := range values {
		result[i] = float32(math.Abs(float64(v)))
	}
	return result
}
