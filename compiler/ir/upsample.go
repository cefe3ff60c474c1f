package ir

// Upsample makes an image larger by whole factors: [C, H, W] becomes [C, H*Factor.Height, W*Factor.Width], as PyTorch's
// Upsample and ONNX's Resize do. Results lie where Places says.
type Upsample struct {
	Factor       Pair
	Bilinear     bool `setting:"mode=nearest|bilinear"`
	AlignCorners bool // of Bilinear alone
}

func (op Upsample) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	switch f := op.Factor; {
	case min(f.Height, f.Width) < 1:
		return nil, errorf(WrongFigure, "factor is %v, but must be at least 1", f)
	case max(f.Height, f.Width) > MaxDimension:
		return nil, errorf(WrongFigure, "factor must not exceed %d", MaxDimension)
	}
	if err := op.Interpolation().check(); err != nil {
		return nil, err
	}
	return Shape{in[0][0], in[0][1] * op.Factor.Height, in[0][2] * op.Factor.Width}, nil
}

// Interpolation returns how its pixels come about.
func (op Upsample) Interpolation() Interpolation { return Interpolation{op.Bilinear, op.AlignCorners} }

func (op Upsample) sizing() Sizing { return grows(op.Factor) }
