package ir

// MaxPool takes the largest element of each window; padding never wins.
type MaxPool struct {
	Kernel, Stride int
	Pad            Padding
}

func (op MaxPool) infer(in []Shape) (Shape, error) {
	return pooled(in[0], op.Kernel, op.Stride, op.Pad)
}
