package ir

// GlobalAvgPool takes the mean of each channel: [C, H, W] becomes [C, 1, 1].
type GlobalAvgPool struct{}

func (op GlobalAvgPool) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	return Shape{in[0][0], 1, 1}, nil
}

func (GlobalAvgPool) sizing() Sizing { return fixes }
