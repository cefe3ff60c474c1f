package ir

// Slice takes the channels From up to but not including To.
type Slice struct{ From, To int }

func (op Slice) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	if op.From < 0 || op.To > in[0][0] || op.From >= op.To {
		return nil, errorf(WrongFigure, "channels %d up to %d are not within the input's %d", op.From, op.To, in[0][0])
	}
	return Shape{op.To - op.From, in[0][1], in[0][2]}, nil
}
