package ir

// Input is the network's input. An image has the shape [channels, height, width], a vector [features], a sequence
// [tokens, features]; any other shape of up to MaxRank dimensions will do.
type Input struct {
	Shape Dims
	Type  Type
}

func (op Input) infer([]Shape) (Shape, error) {
	if op.Shape.Len() == 0 {
		return nil, errorf(WrongFigure, "an input has at least one dimension")
	}
	return op.Shape.Shape(), nil
}

func (Input) sizing() Sizing { return fixes }
