package latency

import (
	"math"
	"slices"
	"strings"
	"testing"
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
