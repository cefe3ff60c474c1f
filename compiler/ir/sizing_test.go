package ir

import "testing"

// TestSizingOf: how sizes follow, where that depends on an operation's settings.
func TestSizingOf(t *testing.T) {
	transposed := func(stride Pair, pad Padding, extra Pair) ConvTranspose {
		return ConvTranspose{Out: 2, Kernel: Pair{3, 5}, Stride: stride, Dilation: Square(1), Groups: 1, Pad: pad,
			OutputPadding: extra}
	}
	wide, moved := Pair{2, 4}, Sizing{Kind: Moves}
	for _, tt := range []struct {
		op   Op
		want Sizing
	}{
		{Concat{0}, Sizing{Kind: Joins}}, {Concat{1}, moved}, {Concat{2}, moved},
		{transposed(Square(1), Padding{1, 2, 0, 3}, Pair{}), Sizing{Kind: Slides,
			Window: Window{Pair{3, 5}, Square(1), Square(1), Padding{1, 2, 2, 1}}}},
		{transposed(wide, Padding{1, 0, 1, 1}, Pair{1, 0}), Sizing{Kind: Grows, Factor: wide}},
		{transposed(wide, Padding{0, 1, 1, 2}, Pair{0, 2}), Sizing{Kind: Grows, Factor: wide}},
		{transposed(wide, Padding{1, 0, 1, 0}, Pair{1, 0}), moved}, // of 5 columns each pixel would have 4
		{transposed(wide, Padding{1, 0, 1, 1}, Pair{}), moved},     // of 1 row it would have 2
	} {
		if got := SizingOf(tt.op); got != tt.want {
			t.Errorf("%+v: %+v, want %+v", tt.op, got, tt.want)
		}
	}
}
