package ir

// MatMul multiplies matrices: [… m, k] and [… k, n] make [… m, n], where … are the same in both. With
// Transpose the second one is given as [… n, k].
type MatMul struct{ Transpose bool }

func (op MatMul) infer(in []Shape) (Shape, error) {
	a, b := in[0], in[1]
	if len(a) < 2 || len(b) != len(a) {
		return nil, errorf(WrongShape,
			"needs two matrices, or as many of both: [m, k] and [k, n], [h, m, k] and [h, k, n]; got %v and %v", a, b)
	}
	last := len(a) - 1
	inner, columns := b[last-1], b[last]
	if op.Transpose {
		inner, columns = columns, inner
	}
	if !a[:last-1].Equal(b[:last-1]) {
		return nil, errorf(ShapesDiffer, "%v and %v are not the same number of matrices", a, b)
	}
	if a[last] != inner {
		return nil, errorf(ShapesDiffer, "rows of %d elements of %v do not fit columns of %d elements of %v", a[last],
			a,
			inner, b)
	}
	out := append(Shape{}, a...)
	out[last] = columns
	return out, nil
}

func (MatMul) sizing() Sizing { return moves }

func (op MatMul) macs(in []Shape, out Shape) int64 {
	return int64(out.Elements()) * int64(in[0][len(in[0])-1])
}
