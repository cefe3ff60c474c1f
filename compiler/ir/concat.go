package ir

// Concat joins values along an axis: images along axis 0 are joined along their channels.
type Concat struct{ Axis int }

func (op Concat) infer(in []Shape) (Shape, error) {
	if err := checkAxis(op.Axis, in[0]); err != nil {
		return nil, err
	}
	out := append(Shape{}, in[0]...)
	for _, s := range in[1:] {
		if len(s) != len(out) {
			return nil, errorf(ShapesDiffer, "%v and %v have different numbers of axes", in[0], s)
		}
		for i := range s {
			switch {
			case i == op.Axis:
				out[i] += s[i]
			case s[i] != out[i] && op.Axis == 0 && out.IsImage():
				return nil, errorf(ShapesDiffer, "the images %v and %v differ in height or width", in[0], s)
			case s[i] != out[i]:
				return nil, errorf(ShapesDiffer, "%v and %v differ in axis %d, but are joined along axis %d",
					in[0], s, i, op.Axis)
			}
		}
	}
	return out, nil
}

func (op Concat) sizing() Sizing {
	if op.Axis > 0 {
		return moves
	}
	return Sizing{Kind: Joins}
}
