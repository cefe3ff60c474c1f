package ir

// Concat joins values along the channels.
type Concat struct{}

func (op Concat) infer(in []Shape) (Shape, error) {
	out := Shape{0, 0, 0}
	for i, s := range in {
		if err := wantImage(s); err != nil {
			return nil, err
		}
		if i > 0 && (s[1] != out[1] || s[2] != out[2]) {
			return nil, errorf(ShapesDiffer, "the images %v and %v differ in height or width", in[0], s)
		}
		out = Shape{out[0] + s[0], s[1], s[2]}
	}
	return out, nil
}
