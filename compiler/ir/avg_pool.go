package ir

// AvgPool takes the mean of each window. With CountPadding, padding counts as zeros; without it, only elements of the
// image count.
type AvgPool struct {
	Kernel, Stride int
	Pad            Padding
	CountPadding   bool
}

func (op AvgPool) infer(in []Shape) (Shape, error) {
	return pooled(in[0], op.Kernel, op.Stride, op.Pad)
}
