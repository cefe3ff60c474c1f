package ir

// broadcast returns the shape of what two values make, element by element. They have one shape, or one of them has one
// element along some axes and is repeated along these: [C, 1, 1] for each pixel of an image [C, H, W], [1, H, W] for
// each of its channels, [1, features] for each token of a sequence.
//
// It is an error where both would have to be repeated, and where they have different numbers of axes: both are nearly
// always mistakes, and what is meant can be said with Reshape.
func broadcast(a, b Shape) (Shape, error) {
	switch {
	case a.Equal(b):
		return a, nil
	case repeats(b, a):
		return a, nil
	case repeats(a, b):
		return b, nil
	}
	if len(a) != len(b) {
		return nil, errorf(ShapesDiffer, "the shapes %v and %v do not match: they have %d and %d axes", a, b, len(a),
			len(b))
	}
	if out, ok := outer(a, b); ok {
		return nil, errorf(ShapesDiffer, "the shapes %v and %v do not match: they would make %v, which is neither's", a,
			b, out)
	}
	return nil, errorf(ShapesDiffer, "the shapes %v and %v do not match", a, b)
}

// repeats reports whether s makes whole if it is repeated along axes where it has one element.
func repeats(s, whole Shape) bool {
	if len(s) != len(whole) {
		return false
	}
	for i := range s {
		if s[i] != whole[i] && s[i] != 1 {
			return false
		}
	}
	return true
}

// outer is what both values would make if both were repeated.
func outer(a, b Shape) (Shape, bool) {
	out := make(Shape, len(a))
	for i := range a {
		out[i] = max(a[i], b[i])
	}
	return out, repeats(a, out) && repeats(b, out)
}
