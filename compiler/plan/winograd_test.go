package plan

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestConvKernel holds which algorithm is chosen: Winograd's where there are pixels enough to make up for the transforms.
func TestConvKernel(t *testing.T) {
	square := func(side, size, stride int) Window {
		return Window{InHeight: side * stride, InWidth: side * stride, OutHeight: side, OutWidth: side, Size: size, Stride: stride, Dilation: 1, Top: 1, Left: 1}
	}
	dilated := square(56, 3, 1)
	dilated.Dilation = 2
	for _, c := range []struct {
		groups, in, out int
		window          Window
		want            string
	}{
		{1, 64, 64, square(56, 3, 1), "Winograd"},
		{1, 256, 256, square(14, 3, 1), "Winograd"},
		{1, 48, 192, square(72, 3, 1), "Winograd"},
		{1, 512, 512, square(7, 3, 1), "Conv"},
		{1, 4, 4, square(56, 3, 1), "Conv"},
		{1, 64, 64, square(56, 3, 2), "Conv"},
		{1, 64, 64, square(56, 5, 1), "Conv"},
		{2, 64, 64, square(56, 3, 1), "Conv"},
		{1, 64, 64, dilated, "Conv"},
	} {
		k := convKernel(ir.Conv{Groups: c.groups, Out: c.out}, c.in, c.window)
		if got := fmt.Sprintf("%T", k); got != "plan."+c.want {
			t.Errorf("%s, want %s", KernelString(k), c.want)
		}
	}
}
