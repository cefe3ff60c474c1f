package ir

// Input is the network's input. Its shape is [channels, height, width].
type Input struct{ Channels, Height, Width int }

func (op Input) infer([]Shape) (Shape, error) {
	return Shape{op.Channels, op.Height, op.Width}, nil
}
