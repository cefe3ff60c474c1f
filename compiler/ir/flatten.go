package ir

// Flatten makes a vector of a value: of an image in the order channel, row, column.
type Flatten struct{}

func (op Flatten) infer(in []Shape) (Shape, error) { return Shape{in[0].Elements()}, nil }

func (Flatten) sizing() Sizing { return Sizing{Kind: Flattens} }
