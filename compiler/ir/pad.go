package ir

// Pad adds rows and columns of one value around an image, or cuts some off where a side is negative: [C, H, W] becomes
// [C, H+Top+Bottom, W+Left+Right].
type Pad struct {
	Sides Padding
	Value float64
}

func (op Pad) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	p := op.Sides
	if max(p.Top, p.Left, p.Bottom, p.Right) > MaxDimension || min(p.Top, p.Left, p.Bottom, p.Right) < -MaxDimension {
		return nil, errorf(WrongFigure, "padding must not exceed %d", MaxDimension)
	}
	height, width := in[0][1]+p.Top+p.Bottom, in[0][2]+p.Left+p.Right
	if min(p.Top, 0)+min(p.Bottom, 0) <= -in[0][1] || min(p.Left, 0)+min(p.Right, 0) <= -in[0][2] {
		return nil, errorf(NothingLeft, "nothing of the %d×%d image would be left", in[0][1], in[0][2])
	}
	return Shape{in[0][0], height, width}, nil
}

func (op Pad) sizing() Sizing { return slides(Window{Square(1), Square(1), Square(1), op.Sides}) }
