package conform

import (
	"math"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// maxBoundDepth is how many operations a bound may span: those that an exporter merges. It grows with each of them,
// and behind many it would allow anything.
const maxBoundDepth = 4

// explained reports whether rounding explains how far a step differs.
//
// A sum that cancels loses digits: 1000.01 − 1000 is exact to five digits less than its terms. How many, tells the
// size of the terms. So the step is evaluated once more, from the anchors on, on the squares of what it adds up. The
// root of such a sum is the magnitude of an element: each term is off by epsilon of itself, in no particular
// direction, and their errors add up as lengths at right angles do.
func (w *walk) explained(n *ir.Node, v *value, got verify.Array, kind verify.ElementType) bool {
	size := n.Shape.Elements()
	// In each operation, weights are rounded, after batch norm was folded into them; so is the result, and what
	// functions consist of. Of many thousand elements, some are off by several standard deviations.
	allowed := kind.Epsilon() * 8 * float64(v.depth)
	for b, want := range v.images {
		squares := w.squares(n, b)
		for i, x := range want {
			d := math.Abs(got.Floats[b*size+i] - float64(x))
			if s := float64(squares[i]); math.IsInf(s, 0) || !(d <= allowed*math.Sqrt(s)) {
				return false
			}
		}
	}
	return true
}

// squares returns the squares of the magnitudes of a node's value for one image: of an anchor, those of its values.
func (w *walk) squares(n *ir.Node, image int) []float32 {
	in := w.values[n]
	if in.anchor {
		return squared(in.images[image])
	}
	var values, before [][]float32
	for _, i := range n.Inputs {
		values = append(values, w.values[i].images[image])
		before = append(before, w.squares(i, image))
	}
	switch op := n.Op.(type) {
	case ir.Sub: // errors add up as those of a sum
		sum := *n
		sum.Op = ir.Add{}
		return eval.Node(&sum, nil, before)
	case ir.Affine:
		scaled := *n
		scaled.Op = ir.Affine{Factor: op.Factor * op.Factor, Offset: op.Offset * op.Offset}
		return eval.Node(&scaled, nil, before)
	case ir.Pad:
		padded := *n
		padded.Op = ir.Pad{Sides: op.Sides, Value: op.Value * op.Value}
		return eval.Node(&padded, nil, before)
	case ir.Mul, ir.MatMul: // an error of either factor counts as often as the other is large
		left := eval.Node(n, nil, [][]float32{squared(values[0]), before[1]})
		right := eval.Node(n, nil, [][]float32{before[0], squared(values[1])})
		for i := range left {
			left[i] += right[i]
		}
		return left
	case ir.Activation:
		steepest := op.Steepest()
		out := squared(in.images[image])
		for i, s := range before[0] {
			out[i] += float32(steepest * steepest * float64(s))
		}
		return out
	case ir.PReLU:
		out := squared(in.images[image])
		slopes := w.source.Set.Of(n.Params[0]).Data
		for i, s := range before[0] {
			slope := slopes[i/(len(out)/len(slopes))]
			out[i] += max(1, slope*slope) * s
		}
		return out
	case ir.BatchNorm:
		return normSquares(n, op, w.source.Set, before[0])
	}
	if info := ir.InfoOf(n.Op); !info.Sums && !info.Moves {
		return squared(in.images[image]) // no exporter merges it with others: as if it were an anchor
	}
	set := params.Set{}
	for _, p := range n.Params {
		set[p.Name] = &params.Tensor{Shape: p.Shape, Data: squared(w.source.Set.Of(p).Data)}
	}
	return eval.Node(n, set, before)
}

// normSquares adds up the squares of what batch norm adds up.
func normSquares(n *ir.Node, op ir.BatchNorm, set params.Set, in []float32) []float32 {
	param := func(role ir.Role, channel int, missing float64) float64 { // scale and shift may be missing
		if p := n.Param(role); p != nil {
			return float64(set.Of(p).Data[channel])
		}
		return missing
	}
	out := make([]float32, len(in))
	size := len(in) / n.Shape[0]
	for i, s := range in {
		c := i / size
		factor := param(ir.Scale, c, 1) / math.Sqrt(param(ir.RunningVariance, c, 0)+op.Epsilon)
		mean, shift := param(ir.RunningMean, c, 0), param(ir.Shift, c, 0)
		out[i] = float32((float64(s)+mean*mean)*factor*factor + shift*shift)
	}
	return out
}

func squared(values []float32) []float32 {
	result := make([]float32, len(values))
	for i, v := range values {
		result[i] = v * v
	}
	return result
}
