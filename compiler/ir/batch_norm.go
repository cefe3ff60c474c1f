package ir

// BatchNorm normalises each channel of an image, or each feature of a vector, with its running statistics, then scales
// and shifts it (arXiv:1502.03167). Momentum is PyTorch's (the weight of the new batch) and matters for training only.
// Scale, shift, running mean and running variance: [C] each; without scale or shift as Keras has them with scale=False
// and center=False. With Zero, training begins with a scale of 0 instead of 1: at the end of a residual branch, which
// then does nothing at first (arXiv:1706.02677).
type BatchNorm struct {
	Epsilon, Momentum float64
	NoScale           bool `setting:"!scale"`
	NoShift           bool `setting:"!shift"`
	Zero              bool
}

func (op BatchNorm) infer(in []Shape) (Shape, error) {
	if op.Epsilon <= 0 {
		return nil, errorf(WrongFigure, "epsilon is %g, but must be above 0", op.Epsilon)
	}
	if !(op.Momentum >= 0 && op.Momentum <= 1) {
		return nil, errorf(WrongFigure, "momentum is %g, but must be from 0 to 1", op.Momentum)
	}
	if op.Zero && op.NoScale {
		return nil, errorf(WrongFigure, "without a scale, none can begin at zero: leave out zero, or keep the scale")
	}
	if len(in[0]) == 1 {
		return in[0], nil
	}
	return in[0], wantImage(in[0])
}

func (BatchNorm) sizing() Sizing { return keeps }

func (op BatchNorm) params(in []Shape) []paramSpec {
	c := Shape{in[0][0]}
	var specs []paramSpec
	if !op.NoScale {
		specs = append(specs, paramSpec{Scale, c})
	}
	if !op.NoShift {
		specs = append(specs, paramSpec{Shift, c})
	}
	return append(specs, paramSpec{RunningMean, c}, paramSpec{RunningVariance, c})
}
