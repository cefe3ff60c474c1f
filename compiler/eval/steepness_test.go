package eval

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestSteepness compares the bound of each function's derivative with differences: it holds, and where it depends on
// settings it is no more than is needed.
func TestSteepness(t *testing.T) {
	const steps = 4000 // from −16 to 16
	x := make([]float32, steps)
	for i := range x {
		x[i] = float32(i-steps/2) * 32 / steps
	}
	for _, info := range ir.Functions() {
		for _, scale := range []float64{1, 0.4, 3} {
			op := info.Usual()
			for _, s := range info.Settings {
				*s.Of(&op) *= scale
			}
			shape := ir.Shape{steps, 1, 1}
			n := &ir.Node{Op: op, Shape: shape, Inputs: []*ir.Node{{Shape: shape}}}
			y := Node(n, nil, [][]float32{x})
			steepest := 0.0
			for i := 1; i < steps; i++ {
				d := float64(y[i]-y[i-1]) / float64(x[i]-x[i-1])
				if bound := op.Steepest() + 1e-3; !(math.Abs(d) <= bound) {
					t.Fatalf("%v has the derivative %g near %g, the bound is %g", op, d, x[i], bound)
				}
				steepest = max(steepest, math.Abs(d))
			}
			if bound := op.Steepest(); info.Settings != nil && bound != 1.5 && steepest < 0.97*bound {
				t.Errorf("%v has a derivative of %g at most, the bound is %g", op, steepest, bound)
			}
		}
	}
}
