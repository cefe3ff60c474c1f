package golang

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/pixels"
)

// TestAroundCheck holds each refusal to what it refuses, and to what is next to that and fits. A network of several
// inputs or outputs has two.
func TestAroundCheck(t *testing.T) {
	image, scores, map2 := ir.Shape{1, 4, 4}, ir.Shape{10}, ir.Shape{2, 4, 4}
	norm := func(mean, std float64) *pixels.Normalisation {
		return &pixels.Normalisation{Mean: []float64{mean}, Std: []float64{std}}
	}
	labels := func(n int) []string { return make([]string, n) }
	for _, tt := range []struct {
		name            string
		around          Around
		inputs, outputs []ir.Shape
		scores          int
		want            string // of the error, or ""
		normal          *pixels.Normalisation
	}{
		{"nothing", Around{}, []ir.Shape{image}, []ir.Shape{scores}, 0, "", nil},
		{"nothing, of several", Around{}, []ir.Shape{image, image}, []ir.Shape{map2, map2}, -1, "", nil},
		{"softmax", Around{Softmax: true}, []ir.Shape{image}, []ir.Shape{scores}, 0, "", nil},
		{"softmax of no scores", Around{Softmax: true}, []ir.Shape{image}, []ir.Shape{map2}, -1,
			"one vector of scores among its outputs, which are o0 [2, 4, 4]", nil},
		{"softmax of several", Around{Softmax: true}, []ir.Shape{image}, []ir.Shape{scores, map2}, 0,
			"this one has 2: Top makes probabilities of o0", nil},
		{"top-k", Around{TopK: 10}, []ir.Shape{image}, []ir.Shape{scores}, 0, "", nil},
		{"top-k of several", Around{TopK: 3}, []ir.Shape{image}, []ir.Shape{map2, scores}, 1, "", nil},
		{"top-k of no scores", Around{TopK: 3}, []ir.Shape{image}, []ir.Shape{map2}, -1, "one vector of scores", nil},
		{"top-k of more", Around{TopK: 11}, []ir.Shape{image}, []ir.Shape{scores}, 0, "the best 11 of 10 classes", nil},
		{"top-k below", Around{TopK: -1}, []ir.Shape{image}, []ir.Shape{scores}, 0, "the best -1 classes", nil},
		{"labels", Around{Labels: labels(10)}, []ir.Shape{image}, []ir.Shape{map2, scores}, 1, "", nil},
		{"labels of no scores", Around{Labels: labels(32)}, []ir.Shape{image}, []ir.Shape{map2}, -1,
			"32 labels, but not one vector", nil},
		{"too few labels", Around{Labels: labels(9)}, []ir.Shape{image}, []ir.Shape{scores}, 0,
			"9 labels, but the network's output o0 is [10]", nil},
		{"too many labels", Around{Labels: labels(11)}, []ir.Shape{image}, []ir.Shape{map2, scores}, 1,
			"11 labels, but the network's output o1 is [10]", nil},
		{"pixels", Around{Preprocess: true}, []ir.Shape{{3, 4, 4}}, []ir.Shape{scores}, 0, "", pixels.ImageNet()},
		{"given pixels", Around{Normalisation: norm(0.5, 0.25)}, []ir.Shape{image}, []ir.Shape{scores}, 0, "",
			norm(0.5, 0.25)},
		{"unknown pixels", Around{Preprocess: true}, []ir.Shape{image}, []ir.Shape{scores}, 0, "no usual normalisation",
			nil},
		{"pixels of several", Around{Preprocess: true}, []ir.Shape{{3, 4, 4}, {3, 4, 4}}, []ir.Shape{scores}, 0,
			"2 inputs: only the pixels of a single one", nil},
		{"given pixels of several", Around{Normalisation: norm(0.5, 0.25)}, []ir.Shape{image, image},
			[]ir.Shape{scores}, 0, "2 inputs", nil},
		{"pixels of a vector", Around{Preprocess: true}, []ir.Shape{{5}}, []ir.Shape{scores}, 0, "no image", nil},
		{"no deviation", Around{Normalisation: norm(0.5, 0)}, []ir.Shape{image}, []ir.Shape{scores}, 0,
			"the mean 0.5 and deviation 0 of channel 0 cannot", nil},
		{"below", Around{Normalisation: norm(0.5, -1)}, []ir.Shape{image}, []ir.Shape{scores}, 0, "deviation -1", nil},
		{"no number", Around{Normalisation: norm(math.NaN(), 1)}, []ir.Shape{image}, []ir.Shape{scores}, 0, "mean NaN",
			nil},
		{"white alike black", Around{Normalisation: norm(1e9, 1)}, []ir.Shape{image}, []ir.Shape{scores}, 0,
			"mean 1e+09", nil},
		{"white without end", Around{Normalisation: norm(0, 1e-41)}, []ir.Shape{image}, []ir.Shape{scores}, 0,
			"deviation 1e-41", nil},
		{"black without end", Around{Normalisation: norm(1, 1e-41)}, []ir.Shape{image}, []ir.Shape{scores}, 0,
			"deviation 1e-41", nil},
		{"small", Around{Normalisation: norm(0.5, 1e-35)}, []ir.Shape{image}, []ir.Shape{scores}, 0, "",
			norm(0.5, 1e-35)},
	} {
		p := &plan.Plan{}
		for _, s := range tt.inputs {
			p.Inputs = append(p.Inputs, plan.Input{Name: "i", Shape: s})
		}
		for i, s := range tt.outputs {
			p.Outputs = append(p.Outputs, plan.Output{Name: "o" + string(rune('0'+i)), Shape: s})
		}
		got, err := tt.around.check(p, tt.scores)
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		case !reflect.DeepEqual(got, tt.normal):
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.normal)
		}
	}
}
