package ir

// Padding is the number of zero rows and columns added around an image.
type Padding struct{ Top, Left, Bottom, Right int }

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
		return 0, 0, errorf(NothingLeft,
			"a window of %d×%d does not fit the %d×%d image: nothing would be left of it",
			reach, reach, in[1]+pad.Top+pad.Bottom, in[2]+pad.Left+pad.Right)
	}
	return h + 1, w + 1, nil
}

// pooled returns the shape after pooling. Padding narrower than the window keeps every window on the image.
func pooled(in Shape, kernel, stride int, pad Padding) (Shape, error) {
	h, w, err := window(in, kernel, stride, 1, pad)
	if err != nil {
		return nil, err
	}
	if widest := max(pad.Top, pad.Left, pad.Bottom, pad.Right); widest >= kernel {
		return nil, errorf(WrongFigure, "padding of %d must be smaller than the kernel, %d", widest, kernel)
	}
	return Shape{in[0], h, w}, nil
}
