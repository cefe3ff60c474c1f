package execute

import (
	"math"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pass"
)

// TestDifferenceOf: each image is measured by its own largest element, and one without any by 1.
func TestDifferenceOf(t *testing.T) {
	nan := float32(math.NaN())
	for _, tt := range []struct {
		half, floats []float32
		size         int
		want         Difference
	}{
		{[]float32{1, -4, 2, 3}, []float32{1, -4, 2, 3}, 2, Difference{}},
		{[]float32{1, -4.5, 2, 4}, []float32{1, -4, 2, 4}, 4, Difference{0.125, 0.0625}},
		{[]float32{1, -4.5, 2, 3}, []float32{1, -4, 2, 4}, 2, Difference{0.25, math.Sqrt((0.015625 + 0.0625) / 4)}},
		{[]float32{0, 0.5, 8, 8}, []float32{0, 0, 8, 8}, 2, Difference{0.5, 0.25}},
		{[]float32{1, nan, 1}, []float32{1, 1, 1}, 3, Difference{math.NaN(), math.NaN()}},
	} {
		got := differenceOf(tt.half, tt.floats, tt.size)
		for _, pair := range [][2]float64{{got.Most, tt.want.Most}, {got.RootMeanSquare, tt.want.RootMeanSquare}} {
			if pair[0] != pair[1] && !(math.IsNaN(pair[0]) && math.IsNaN(pair[1])) {
				t.Errorf("%v from %v, by %d: %v, want %v", tt.half, tt.floats, tt.size, got, tt.want)
			}
		}
	}
}

// TestDifferencesOf: each output is measured by itself, with the elements of its own shape.
func TestDifferencesOf(t *testing.T) {
	outputs := []plan.Output{{Shape: ir.Shape{2}}, {Shape: ir.Shape{1, 1, 4}}}
	half, floats := [][]float32{{1, 2, 3, 3}, {8, 8, 8, 6}}, [][]float32{{1, 2, 3, 4}, {8, 8, 8, 8}}
	want := []Difference{{0.25, 0.125}, {0.25, 0.125}}
	if got := differencesOf(outputs, half, floats); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestDifferences runs a network with both arithmetics, where the processor has them, and refuses parts of an image.
func TestDifferences(t *testing.T) {
	g, err := ir.Parse(`graph "n"
image = Input(Shape: {64, 5, 5}) : [64, 5, 5]
stem = Conv(Out: 64, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) image : [64, 5, 5]
point = Conv(Out: 64, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1, Bias: true) stem : [64, 5, 5]
mean = GlobalAvgPool() point : [64, 1, 1]
output point mean
`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(&pass.Lowered{Graph: g}, eval.Calibrated(g, 1).Values(), plan.WithArithmetic(kernel.F16))
	if err != nil {
		t.Fatal(err)
	}
	if p.Half == nil {
		t.Fatal("the plan has no arithmetic of float16")
	}
	n := networkOf(p)
	if len(n.Half.Steps) != len(p.Half.Steps) || len(n.Half.Results) != 2 || n.Half.Arena != p.Half.Arena ||
		n.Half.Results[1] != p.Half.Outputs[1].At || n.Half.Steps[0].Kernel != p.Half.Steps[0].Kernel {
		t.Errorf("an engine would run %+v", n.Half)
	}
	images := slices.Concat(eval.Noise(g, 1, 2)...)
	all, err := Differences(p, [][]float32{images}, 1)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	has := kernel.Host().Has&kernel.FP16 != 0
	for i, d := range all {
		if (d.Most != 0) != has || !(d.Most <= 0.01) || !(d.RootMeanSquare <= d.Most) {
			t.Errorf("output %d differs by %v; the processor computes with float16: %t", i, d, has)
		}
	}
	if _, err := Differences(p, [][]float32{images[1:]}, 1); err == nil {
		t.Error("a part of an image is taken for one")
	}
}
