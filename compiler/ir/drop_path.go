package ir

// DropPath sets all that it is given of a sample to zero in training, for each sample of the batch with a probability,
// and divides the others by 1 minus that: stochastic depth, arXiv:1603.09382, when it stands at the end of a residual
// branch. Otherwise it does nothing.
//
// The probability grows linearly with the depth: it is Rate * Block / Blocks.
type DropPath struct {
	Rate          float64
	Block, Blocks int // the place among the network's blocks, from 0, and how many these are
}

func (op DropPath) infer(in []Shape) (Shape, error) {
	if op.Block < 0 || op.Block > op.Blocks || op.Blocks < 1 {
		return nil, errorf(WrongFigure, "block %d of %d is none", op.Block, op.Blocks)
	}
	return in[0], checkRate(op.Rate)
}

func (DropPath) sizing() Sizing { return keeps }
