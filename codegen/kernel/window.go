package kernel

import "fmt"

// Pair is a figure for each direction of an image.
type Pair struct{ Rows, Columns int }

// Square returns the pair of the same figure in both directions.
func Square(n int) Pair { return Pair{n, n} }

func (p Pair) isSquare() bool { return p.Rows == p.Columns }

// text returns "3", or "1×7" where the directions differ.
func (p Pair) text() string {
	if p.isSquare() {
		return fmt.Sprint(p.Rows)
	}
	return fmt.Sprintf("%d×%d", p.Rows, p.Columns)
}

// Window says how a window slides over an image. Output pixel (y, x) sees, for each tap (r, c) below Size, the pixel
//
//	(y·Stride.Rows + r·Dilation.Rows − Top, x·Stride.Columns + c·Dilation.Columns − Left)
//
// of the image, or padding, where there is none.
type Window struct {
	InHeight, InWidth      int
	OutHeight, OutWidth    int
	Size, Stride, Dilation Pair
	Top, Left              int // padding before the image; what lies after it follows from the output's size
}

// String returns what people call it: "3×3 stride 2".
func (s Window) String() string {
	text := fmt.Sprintf("%d×%d", s.Size.Rows, s.Size.Columns)
	if s.Stride != Square(1) {
		text += " stride " + s.Stride.text()
	}
	if s.Dilation != Square(1) {
		text += " dilation " + s.Dilation.text()
	}
	return text
}

// taps returns how many taps the window has: rows times columns.
func (s *Window) taps() int { return s.Size.Rows * s.Size.Columns }

// reach returns how many rows and columns the window spans.
func (s *Window) reach() Pair {
	return Pair{(s.Size.Rows-1)*s.Dilation.Rows + 1, (s.Size.Columns-1)*s.Dilation.Columns + 1}
}

// within returns which of a number of rows or columns that lie dilation apart are within an image side of length n when
// the first is at start: from first up to but not including last.
func within(start, n, size, dilation int) (first, last int) {
	if start < 0 {
		first = (-start + dilation - 1) / dilation
	}
	last = (n - start + dilation - 1) / dilation
	return first, max(first, min(last, size))
}

// inner returns the range of output columns whose window lies within the image from left to right.
func (s *Window) inner() (first, last int) {
	end := s.InWidth - s.reach().Columns + s.Left // of where the window starts, counted from the padding's edge
	if end < 0 {
		return 0, 0
	}
	first = min((s.Left+s.Stride.Columns-1)/s.Stride.Columns, s.OutWidth)
	return first, max(first, min(end/s.Stride.Columns+1, s.OutWidth))
}

// reached is the range of a window's rows, or columns, that lie within an image's side, and where its first one lies.
type reached struct{ first, last, start int }

// rows returns the rows that the window at output row y sees.
func (s *Window) rows(y int) reached {
	start := y*s.Stride.Rows - s.Top
	first, last := within(start, s.InHeight, s.Size.Rows, s.Dilation.Rows)
	return reached{first, last, start}
}

// columns returns the columns that the window at output column x sees.
func (s *Window) columns(x int) reached {
	start := x*s.Stride.Columns - s.Left
	first, last := within(start, s.InWidth, s.Size.Columns, s.Dilation.Columns)
	return reached{first, last, start}
}
