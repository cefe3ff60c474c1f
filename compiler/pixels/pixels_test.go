package pixels

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

func TestChoose(t *testing.T) {
	grey := &Normalisation{Mean: []float64{0.5}, Std: []float64{0.25}}
	for _, tt := range []struct {
		given  *Normalisation
		needed bool
		input  ir.Shape
		want   *Normalisation
		err    string
	}{
		{nil, false, ir.Shape{1, 2, 2}, nil, ""},
		{nil, false, ir.Shape{7}, nil, ""},
		{nil, true, ir.Shape{3, 2, 2}, ImageNet(), ""},
		{grey, false, ir.Shape{1, 2, 2}, grey, ""},
		{grey, true, ir.Shape{1, 2, 2}, grey, ""},
		{nil, true, ir.Shape{1, 2, 2}, nil, "an input of 1 channels has no usual normalisation"},
		{grey, true, ir.Shape{3, 2, 2}, nil, "has 1 values, but the input has 3 channels"},
		{grey, false, ir.Shape{7}, nil, "the input x is [7], no image"},
	} {
		got, err := Choose(tt.given, tt.needed, "x", tt.input)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		if err != nil || (got == nil) != (tt.want == nil) || got != nil && !slices.Equal(got.Mean, tt.want.Mean) {
			t.Errorf("%+v: %v, %v", tt, got, err)
		}
	}
	mean, std := grey.Scaled()
	if mean[0] != 127.5 || std[0] != 63.75 {
		t.Errorf("scaled to pixels they are %g and %g", mean[0], std[0])
	}
}
