package ir

// Upsample makes an image larger by whole factors: [C, H, W] becomes [C, H*Factor.Height, W*Factor.Width], as PyTorch's
// Upsample and ONNX's Resize do. Each result is the nearest pixel, that at its place divided by the factor and rounded
// down, or, with Bilinear, a mean of the four around the place
//
//	(i + 0.5) / factor - 0.5              the centres of the corner pixels lie half a pixel inside
//	i * (size - 1) / (size*factor - 1)    with AlignCorners: they lie on those of the result
//
// where places outside the image are moved to its border.
type Upsample struct {
	Factor       Pair
	Bilinear     bool
	AlignCorners bool // of Bilinear alone
}

func (op Upsample) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	switch f := op.Factor; {
	case min(f.Height, f.Width) < 1:
		return nil, errorf(WrongFigure, "factor is %v, but must be at least 1", f)
	case max(f.Height, f.Width) > MaxDimension:
		return nil, errorf(WrongFigure, "factor must not exceed %d", MaxDimension)
	case op.AlignCorners && !op.Bilinear:
		return nil, errorf(WrongFigure, "align_corners is for the bilinear mode")
	}
	return Shape{in[0][0], in[0][1] * op.Factor.Height, in[0][2] * op.Factor.Width}, nil
}

func (op Upsample) sizing() Sizing { return grows(op.Factor) }

// Places returns where the results along one side lie in the image: each is the first pixel's share 1-weight and the
// second one's share weight. The side has so many pixels and becomes larger by the factor.
func (op Upsample) Places(size, factor int) (first, second []int, weight []float64) {
	n := size * factor
	first, second, weight = make([]int, n), make([]int, n), make([]float64, n)
	for i := range n {
		if !op.Bilinear {
			first[i], second[i] = i/factor, i/factor
			continue
		}
		at := (float64(i)+0.5)/float64(factor) - 0.5
		if op.AlignCorners {
			at = float64(i) * float64(size-1) / float64(max(n-1, 1))
		}
		at = min(max(at, 0), float64(size-1))
		first[i] = int(at)
		second[i] = min(first[i]+1, size-1)
		weight[i] = at - float64(first[i])
	}
	return first, second, weight
}
