package ir

// Conv is a two-dimensional convolution (cross-correlation, as in every framework). Weight: [Out, in/Groups, Kernel,
// Kernel]; bias: [Out], if Bias.
type Conv struct {
	Out      int
	Kernel   int
	Stride   int
	Dilation int
	Groups   int
	Pad      Padding
	Bias     bool
}

func (op Conv) infer(in []Shape) (Shape, error) {
	h, w, err := window(in[0], op.Kernel, op.Stride, op.Dilation, op.Pad)
	if err != nil {
		return nil, err
	}
	channels := in[0][0]
	switch {
	case op.Out < 1:
		return nil, errorf(WrongFigure, "out is %d, but must be at least 1", op.Out)
	case op.Groups < 1:
		return nil, errorf(WrongFigure, "groups is %d, but must be at least 1", op.Groups)
	case channels%op.Groups != 0:
		return nil, errorf(WrongFigure, "%d input channels cannot be split into %d groups", channels, op.Groups)
	case op.Out%op.Groups != 0:
		return nil, errorf(WrongFigure, "%d output channels cannot be split into %d groups", op.Out, op.Groups)
	}
	return Shape{op.Out, h, w}, nil
}

func (op Conv) params(in []Shape) []paramSpec {
	specs := []paramSpec{{Weight, Shape{op.Out, in[0][0] / op.Groups, op.Kernel, op.Kernel}}}
	if op.Bias {
		specs = append(specs, paramSpec{Bias, Shape{op.Out}})
	}
	return specs
}

func (op Conv) macs(in []Shape, out Shape) int64 {
	return int64(out.Elements()) * int64(in[0][0]/op.Groups) * int64(op.Kernel) * int64(op.Kernel)
}
