package ir

// Linear is a fully connected layer on a vector. Weight: [Out, in]; bias: [Out], if Bias.
type Linear struct {
	Out  int
	Bias bool
}

func (op Linear) infer(in []Shape) (Shape, error) {
	if len(in[0]) != 1 {
		return nil, errorf(WrongShape, "needs a vector [features], got %v; put Flatten before it", in[0])
	}
	if op.Out < 1 {
		return nil, errorf(WrongFigure, "out is %d, but must be at least 1", op.Out)
	}
	return Shape{op.Out}, nil
}

func (op Linear) params(in []Shape) []paramSpec {
	specs := []paramSpec{{Weight, Shape{op.Out, in[0][0]}}}
	if op.Bias {
		specs = append(specs, paramSpec{Bias, Shape{op.Out}})
	}
	return specs
}

func (op Linear) macs(in []Shape, out Shape) int64 { return int64(in[0][0]) * int64(out[0]) }
