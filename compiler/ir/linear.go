package ir

// Linear is a fully connected layer on the last axis: [… features] becomes [… Out]. Weight: [Out, features]; bias:
// [Out], if Bias.
type Linear struct {
	Out  int
	Bias bool
	Init Init
}

func (op Linear) infer(in []Shape) (Shape, error) {
	if op.Out < 1 {
		return nil, errorf(WrongFigure, "out is %d, but must be at least 1", op.Out)
	}
	last := len(in[0]) - 1
	return append(append(Shape{}, in[0][:last]...), op.Out), nil
}

func (Linear) sizing() Sizing { return moves }

func (op Linear) params(in []Shape) []paramSpec {
	specs := []paramSpec{{Weight, Shape{op.Out, in[0][len(in[0])-1]}}}
	if op.Bias {
		specs = append(specs, paramSpec{Bias, Shape{op.Out}})
	}
	return specs
}

func (op Linear) macs(in []Shape, out Shape) int64 {
	return int64(out.Elements()) * int64(in[0][len(in[0])-1])
}
