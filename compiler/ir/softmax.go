package ir

// Softmax makes the elements along an axis positive with the sum 1: exp(x) / sum of exp(x).
type Softmax struct{ Axis int }

func (op Softmax) infer(in []Shape) (Shape, error) { return in[0], checkAxis(op.Axis, in[0]) }

func (Softmax) sizing() Sizing { return keeps }

// checkAxis holds an axis against those that a shape has.
func checkAxis(axis int, s Shape) error {
	if axis < 0 || axis >= len(s) {
		return errorf(WrongFigure, "a tensor of shape %v has no axis %d: they count from 0, or from -1 for the last", s,
			axis)
	}
	return nil
}
