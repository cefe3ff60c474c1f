package ir

// Dropout sets elements to zero in training, each with probability Rate, and divides the others by 1 - Rate (PyTorch's
// nn.Dropout, arXiv:1207.0580); with Channels, whole channels of an image (nn.Dropout2d, arXiv:1411.4280). Otherwise it
// does nothing.
type Dropout struct {
	Rate     float64
	Channels bool
}

func (op Dropout) infer(in []Shape) (Shape, error) {
	if err := checkRate(op.Rate); err != nil {
		return nil, err
	}
	if op.Channels {
		return in[0], wantImage(in[0])
	}
	return in[0], nil
}

func (Dropout) sizing() Sizing { return keeps }

func checkRate(rate float64) error {
	if !(rate >= 0 && rate < 1) {
		return errorf(WrongFigure, "rate is %g, but must be at least 0 and below 1", rate)
	}
	return nil
}
