package ir

// GlobalMaxPool takes the largest element of each channel: [C, H, W] becomes [C, 1, 1].
type GlobalMaxPool struct{}

func (op GlobalMaxPool) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	return Shape{in[0][0], 1, 1}, nil
}

func (GlobalMaxPool) sizing() Sizing { return fixes }
