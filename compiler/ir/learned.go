package ir

import "math"

// Learned is a tensor of its own, which training finds: a class token, a position embedding, the scale of a layer. It
// has one for each element of the batch of its input, whose values it does not read. Tensor: [Shape], which training
// begins at Value, with normally distributed noise of the Deviation added.
type Learned struct {
	Shape            Dims
	Value, Deviation float64
}

func (op Learned) infer([]Shape) (Shape, error) {
	switch {
	case op.Shape.Len() == 0:
		return nil, errorf(WrongFigure, "the shape has no dimension")
	case !(op.Deviation >= 0) || math.IsInf(op.Deviation, 0):
		return nil, errorf(WrongFigure, "deviation is %g, but must be at least 0", op.Deviation)
	case math.IsNaN(op.Value) || math.IsInf(op.Value, 0):
		return nil, errorf(WrongFigure, "value is %g, no number to begin with", op.Value)
	}
	return op.Shape.Shape(), nil
}

func (Learned) sizing() Sizing { return fixes }

func (op Learned) params([]Shape) []paramSpec { return []paramSpec{{Tensor, op.Shape.Shape()}} }
