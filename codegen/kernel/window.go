package kernel

import "fmt"

// Window says how a square window slides over an image.
type Window struct {
	InHeight, InWidth      int
	OutHeight, OutWidth    int
	Size, Stride, Dilation int
	Top, Left              int // padding before the image; what lies after it follows from the output's size
}

// String returns what people call it: "3×3 stride 2".
func (s Window) String() string {
	text := fmt.Sprintf("%d×%d", s.Size, s.Size)
	if s.Stride > 1 {
		text += fmt.Sprintf(" stride %d", s.Stride)
	}
	if s.Dilation > 1 {
		text += fmt.Sprintf(" dilation %d", s.Dilation)
	}
	return text
}

// reach returns which steps of the window lie within an image side of length n when the window begins at start: from
// first up to but not including last.
func (s *Window) reach(start, n int) (first, last int) {
	if start < 0 {
		first = (-start + s.Dilation - 1) / s.Dilation
	}
	last = (n - start + s.Dilation - 1) / s.Dilation
	return first, max(first, min(last, s.Size))
}

// inner returns the range of output columns whose window lies within the image from left to right.
func (s *Window) inner() (first, last int) {
	room := s.InWidth - (s.Size-1)*s.Dilation - 1 + s.Left // for the window's start, counted from the padding's edge
	if room < 0 {
		return 0, 0
	}
	first = min((s.Left+s.Stride-1)/s.Stride, s.OutWidth)
	return first, max(first, min(room/s.Stride+1, s.OutWidth))
}

// reached is the range of a window's steps that lie within an image's side, and where the window's step 0 lies.
type reached struct{ first, last, start int }

// rows returns the rows that the window at output row y sees.
func (s *Window) rows(y int) reached {
	start := y*s.Stride - s.Top
	first, last := s.reach(start, s.InHeight)
	return reached{first, last, start}
}

// columns returns the columns that the window at output column x sees.
func (s *Window) columns(x int) reached {
	start := x*s.Stride - s.Left
	first, last := s.reach(start, s.InWidth)
	return reached{first, last, start}
}
