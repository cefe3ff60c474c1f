package ir

// ConvTranspose is a transposed convolution: each pixel of the image adds its value times the kernel to the result,
// Stride pixels after the one before it, with Dilation between the kernel's places. What lies in the padding is cut
// off, and OutputPadding rows and columns are added at the bottom and right. Of n rows it makes
//
//	(n - 1) * Stride + Dilation * (Kernel - 1) + 1 - Top - Bottom + OutputPadding
//
// as PyTorch's ConvTranspose2d and ONNX's ConvTranspose do; PyTorch also takes an OutputPadding below the dilation.
// Weight: [in, Out/Groups, Kernel.Height, Kernel.Width]; bias: [Out], if Bias.
// https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
type ConvTranspose struct {
	Out           int
	Kernel        Pair
	Stride        Pair
	Dilation      Pair
	Groups        int
	Pad           Padding `setting:"padding"`
	OutputPadding Pair
	Bias          bool
}

// reach is how many rows and columns a pixel adds to.
func (op ConvTranspose) reach() Pair {
	return Window{op.Kernel, op.Stride, op.Dilation, op.Pad}.Reach()
}

func (op ConvTranspose) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	if err := (Window{op.Kernel, op.Stride, op.Dilation, op.Pad}).Check(); err != nil {
		return nil, err
	}
	reach, extra := op.reach(), op.OutputPadding
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
	case min(extra.Height, extra.Width) < 0 || extra.Height >= op.Stride.Height || extra.Width >= op.Stride.Width:
		return nil, errorf(WrongFigure, "output_padding is %v, but must be at least 0 and below the stride, %v", extra,
			op.Stride)
	case max(op.Pad.Top, op.Pad.Bottom) >= reach.Height || max(op.Pad.Left, op.Pad.Right) >= reach.Width:
		return nil, errorf(WrongFigure, "padding must be smaller than the kernel, of %v pixels", reach)
	}
	height := (in[0][1]-1)*op.Stride.Height + reach.Height - op.Pad.Top - op.Pad.Bottom + extra.Height
	width := (in[0][2]-1)*op.Stride.Width + reach.Width - op.Pad.Left - op.Pad.Right + extra.Width
	if min(height, width) < 1 {
		return nil, errorf(NothingLeft, "of %d×%d pixels the padding leaves nothing",
			height+op.Pad.Top+op.Pad.Bottom, width+op.Pad.Left+op.Pad.Right)
	}
	out := Shape{op.Out, height, width}
	if err := checkSize(out); err != nil {
		return nil, err
	}
	return out, op.checkPhases(channels, out)
}

// checkPhases holds what computes a transposed convolution against the limits: a convolution with Stride.Height *
// Stride.Width channels for each of the result's, over as many pixels as the image about has.
func (op ConvTranspose) checkPhases(channels int, out Shape) error {
	up := func(n, stride int) int { return (n + stride - 1) / stride }
	rows := up(op.Pad.Top+out[1], op.Stride.Height) - op.Pad.Top/op.Stride.Height
	columns := up(op.Pad.Left+out[2], op.Stride.Width) - op.Pad.Left/op.Stride.Width
	reach, each := op.reach(), op.Stride.Area()
	weight := Shape{op.Out * each, channels / op.Groups, up(reach.Height, op.Stride.Height),
		up(reach.Width, op.Stride.Width)}
	full := Shape{op.Out, rows * op.Stride.Height, columns * op.Stride.Width} // before the padding is cut off
	if err := checkSize(full); err != nil {
		return errorf(TooLarge, "before the padding is cut off, %v", err)
	}
	for _, s := range []Shape{{op.Out * each, rows, columns}, weight} {
		if err := checkSize(s); err != nil {
			return errorf(TooLarge, "stride %v takes %d channels for each of the %d of the result, and %v; "+
				"make the image larger in several steps of smaller strides", op.Stride, each, op.Out, err)
		}
	}
	return nil
}

// sizing: n pixels become n * Stride where the padding is such, n - 1 + reach - padding with stride 1, which has
// no OutputPadding, and what no rule has otherwise.
func (op ConvTranspose) sizing() Sizing {
	p, extra, reach := op.Pad, op.OutputPadding, op.reach()
	switch {
	case op.Stride == Square(1):
		return slides(Window{op.Kernel, Square(1), op.Dilation, Padding{
			reach.Height - 1 - p.Top, reach.Width - 1 - p.Left,
			reach.Height - 1 - p.Bottom, reach.Width - 1 - p.Right}})
	case reach.Height-p.Top-p.Bottom+extra.Height == op.Stride.Height &&
		reach.Width-p.Left-p.Right+extra.Width == op.Stride.Width:
		return grows(op.Stride)
	}
	return moves
}

func (op ConvTranspose) params(in []Shape) []paramSpec {
	specs := []paramSpec{{Weight, Shape{in[0][0], op.Out / op.Groups, op.Kernel.Height, op.Kernel.Width}}}
	if op.Bias {
		specs = append(specs, paramSpec{Bias, Shape{op.Out}})
	}
	return specs
}

func (op ConvTranspose) macs(in []Shape, out Shape) int64 {
	return int64(in[0].Elements()) * int64(op.Out/op.Groups) * int64(op.Kernel.Area())
}
