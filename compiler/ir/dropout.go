package ir

// Dropout drops elements with probability Rate in training (PyTorch's nn.Dropout); otherwise it does nothing.
type Dropout struct{ Rate float64 }

func (op Dropout) infer(in []Shape) (Shape, error) {
	if !(op.Rate >= 0 && op.Rate < 1) {
		return nil, errorf(WrongFigure, "rate is %g, but must be at least 0 and below 1", op.Rate)
	}
	return in[0], nil
}
