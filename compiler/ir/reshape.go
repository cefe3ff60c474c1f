package ir

// Reshape gives the elements, in their order, another shape: that of the last axis runs fastest.
type Reshape struct{ Shape Dims }

func (op Reshape) infer(in []Shape) (Shape, error) {
	out := op.Shape.Shape()
	n := 1
	for _, d := range out {
		if d < 1 || n > MaxElements/d {
			return nil, errorf(WrongFigure, "the shape %v has no elements, or too many", out)
		}
		n *= d
	}
	if n != in[0].Elements() || len(out) == 0 {
		return nil, errorf(ShapesDiffer, "%v has %d elements, the shape %v would have %d", in[0], in[0].Elements(), out,
			n)
	}
	return out, nil
}

func (Reshape) sizing() Sizing { return moves }
