package ir

// LayerNorm subtracts the mean of the elements along the axes and divides by the root of their variance (that of a
// population) plus Epsilon, then scales and shifts (arXiv:1607.06450). Scale and shift have the sizes of the axes, in
// their order: [features] for the last axis of a sequence, [channels] for axis 0 of an image, which is what ConvNeXt
// does at each pixel (arXiv:2201.03545).
type LayerNorm struct {
	Axes    Dims // rising
	Epsilon float64
	NoScale bool `setting:"!scale"`
	NoShift bool `setting:"!shift"`
}

func (op LayerNorm) infer(in []Shape) (Shape, error) {
	if op.Epsilon <= 0 {
		return nil, errorf(WrongFigure, "epsilon is %g, but must be above 0", op.Epsilon)
	}
	before := -1
	for _, a := range op.Axes.List() {
		if a <= before || a >= len(in[0]) {
			return nil, errorf(WrongFigure, "the axes %v are none of a tensor of shape %v, each once and in order",
				op.Axes.Shape(), in[0])
		}
		before = a
	}
	if before < 0 {
		return nil, errorf(WrongFigure, "axes is empty")
	}
	return in[0], nil
}

// sizing: an image's height and width, where they are normalised, are the sizes of scale and shift.
func (op LayerNorm) sizing() Sizing {
	if op.Axes.Len() > 1 && !(op.NoScale && op.NoShift) || op.Axes.List()[0] > 0 {
		return moves
	}
	return keeps
}

func (op LayerNorm) params(in []Shape) []paramSpec {
	var sizes Shape
	for _, a := range op.Axes.List() {
		sizes = append(sizes, in[0][a])
	}
	var specs []paramSpec
	if !op.NoScale {
		specs = append(specs, paramSpec{Scale, sizes})
	}
	if !op.NoShift {
		specs = append(specs, paramSpec{Shift, sizes})
	}
	return specs
}
