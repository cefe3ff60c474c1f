package ir

// broadcast returns the shape of what two values make, element by element: they have one shape, or one of them a
// value for each channel of the other.
func broadcast(a, b Shape) (Shape, error) {
	switch {
	case a.Equal(b):
		return a, nil
	case perChannel(b, a):
		return a, nil
	case perChannel(a, b):
		return b, nil
	}
	return nil, errorf(ShapesDiffer, "the shapes %v and %v do not match", a, b)
}

// perChannel reports whether s is one value per channel of image.
func perChannel(s, image Shape) bool {
	return image.IsImage() && s.IsImage() && s[0] == image[0] && s[1] == 1 && s[2] == 1
}
