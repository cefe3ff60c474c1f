package ir

// Add adds two values of one shape, or a [C, 1, 1] value to each pixel of a [C, H, W] one.
type Add struct{}

func (op Add) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }
