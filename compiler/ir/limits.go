package ir

// Limits of one tensor. They keep sizes and costs far from overflowing and memory bounded whatever a source file asks
// for.
const (
	MaxDimension = 1 << 20   // of any side of any tensor
	MaxElements  = 1<<31 - 1 // of any tensor
	MaxInputs    = 64        // of a graph
	MaxOutputs   = 64        // of a graph: a step of a plan says in a word which of them need it
	MaxNodes     = 20_000    // of a graph: ten times what the largest networks have
)

// checkSize says whether a shape keeps the limits.
func checkSize(s Shape) error {
	if len(s) > MaxRank {
		return errorf(TooLarge, "a tensor of shape %v has over %d dimensions, the limit", s, MaxRank)
	}
	n := 1
	for _, d := range s {
		if d < 1 {
			return errorf(WrongFigure, "a value of shape %v has no elements", s)
		}
		if d > MaxDimension {
			return errorf(TooLarge, "a tensor of shape %v has a side over %d, the limit", s, MaxDimension)
		}
		// n stays at most MaxElements and d at most MaxDimension: their product fits 64 bits.
		if n *= d; n > MaxElements {
			return errorf(TooLarge, "a tensor of shape %v has over %d elements, the limit", s, MaxElements)
		}
	}
	return nil
}

func wantImage(s Shape) error {
	if !s.IsImage() {
		return errorf(WrongShape, "needs an image [channels, height, width], got %v", s)
	}
	return nil
}
