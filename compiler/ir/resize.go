package ir

// Resize gives an image another height and width, those of its second input or, if it has one alone, Size: [C, H, W]
// and [D, I, J] become [C, I, J], as PyTorch's interpolate and ONNX's Resize do when they are given a size. Values of
// the second input do not count. Results lie where Places says.
type Resize struct {
	Size         Pair `setting:"-"` // zero where there are two inputs
	Bilinear     bool `setting:"mode=nearest|bilinear"`
	AlignCorners bool // of Bilinear alone
}

func (op Resize) infer(in []Shape) (Shape, error) {
	if err := wantImage(in[0]); err != nil {
		return nil, err
	}
	size := op.Size
	if len(in) > 1 {
		switch {
		case !in[1].IsImage():
			return nil, errorf(WrongShape,
				"takes its height and width from an image [channels, height, width], got %v", in[1])
		case size != Pair{}:
			return nil, errorf(WrongFigure, "has the size %v and that of a second image", size)
		}
		size = Pair{Height: in[1][1], Width: in[1][2]}
	}
	if min(size.Height, size.Width) < 1 {
		return nil, errorf(WrongFigure, "the size is %v, but must be at least 1", size)
	}
	if err := op.Interpolation().check(); err != nil {
		return nil, err
	}
	return Shape{in[0][0], size.Height, size.Width}, nil
}

func (op Resize) sizing() Sizing { return Sizing{Kind: Follows} }

// Interpolation returns how its pixels come about.
func (op Resize) Interpolation() Interpolation { return Interpolation{op.Bilinear, op.AlignCorners} }

// Resampling is an operation that gives an image another size: Upsample or Resize.
type Resampling interface {
	Op
	Interpolation() Interpolation
}

// Interpolation says how the pixels of an image of another size come about: as the nearest ones, or bilinear.
type Interpolation struct{ Bilinear, AlignCorners bool }

func (i Interpolation) check() error {
	if i.AlignCorners && !i.Bilinear {
		return errorf(WrongFigure, "align_corners is for the bilinear mode")
	}
	return nil
}

// Places returns where the results along one side of an image lie when size pixels become results: each is the share
// 1-weight of the first pixel and the share weight of the second one. Result r is the nearest pixel,
//
//	floor(r * size / results)
//
// or, bilinear, a mean of the two around the place
//
//	(r + 0.5) * size / results - 0.5      the centres of the corner pixels lie half a pixel inside
//	r * (size - 1) / (results - 1)        with alignCorners: they lie on those of the result
//
// where places outside the image are moved to its border. PyTorch and ONNX Runtime round size / results to float32
// before they multiply: where r * size / results is whole, their nearest pixel may be the one before, as for 2 pixels
// that become 82 in the one and 14 that become 16 in the other.
func (i Interpolation) Places(size, results int) (first, second []int, weight []float64) {
	first, second, weight = make([]int, results), make([]int, results), make([]float64, results)
	for r := range results {
		if !i.Bilinear {
			first[r] = r * size / results
			second[r] = first[r]
			continue
		}
		at := (float64(r)+0.5)*float64(size)/float64(results) - 0.5
		if i.AlignCorners {
			at = float64(r) * float64(size-1) / float64(max(results-1, 1))
		}
		at = min(max(at, 0), float64(size-1))
		first[r] = int(at)
		second[r] = min(first[r]+1, size-1)
		weight[r] = at - float64(first[r])
	}
	return first, second, weight
}
