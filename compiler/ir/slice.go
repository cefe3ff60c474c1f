package ir

// Slice takes the elements From up to but not including To along an axis: of an image along axis 0, channels.
type Slice struct {
	From int `setting:"start"`
	To   int `setting:"end"`
	Axis int
}

func (op Slice) infer(in []Shape) (Shape, error) {
	if err := checkAxis(op.Axis, in[0]); err != nil {
		return nil, err
	}
	if size := in[0][op.Axis]; op.From < 0 || op.To > size || op.From >= op.To {
		what := "channels"
		if op.Axis > 0 || !in[0].IsImage() {
			what = "elements"
		}
		return nil, errorf(WrongFigure, "%s %d up to %d are not within the input's %d", what, op.From, op.To, size)
	}
	out := append(Shape{}, in[0]...)
	out[op.Axis] = op.To - op.From
	return out, nil
}

func (op Slice) sizing() Sizing {
	if op.Axis > 0 {
		return moves
	}
	return keeps
}
