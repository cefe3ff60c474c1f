package ir

// Mul multiplies two values element by element. For shapes that differ, see broadcast.
type Mul struct{}

func (op Mul) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }

func (Mul) sizing() Sizing { return agrees }
