package plan

import (
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// TestCosts: what both algorithms cost, worked out by hand for 5×9 pixels, which six tiles cover, of 48 channels, three
// blocks, and 20 outputs, two.
func TestCosts(t *testing.T) {
	w := kernel.Window{OutHeight: 5, OutWidth: 9, Size: kernel.Square(3)}
	if got, want := winogradCost(48, 20, w), 6*(36*48*2+600*3+600*2)+500*48*2; got != want {
		t.Errorf("Winograd's algorithm costs %d, want %d", got, want)
	}
	if got, want := directCost(48, 20, w), 5*9*9*48*2; got != want {
		t.Errorf("the direct algorithm costs %d, want %d", got, want)
	}
}

// TestPrefersWinograd holds which algorithm is chosen: Winograd's where there are pixels enough to make up for the
// transforms, and channels enough for its errors to be little larger.
func TestPrefersWinograd(t *testing.T) {
	square := func(side, size, stride int) kernel.Window {
		return kernel.Window{InHeight: side * stride, InWidth: side * stride, OutHeight: side, OutWidth: side,
			Size: kernel.Square(size), Stride: kernel.Square(stride), Dilation: kernel.Square(1), Top: 1, Left: 1}
	}
	dilated := square(56, 3, 1)
	dilated.Dilation = kernel.Square(2)
	for _, c := range []struct {
		groups, in, out int
		window          kernel.Window
		want            bool
	}{
		{1, 64, 64, square(56, 3, 1), true},
		{1, 256, 256, square(14, 3, 1), true},
		{1, 48, 192, square(72, 3, 1), true},
		{1, 512, 512, square(7, 3, 1), false},
		{1, 4, 64, square(56, 3, 1), false},
		{1, 32, 64, square(147, 3, 1), false},
		{1, 33, 64, square(147, 3, 1), true},
		{1, 64, 4, square(8, 3, 1), false},
		{1, 64, 64, square(56, 3, 2), false},
		{1, 64, 64, square(56, 5, 1), false},
		{2, 64, 64, square(56, 3, 1), false},
		{1, 64, 64, dilated, false},
	} {
		if got := prefersWinograd(c.groups, c.in, c.out, c.window); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}
