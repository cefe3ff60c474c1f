package ir

// Conv is a two-dimensional convolution (cross-correlation, as in every framework). Weight: [Out, in/Groups,
// Kernel.Height, Kernel.Width]; bias: [Out], if Bias.
type Conv struct {
	Out      int
	Kernel   Pair
	Stride   Pair
	Dilation Pair
	Groups   int
	Pad      Padding `setting:"padding"`
	Bias     bool
	Init     Init
}

// Window is how the kernel slides.
func (op Conv) Window() Window { return Window{op.Kernel, op.Stride, op.Dilation, op.Pad} }

func (op Conv) infer(in []Shape) (Shape, error) {
	h, w, err := op.Window().slide(in[0])
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

func (op Conv) sizing() Sizing { return slides(op.Window()) }

func (op Conv) params(in []Shape) []paramSpec {
	specs := []paramSpec{{Weight, Shape{op.Out, in[0][0] / op.Groups, op.Kernel.Height, op.Kernel.Width}}}
	if op.Bias {
		specs = append(specs, paramSpec{Bias, Shape{op.Out}})
	}
	return specs
}

func (op Conv) macs(in []Shape, out Shape) int64 {
	return int64(out.Elements()) * int64(in[0][0]/op.Groups) * int64(op.Kernel.Area())
}
