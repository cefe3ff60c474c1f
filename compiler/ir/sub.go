package ir

// Sub subtracts the second value from the first, element by element. For shapes that differ, see broadcast.
type Sub struct{}

func (op Sub) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }

func (Sub) sizing() Sizing { return agrees }
