package ir

// Epilogue is what a convolution or linear layer does to each of its results before storing it. Only the lowering for
// generated Go sets it; in the canonical graph it is always zero.
type Epilogue struct {
	Residual   bool     // add the op's second input, which has the result's shape
	Activation Function // then apply this function
}

func checkResidual(e Epilogue, in []Shape, out Shape) error {
	if e.Residual != (len(in) == 2) {
		return errorf(ShapesDiffer, "a residual epilogue and a second input go together")
	}
	if e.Residual && !in[1].Equal(out) {
		return errorf(ShapesDiffer, "the residual has shape %v, the result %v", in[1], out)
	}
	return nil
}
