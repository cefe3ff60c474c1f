package ir

// Mul multiplies two values of one shape, or a [C, 1, 1] value with each pixel of a [C, H, W] one.
type Mul struct{}

func (op Mul) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }
