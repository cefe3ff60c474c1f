package ir

// Limits of one tensor. They keep sizes and costs far from overflowing and memory bounded whatever a source file asks for.
const (
	MaxDimension = 1 << 20   // of any side of any tensor
	MaxElements  = 1<<31 - 1 // of any tensor
	MaxNodes     = 100_000   // of a graph
)

// checkSize says whether a shape keeps the limits.
func checkSize(s Shape) error {
	n := 1
	for _, d := range s {
		if d < 1 {
			return errorf(WrongFigure, "a value of shape %v has no elements", s)
		}
		if d > MaxDimension {
			return errorf(TooLarge, "a tensor of shape %v has a side over %d, the limit", s, MaxDimension)
		}
		// n stays at most MaxElements and d at most MaxDimension: their product fits 64 bits.
		if n *= d; n > MaxElements {
			return errorf(TooLarge, "a tensor of shape %v has over %d elements, the limit", s, MaxElements)
		}
	}
	return nil
}

func wantImage(s Shape) error {
	if !s.IsImage() {
		return errorf(WrongShape, "needs an image [channels, height, width], got %v", s)
	}
	return nil
}

// window returns the image size after sliding a window over it.
func window(in Shape, kernel, stride, dilation int, pad Padding) (h, w int, err error) {
	if err := wantImage(in); err != nil {
		return 0, 0, err
	}
	switch {
	case kernel < 1:
		return 0, 0, errorf(WrongFigure, "kernel is %d, but must be at least 1", kernel)
	case stride < 1:
		return 0, 0, errorf(WrongFigure, "stride is %d, but must be at least 1", stride)
	case dilation < 1:
		return 0, 0, errorf(WrongFigure, "dilation is %d, but must be at least 1", dilation)
	case max(kernel, stride, dilation) > MaxDimension:
		return 0, 0, errorf(WrongFigure, "kernel, stride and dilation must not exceed %d", MaxDimension)
	case min(pad.Top, pad.Left, pad.Bottom, pad.Right) < 0:
		return 0, 0, errorf(WrongFigure, "padding must not be negative")
	case max(pad.Top, pad.Left, pad.Bottom, pad.Right) > MaxDimension:
		return 0, 0, errorf(WrongFigure, "padding must not exceed %d", MaxDimension)
	}
	reach := dilation*(kernel-1) + 1
	h = (in[1] + pad.Top + pad.Bottom - reach) / stride
	w = (in[2] + pad.Left + pad.Right - reach) / stride
	if in[1]+pad.Top+pad.Bottom < reach || in[2]+pad.Left+pad.Right < reach {
		return 0, 0, errorf(NothingLeft, "a window of %d×%d does not fit the %d×%d image: nothing would be left of it",
			reach, reach, in[1]+pad.Top+pad.Bottom, in[2]+pad.Left+pad.Right)
	}
	return h + 1, w + 1, nil
}

func (op Input) infer([]Shape) (Shape, error) {
	return Shape{op.Channels, op.Height, op.Width}, nil
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
	out := Shape{op.Out, h, w}
	return out, checkResidual(op.Epilogue, in, out)
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

func checkResidual(e Epilogue, in []Shape, out Shape) error {
	if e.Residual != (len(in) == 2) {
		return errorf(ShapesDiffer, "a residual epilogue and a second input go together")
	}
	if e.Residual && !in[1].Equal(out) {
		return errorf(ShapesDiffer, "the residual has shape %v, the result %v", in[1], out)
	}
	return nil
}

func (op BatchNorm) infer(in []Shape) (Shape, error) {
	if op.Epsilon <= 0 {
		return nil, errorf(WrongFigure, "epsilon is %g, but must be above 0", op.Epsilon)
	}
	if !(op.Momentum >= 0 && op.Momentum <= 1) {
		return nil, errorf(WrongFigure, "momentum is %g, but must be from 0 to 1", op.Momentum)
	}
	return in[0], wantImage(in[0])
}

func (op Activation) infer(in []Shape) (Shape, error) { return in[0], nil }

func (op MaxPool) infer(in []Shape) (Shape, error) {
	return pooled(in[0], op.Kernel, op.Stride, op.Pad)
}

func (op AvgPool) infer(in []Shape) (Shape, error) {
	return pooled(in[0], op.Kernel, op.Stride, op.Pad)
}

func pooled(in Shape, kernel, stride int, pad Padding) (Shape, error) {
	h, w, err := window(in, kernel, stride, 1, pad)
	if err != nil {
		return nil, err
	}
	if max(pad.Top, pad.Left, pad.Bottom, pad.Right) >= kernel {
		return nil, errorf(WrongFigure, "padding of %d must be smaller than the kernel, %d", max(pad.Top, pad.Left, pad.Bottom, pad.Right), kernel)
	}
	return Shape{in[0], h, w}, nil
}

func (op GlobalAvgPool) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	return Shape{in[0][0], 1, 1}, nil
}

func (op Add) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }

func (op Mul) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }

func broadcast(a, b Shape) (Shape, error) {
	switch {
	case a.Equal(b):
		return a, nil
	case perChannel(b, a):
		return a, nil
	case perChannel(a, b):
		return b, nil
	}
	return nil, errorf(ShapesDiffer, "the shapes %v and %v do not match", a, b)
}

// perChannel reports whether s is one value per channel of image.
func perChannel(s, image Shape) bool {
	return image.IsImage() && s.IsImage() && s[0] == image[0] && s[1] == 1 && s[2] == 1
}

func (op Concat) infer(in []Shape) (Shape, error) {
	out := Shape{0, 0, 0}
	for i, s := range in {
		if err := wantImage(s); err != nil {
			return nil, err
		}
		if i > 0 && (s[1] != out[1] || s[2] != out[2]) {
			return nil, errorf(ShapesDiffer, "the images %v and %v differ in height or width", in[0], s)
		}
		out = Shape{out[0] + s[0], s[1], s[2]}
	}
	return out, nil
}

func (op Slice) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	if op.From < 0 || op.To > in[0][0] || op.From >= op.To {
		return nil, errorf(WrongFigure, "channels %d up to %d are not within the input's %d", op.From, op.To, in[0][0])
	}
	return Shape{op.To - op.From, in[0][1], in[0][2]}, nil
}

func (op Flatten) infer(in []Shape) (Shape, error) { return Shape{in[0].Elements()}, nil }

func (op Dropout) infer(in []Shape) (Shape, error) {
	if !(op.Rate >= 0 && op.Rate < 1) {
		return nil, errorf(WrongFigure, "rate is %g, but must be at least 0 and below 1", op.Rate)
	}
	return in[0], nil
}
