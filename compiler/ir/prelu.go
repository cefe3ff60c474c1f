package ir

// PReLU keeps what is above zero and multiplies what is below by a trained slope of the channel (arXiv:1502.01852).
// Weight: [channels], or [1] if the slope is Shared by all.
type PReLU struct {
	Shared bool
}

func (op PReLU) infer(in []Shape) (Shape, error) {
	if !in[0].IsImage() && len(in[0]) != 1 {
		return nil, errorf(WrongShape, "needs an image or a vector, got %v", in[0])
	}
	return in[0], nil
}

func (PReLU) sizing() Sizing { return keeps }

func (op PReLU) params(in []Shape) []paramSpec {
	if op.Shared {
		return []paramSpec{{Slope, Shape{1}}}
	}
	return []paramSpec{{Slope, Shape{in[0][0]}}}
}
