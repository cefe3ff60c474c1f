package latency

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
)

// TestRegress holds predictions from the work alone to the weighted line through the nearest twelve, worked out from
// its sums; and that of what was measured, to the mean of its times.
func TestRegress(t *testing.T) {
	var curve []Sample
	for i := range 20 {
		x := float64(i) * 0.7
		curve = append(curve, Sample{Work: x, Time: 1 + 0.1*x*x})
	}
	for _, at := range []float64{-2, 0.3, 6.1, 13, 20} {
		var distances []float64
		for _, s := range curve {
			distances = append(distances, math.Abs(s.Work-at))
		}
		slices.Sort(distances)
		n, x, y, xx, xy := 0.0, 0.0, 0.0, 0.0, 0.0
		for _, s := range curve {
			if d := math.Abs(s.Work - at); d <= distances[11] {
				w := math.Pow(1-math.Pow(d/(distances[11]*1.05), 3), 3)
				dx, rest := s.Work-at, s.Time-s.Work+at
				n, x, y, xx, xy = n+w, x+w*dx, y+w*rest, xx+w*dx*dx, xy+w*dx*rest
			}
		}
		slope := (xy - x*y/n) / (xx + 0.02 - x*x/n)
		if got, want := regress(curve, Sample{Work: at}), (y-slope*x)/n; !(math.Abs(got-want) <= 1e-9) {
			t.Errorf("at %g: %g, want %g", at, got, want)
		}
	}
	measured := []Sample{{Work: 1, Time: 2}, {Work: 2, Time: 50}, {Work: 1, Time: 4}}
	if got := regress(measured, Sample{Work: 1}); got != 3 {
		t.Errorf("what was measured with 2 and 4 is predicted as %g", got)
	}
	if got := regress(measured[:1], Sample{Work: 4}); !(math.Abs(got-5) <= 1e-9) {
		t.Errorf("a single sample of 2 predicts %g for three more of work", got)
	}
	var sides []Sample // in their middle, a slope in sizes says nothing
	for _, d := range []float64{-2, -1, 1, 2} {
		sides = append(sides, Sample{Work: 3, Sizes: []float64{5, 7 + d}, Time: 4 + 2*d})
	}
	if got := regress(sides, Sample{Work: 3, Sizes: []float64{5, 7}}); !(math.Abs(got-4) <= 1e-9) {
		t.Errorf("in the middle: %g, want 4", got)
	}
}

// TestMedian: of an even number, the upper of the two in the middle.
func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		of   []float64
		want float64
	}{{[]float64{7}, 7}, {[]float64{7, 3}, 7}, {[]float64{9, 1, 4}, 4}, {[]float64{9, 1, 4, 2}, 4},
		{[]float64{5, 9, 1, 4, 2}, 4}, {[]float64{5, 9, 1, 4, 2, 7, 8}, 5}} {
		given := slices.Clone(tt.of)
		if got := median(tt.of); got != tt.want || !slices.Equal(tt.of, given) {
			t.Errorf("%v: got %g, want %g, and left is %v", given, got, tt.want, tt.of)
		}
	}
}

// TestDistance: how far steps lie from each other, in their work and all sizes that are asked for.
func TestDistance(t *testing.T) {
	a := Sample{Work: 1, Sizes: []float64{2, 3}}
	for _, tt := range []struct {
		b    Sample
		want float64
	}{
		{Sample{Work: 4, Sizes: []float64{6, 3}}, 5}, {Sample{Work: 1, Sizes: []float64{-1, 7}}, 5},
		{Sample{Work: -2, Sizes: []float64{2, 3}}, 3}, {Sample{Work: 4}, 3}, {a, 0},
	} {
		if got := distance(a, tt.b); got != tt.want {
			t.Errorf("to %v: %g, want %g", tt.b, got, tt.want)
		}
	}
}

// TestSolve solves equations whose unknowns are 1, 2 and 3.
func TestSolve(t *testing.T) {
	for _, e := range [][][]float64{
		{{4, 4}}, {{4, 1, 6}, {1, 5, 11}}, {{4, 1, 2, 12}, {1, 5, 1, 14}, {2, 1, 6, 22}},
	} {
		if got := solve(e); !(math.Abs(got-1) <= 1e-12) {
			t.Errorf("%d equations: %g", len(e), got)
		}
	}
}

// TestLoadRefuses calibrations that lack something, and takes one beside them that has it.
func TestLoadRefuses(t *testing.T) {
	const sample = `{"Kind": "a", "Sizes": [1, 2]}`
	for text, want := range map[string]string{
		`{"Version": 1, "Reference": 1, "Whole": 1, "Samples": [` + sample + `]}`:                                "",
		`{"Version": 2, "Reference": 1, "Whole": 1, "Samples": [` + sample + `]}`:                                "of version 2",
		`{"Version": 1, "Reference": 1, "Whole": 1, "Samples": []}`:                                              "has no times",
		`{"Version": 1, "Reference": 0, "Whole": 1, "Samples": [` + sample + `]}`:                                "has no times",
		`{"Version": 1, "Reference": 1, "Whole": 0, "Samples": [` + sample + `]}`:                                "has no times",
		`{"Version": 1, "Reference": 1, "Whole": 1, "Samples": [` + sample + `, {"Kind": "b"}, ` + sample + `]}`: "",
		`{"Version": 1, "Reference": 1, "Whole": 1, "Samples": [` + sample + `, {"Kind": "a", "Sizes": [1]}]}`: "a with 2 " +
			"sizes and with 1",
	} {
		_, err := Load(strings.NewReader(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestSampleOf: a step's kind is its kernel with the operands that are there, their types, functions and choices; its
// sizes are all of the kernel's numbers, channels in blocks of 16, others with one added, since some are 0.
func TestSampleOf(t *testing.T) {
	f32, f16 := kernel.InArena(0, kernel.F32, 33, 12), kernel.HalvesInArena(0, 33, 12)
	for _, tt := range []struct {
		k     plan.Step
		kind  string
		sizes []float64
	}{
		{plan.Step{Kernel: &kernel.Pointwise{Out: f32, In: f32, Weights: f16, InChannels: 33, OutChannels: 32,
			Pixels: 12, Function: kernel.Function{Kind: kernel.Silu}}, FLOPs: 1000},
			"Pointwise Out:f32 In:f32 Weights:f16 SiLU", []float64{3, 2, 13}},
		{plan.Step{Kernel: &kernel.Pointwise{Out: f32, In: f32, Weights: f32, Bias: f32, Residual: f32, InChannels: 16,
			OutChannels: 17}, FLOPs: 7},
			"Pointwise Out:f32 In:f32 Weights:f32 Bias:f32 Residual:f32 ", []float64{1, 2, 1}},
		{plan.Step{Kernel: &kernel.AveragePool{Out: f32, In: f32, Channels: 1, CountPadding: true,
			Window: kernel.Window{InHeight: 7, InWidth: 5, OutHeight: 4, OutWidth: 3,
				Size: kernel.Pair{Rows: 3, Columns: 2}, Top: -1}}},
			"AveragePool Out:f32 In:f32 CountPadding:true", []float64{1, 8, 6, 5, 4, 4, 3, 1, 1, 1, 1, 2, 1}},
		{plan.Step{Kernel: &kernel.AveragePool{Out: f32, In: f32, Channels: 20}},
			"AveragePool Out:f32 In:f32 CountPadding:false", []float64{2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		s := sampleOf(&tt.k)
		var sizes []float64
		for _, size := range s.Sizes {
			sizes = append(sizes, math.Round(math.Exp(size)*1e9)/1e9)
		}
		if s.Kind != tt.kind || !slices.Equal(sizes, tt.sizes) {
			t.Errorf("got %q of %v, want %q of %v", s.Kind, sizes, tt.kind, tt.sizes)
		}
		does := 1 + float64(tt.k.FLOPs) + float64(tt.k.Bytes())/10
		if got := math.Exp(s.Work); !(math.Abs(got/does-1) <= 1e-9) || tt.k.Bytes() == 0 {
			t.Errorf("%s: its work is %g, want %g", s.Kind, got, does)
		}
	}
	combine := plan.Step{Kernel: &kernel.Combine{Out: f32, A: f32, B: f16, Shape: [...]int{1, 1, 1, 2, 3, 4}}}
	s := sampleOf(&combine)
	if !strings.HasPrefix(s.Kind, "Combine Out:f32 A:f32 B:f16 Shape:6 OutAxes:6 ") ||
		math.Round(math.Exp(s.Sizes[5])) != 5 {
		t.Errorf("%+v", s)
	}
}

// TestUnits adds up what its steps take, once for each, and takes it times what a whole inference is longer.
func TestUnits(t *testing.T) {
	f32 := kernel.InArena(0, kernel.F32, 16, 4)
	step := func(channels int) plan.Step {
		return plan.Step{Kernel: &kernel.Pointwise{Out: f32, In: f32, Weights: f32, InChannels: channels,
			OutChannels: 16}, FLOPs: 100}
	}
	p := &plan.Plan{Steps: []plan.Step{step(16), step(160), step(16)}}
	m := &Model{Reference: 0.5, Whole: 3}
	for i, units := range []float64{2, 7} {
		s := sampleOf(&p.Steps[i])
		s.Time = math.Log(units)
		m.Samples = append(m.Samples, s)
	}
	if got, unknown := m.Units(p); !(math.Abs(got-3*(2+7+2)) <= 1e-9) || unknown != nil {
		t.Errorf("%g units, unknown %q", got, unknown)
	}
	if got, _ := m.Predict(p); got != 16500*time.Millisecond {
		t.Errorf("predicted %v", got)
	}
	p.Steps = append(p.Steps, plan.Step{Kernel: &kernel.Unblock{Out: f32, In: f32}},
		plan.Step{Kernel: &kernel.Block{Out: f32, In: f32}}, plan.Step{Kernel: &kernel.Unblock{Out: f32, In: f32}})
	if _, unknown := m.Units(p); strings.Join(unknown, ", ") != "Block Out:f32 In:f32, Unblock Out:f32 In:f32" {
		t.Errorf("unknown are %q", unknown)
	}
}
