package ir

// DepthToSpace spreads channels over the image: [C*Factor*Factor, H, W] becomes [C, H*Factor, W*Factor]. Channel
// c, row y and column x of the result are those of
//
//	c*Factor*Factor + (y mod Factor)*Factor + x mod Factor,  y div Factor,  x div Factor
//
// which is PyTorch's PixelShuffle and the mode CRD of ONNX's DepthToSpace. https://arxiv.org/abs/1609.05158
type DepthToSpace struct{ Factor int }

func (op DepthToSpace) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	if op.Factor < 1 || op.Factor > 1<<10 {
		return nil, errorf(WrongFigure, "factor is %d, but must be 1 to %d", op.Factor, 1<<10)
	}
	if in[0][0]%(op.Factor*op.Factor) != 0 {
		return nil, errorf(WrongFigure, "%d channels cannot be spread over squares of %d×%d", in[0][0], op.Factor,
			op.Factor)
	}
	return Shape{in[0][0] / (op.Factor * op.Factor), in[0][1] * op.Factor, in[0][2] * op.Factor}, nil
}

func (op DepthToSpace) sizing() Sizing { return grows(Square(op.Factor)) }
