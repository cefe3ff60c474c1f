package ir

// Div divides the first value by the second, element by element. For shapes that differ, see broadcast.
type Div struct{}

func (op Div) infer(in []Shape) (Shape, error) { return broadcast(in[0], in[1]) }

func (Div) sizing() Sizing { return agrees }
