package ir

import (
	"fmt"
	"strconv"
)

// Pair is a figure for each direction of an image: rows and columns of a kernel, or what they are apart.
type Pair struct{ Height, Width int }

// Square returns the pair of the same figure in both directions.
func Square(n int) Pair { return Pair{n, n} }

// IsSquare reports whether both directions have the same figure.
func (p Pair) IsSquare() bool { return p.Height == p.Width }

// String returns "3", or "1×7" where the directions differ.
func (p Pair) String() string {
	if p.IsSquare() {
		return strconv.Itoa(p.Height)
	}
	return fmt.Sprintf("%d×%d", p.Height, p.Width)
}

// Area returns how many places a kernel of this size has.
func (p Pair) Area() int { return p.Height * p.Width }

// Padding is the number of zero rows and columns added around an image.
type Padding struct{ Top, Left, Bottom, Right int }

// Window is how convolutions and pools slide over an image.
type Window struct {
	Kernel, Stride, Dilation Pair
	Pad                      Padding
}

// WindowOf returns the window of an operation that has one, also where something is fused into it.
func WindowOf(op Op) (w Window, ok bool) {
	if windowed, ok := Unfuse(op).Base.(interface{ Window() Window }); ok {
		return windowed.Window(), true
	}
	return Window{}, false
}

// Reach returns how many rows and columns the window spans.
func (w Window) Reach() Pair {
	return Pair{w.Dilation.Height*(w.Kernel.Height-1) + 1, w.Dilation.Width*(w.Kernel.Width-1) + 1}
}

// slide returns the image size after sliding the window over it.
func (w Window) slide(in Shape) (height, width int, err error) {
	if err := wantImage(in); err != nil {
		return 0, 0, err
	}
	if err := w.Check(); err != nil {
		return 0, 0, err
	}
	reach := w.Reach()
	rows, columns := in[1]+w.Pad.Top+w.Pad.Bottom, in[2]+w.Pad.Left+w.Pad.Right
	if rows < reach.Height || columns < reach.Width {
		return 0, 0, errorf(NothingLeft,
			"a window of %d×%d does not fit the %d×%d image: nothing would be left of it",
			reach.Height, reach.Width, rows, columns)
	}
	return (rows-reach.Height)/w.Stride.Height + 1, (columns-reach.Width)/w.Stride.Width + 1, nil
}

// Check refuses figures that no window has.
func (w Window) Check() error {
	least, most := 1, 0
	for _, f := range []struct {
		name string
		Pair
	}{{"kernel", w.Kernel}, {"stride", w.Stride}, {"dilation", w.Dilation}} {
		if min(f.Height, f.Width) < least {
			return errorf(WrongFigure, "%s is %v, but must be at least 1", f.name, f.Pair)
		}
		most = max(most, f.Height, f.Width)
	}
	switch p := w.Pad; {
	case most > MaxDimension:
		return errorf(WrongFigure, "kernel, stride and dilation must not exceed %d", MaxDimension)
	case min(p.Top, p.Left, p.Bottom, p.Right) < 0:
		return errorf(WrongFigure, "padding must not be negative")
	case max(p.Top, p.Left, p.Bottom, p.Right) > MaxDimension:
		return errorf(WrongFigure, "padding must not exceed %d", MaxDimension)
	}
	return nil
}

// pooled returns the shape after pooling. Padding narrower than the window keeps every window on the image.
func (w Window) pooled(in Shape) (Shape, error) {
	height, width, err := w.slide(in)
	if err != nil {
		return nil, err
	}
	rows, columns := max(w.Pad.Top, w.Pad.Bottom), max(w.Pad.Left, w.Pad.Right)
	if rows >= w.Kernel.Height || columns >= w.Kernel.Width {
		return nil, errorf(WrongFigure, "padding of %v must be smaller than the kernel, %v", Pair{rows, columns},
			w.Kernel)
	}
	return Shape{in[0], height, width}, nil
}
