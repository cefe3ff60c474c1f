package conform_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/conform"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// TestOutputs compares a model of two outputs with evaluations that are right, a little off and wrong: by how much the
// worst of them is off is told, relative to its largest value.
func TestOutputs(t *testing.T) {
	g := parse(t, "graph \"g\"\nimage = Input(Shape: {1, 4, 4}) : [1, 4, 4]\n"+
		"a = Affine(Factor: 2) image : [1, 4, 4]\nb = Activation(Function: ReLU) a : [1, 4, 4]\noutput a b")
	m := model(t, g, params.Set{}, onnx.Options{})
	input, err := conform.NewInput(m, verify.Sizes{Batch: 1, Height: 4, Width: 4})
	if err != nil {
		t.Fatal(err)
	}
	right, err := m.Evaluate(input.Values(), verify.Evaluation{})
	if err != nil {
		t.Fatal(err)
	}
	largest := func(values []float64) (at int) {
		for i, x := range values {
			if math.Abs(x) > math.Abs(values[at]) {
				at = i
			}
		}
		return at
	}
	for _, tt := range []struct {
		name   string
		change func(a, b []float64) (newA, newB []float64)
		worst  float64
		want   string
	}{
		{"right", func(a, b []float64) ([]float64, []float64) { return a, b }, 0, ""},
		{"the first is off", func(a, b []float64) ([]float64, []float64) {
			a[largest(a)] *= 1 + 4e-5
			b[largest(b)] *= 1 + 1e-5
			return a, b
		}, 4e-5, ""},
		{"the second is off", func(a, b []float64) ([]float64, []float64) {
			a[largest(a)] *= 1 + 1e-5
			b[largest(b)] *= 1 - 4e-5
			return a, b
		}, 4e-5, ""},
		{"the second is wrong", func(a, b []float64) ([]float64, []float64) {
			b[0] += 1
			return a, b
		}, 0, "the output b differs from the other by 1; "},
		{"not a number", func(a, b []float64) ([]float64, []float64) {
			a[3] = math.NaN()
			return a, b
		}, 0, "the output a is NaN or infinite"},
		{"one is short", func(a, b []float64) ([]float64, []float64) { return a, b[1:] }, 0,
			"the output b has 16 values, that of the other 15"},
	} {
		theirs := slices.Clone(right)
		theirs[0].Floats, theirs[1].Floats = tt.change(slices.Clone(right[0].Floats), slices.Clone(right[1].Floats))
		worst, err := conform.Outputs(m, input, "the other", theirs)
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		case !(math.Abs(worst-tt.worst) < 1e-6):
			t.Errorf("%s: off by %g, want %g", tt.name, worst, tt.worst)
		}
	}
	if _, err := conform.Outputs(m, &conform.Input{}, "the other", right); err == nil {
		t.Error("a model that is given no input is compared")
	}
}
