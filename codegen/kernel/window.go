package kernel

// window says how a square window slides over an image.
type window struct {
	inHeight, inWidth      int
	outHeight, outWidth    int
	size, stride, dilation int
	top, left              int // padding before the image; what lies after it follows from the output's size
}

// reach returns which steps of the window lie within an image side of length n when the window begins at start: from
// first up to but not including last.
func (s *window) reach(start, n int) (first, last int) {
	if start < 0 {
		first = (-start + s.dilation - 1) / s.dilation
	}
	last = (n - start + s.dilation - 1) / s.dilation
	return first, max(first, min(last, s.size))
}

// inner returns the range of output columns whose window lies within the image from left to right.
func (s *window) inner() (first, last int) {
	room := s.inWidth - (s.size-1)*s.dilation - 1 + s.left // for the window's start, counted from the padding's edge
	if room < 0 {
		return 0, 0
	}
	first = min((s.left+s.stride-1)/s.stride, s.outWidth)
	return first, max(first, min(room/s.stride+1, s.outWidth))
}

// reached is the range of a window's steps that lie within an image's side, and where the window's step 0 lies.
type reached struct{ first, last, start int }

// rows returns the rows that the window at output row y sees.
func (s *window) rows(y int) reached {
	start := y*s.stride - s.top
	first, last := s.reach(start, s.inHeight)
	return reached{first, last, start}
}

// columns returns the columns that the window at output column x sees.
func (s *window) columns(x int) reached {
	start := x*s.stride - s.left
	first, last := s.reach(start, s.inWidth)
	return reached{first, last, start}
}
