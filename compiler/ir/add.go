package ir

// Add adds two values element by element. For shapes that differ, see broadcast.
type Add struct{}

func (op Add) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }

func (Add) sizing() Sizing { return agrees }
