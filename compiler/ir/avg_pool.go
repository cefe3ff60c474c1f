package ir

// AvgPool takes the mean of each window. With CountPadding, padding counts as zeros; without it, only elements of the
// image count.
type AvgPool struct {
	Kernel, Stride Pair
	Pad            Padding `setting:"padding"`
	CountPadding   bool
}

// Window is how the window slides.
func (op AvgPool) Window() Window { return Window{op.Kernel, op.Stride, Square(1), op.Pad} }

func (op AvgPool) infer(in []Shape) (Shape, error) {
	return op.Window().pooled(in[0])
}

func (op AvgPool) sizing() Sizing { return slides(op.Window()) }
