package ir

import "math"

// Affine multiplies every element by Factor and adds Offset: what the language makes of x * 0.5 and 1 - x.
type Affine struct{ Factor, Offset float64 }

func (op Affine) infer(in []Shape) (Shape, error) {
	for _, v := range []float64{op.Factor, op.Offset} {
		if f := float64(float32(v)); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, errorf(WrongFigure, "%g is no number that float32 can hold", v)
		}
	}
	return in[0], nil
}

func (Affine) sizing() Sizing { return keeps }
