package ir

// Transpose puts the axes into another order: axis i of the result is axis Order[i] of the input.
type Transpose struct{ Order Dims }

func (op Transpose) infer(in []Shape) (Shape, error) {
	order := op.Order.List()
	var used [MaxRank]bool
	out := make(Shape, len(order))
	for i, a := range order {
		if a < 0 || a >= len(in[0]) || used[a] || len(order) != len(in[0]) {
			return nil, errorf(WrongFigure, "%v is no order of the %d axes of %v, which count from 0", op.Order.Shape(),
				len(in[0]), in[0])
		}
		used[a] = true
		out[i] = in[0][a]
	}
	if len(out) != len(in[0]) {
		return nil, errorf(WrongFigure, "the order is empty, but %v has %d axes", in[0], len(in[0]))
	}
	return out, nil
}

func (Transpose) sizing() Sizing { return moves }
