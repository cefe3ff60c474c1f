package ir

// MaxPool takes the largest element of each window; padding never wins.
type MaxPool struct {
	Kernel, Stride Pair
	Pad            Padding `setting:"padding"`
}

// Window is how the window slides.
func (op MaxPool) Window() Window { return Window{op.Kernel, op.Stride, Square(1), op.Pad} }

func (op MaxPool) infer(in []Shape) (Shape, error) {
	return op.Window().pooled(in[0])
}

func (op MaxPool) sizing() Sizing { return slides(op.Window()) }
