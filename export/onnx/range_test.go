package onnx

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// chain is a network of two convolutions on images of a size.
func chain(t *testing.T, size int) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(fmt.Sprintf(`graph "chain"
image = Input(Shape: {2, %[1]d, %[1]d}) : [2, %[1]d, %[1]d]
first = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, %[1]d, %[1]d]
second = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) first : [2, %[1]d, %[1]d]
relu = Activation(Function: ReLU) second : [2, %[1]d, %[1]d]
pool = GlobalAvgPool() relu : [2, 1, 1]
flat = Flatten() pool : [2]
logits = Linear(Out: 2, Bias: true) flat : [2]
output logits
`, size))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestCheckRange names the first step that leaves the range of fp16, at either end; bf16 has that of fp32. On an
// image of 1024 pixels on a side, it is found on a smaller one.
func TestCheckRange(t *testing.T) {
	for _, tt := range []struct {
		first, second float32
		step, want    string
	}{
		{1, 1, "", ""},
		{200, 2000, "second", "leaves the range of fp16: its largest value is"},
		{2e-5, 2e-4, "second", "vanishes in fp16: its largest value is"},
		{1e-9, 1, "first", "has weights that vanish in fp16: the largest is 1e-09, the smallest number of fp16 " +
			"5.96e-08"},
		{5000, 1e-8, "second", "has weights that vanish in fp16"},
	} {
		for _, size := range []int{4, 1024} {
			g := chain(t, size)
			set := params.Initialize(g, 1)
			for name, v := range map[string]float32{"first.weight": tt.first, "second.weight": tt.second} {
				for i := range set[name].Data {
					set[name].Data[i] = v
				}
			}
			if bias := set["logits.bias"].Data; strings.Contains(tt.want,
				"vanish") { // beside a bias of order one, it does not matter
				bias[0], bias[1] = 0.3, -0.2
				if err := build(t, g, set, Options{Type: Float16}).CheckRange(); err != nil {
					t.Errorf("weights of %g and %g, with a bias: %v", tt.first, tt.second, err)
				}
				clear(bias)
			}
			err := build(t, g, set, Options{Type: Float16}).CheckRange()
			var outside *RangeError
			if tt.want == "" && err != nil ||
				tt.want != "" &&
					(!errors.As(err, &outside) || outside.Step != tt.step || !strings.Contains(outside.Message,
						tt.want)) {
				t.Errorf("weights of %g and %g, size %d: got %v, want the step %q and %q", tt.first, tt.second, size,
					err, tt.step, tt.want)
			}
			if size > 4 {
				if small, err := rangeGraph(g); err != nil || small.Input().Shape[1] >= size {
					t.Errorf("an image of %d pixels is not made smaller: %v", size, err)
				}
				continue
			}
			for _, kind := range []ElementType{Float32, BFloat16} {
				if err := build(t, g, set, Options{Type: kind}).CheckRange(); err != nil {
					t.Errorf("%s, weights of %g and %g: %v", kind, tt.first, tt.second, err)
				}
			}
		}
	}
}

// TestCheckRangeOfGraphs finds nothing in networks whose values are of order one, batch norms of their own among them.
func TestCheckRangeOfGraphs(t *testing.T) {
	for name, g := range graphs(t) {
		for _, kind := range []ElementType{Float16, BFloat16} {
			if err := build(t, g, eval.Calibrated(g, 1), Options{Type: kind}).CheckRange(); err != nil {
				t.Errorf("%s in %s: %v", name, kind, err)
			}
		}
	}
}

// TestCheckRangeFails passes on the error of a parameter that cannot be read.
func TestCheckRangeFails(t *testing.T) {
	g := chain(t, 4)
	wrong := errors.New("the disk is broken")
	for k := range g.Params() {
		left := k
		values := func(p *ir.Param) (params.Reader, error) {
			if left--; left < 0 {
				return nil, wrong
			}
			return params.Of(make([]float32, p.Shape.Elements())), nil
		}
		m, err := Build(g, values, Options{Type: Float16})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.CheckRange(); !errors.Is(err, wrong) {
			t.Errorf("parameter %d fails: %v", k, err)
		}
	}
}

// TestNormalisationRange refuses means and deviations that leave no pixels to compute with, in the type of the network.
func TestNormalisationRange(t *testing.T) {
	g := chain(t, 4)
	for _, tt := range []struct {
		kind      ElementType
		mean, std float64
		right     bool
	}{
		{Float32, 0.5, 0.25, true}, {Float32, 0, 1.0 / 255, true}, {Float32, 0.5, 0, false}, {Float32, 0.5, -1, false},
		{Float32, 0.5, 1e-45, false}, // 255 times that is no number of fp32 that can be divided by
		{Float32, 1e38, 1, false},    // 255 times that is infinite
		{Float32, 0.5, 1e38, false},
		{Float32, 0.5, 1e-5, true}, {Float16, 0.5, 1e-5, true}, {Float16, 0.5, 5e-6, false}, // 100000 is beyond 65504
		{Float16, 0, 1e4, true}, {Float16, 0, 1e5, false}, // black and white are 0 and 1e-5, nearly one number
		{BFloat16, 0.5, 5e-6, true},
	} {
		o := Options{
			Type:          tt.kind,
			Normalisation: &Normalisation{Mean: []float64{0, tt.mean}, Std: []float64{1, tt.std}},
		}
		if _, err := Build(g, params.Initializer(g, 1), o); (err == nil) != tt.right {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// TestRangeGraph: a network of vectors has no smaller image; where it is too large to be computed, nothing is known.
func TestRangeGraph(t *testing.T) {
	for width, want := range map[int]error{8: nil, 20_000: nil, 46_000: ErrRangeUnknown} {
		g, err := ir.Parse(fmt.Sprintf("graph \"wide\"\nx = Input(Shape: {%[1]d}) : [%[1]d]\n"+
			"y = Linear(Out: %[1]d) x : [%[1]d]\nz = Linear(Out: %[1]d) y : [%[1]d]\noutput z\n", width))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := rangeGraph(g); err != want || (got == g) != (want == nil) {
			t.Errorf("%d features: got %v, %v", width, got, err)
		}
	}
}
