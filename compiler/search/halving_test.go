package search

import (
	"math"
	"slices"
	"testing"
)

// TestNewHalving: the epochs are a geometric series up to the last, however large it is.
func TestNewHalving(t *testing.T) {
	for _, tt := range []struct {
		first, last, eta int
		want             []int // none: it is refused
	}{
		{1, 9, 3, []int{1, 3, 9}}, {1, 8, 3, []int{1, 3}}, {2, 20, 2, []int{2, 4, 8, 16}}, {5, 5, 2, []int{5}},
		{math.MaxInt / 3, math.MaxInt, 3, []int{math.MaxInt / 3, math.MaxInt / 3 * 3}},
		{math.MaxInt/3 + 1, math.MaxInt, 3, []int{math.MaxInt/3 + 1}},
		{0, 9, 3, nil}, {4, 3, 3, nil}, {1, 9, 1, nil},
	} {
		h, err := NewHalving(tt.first, tt.last, tt.eta)
		if (err != nil) != (tt.want == nil) || err == nil && (!slices.Equal(h.Rungs, tt.want) || h.Eta != tt.eta) {
			t.Errorf("%d:%d:%d gives %v, %v, want %v", tt.first, tt.last, tt.eta, h, err, tt.want)
		}
	}
}

// TestThresholds: of those that have been at a rung, the best third goes on, and at least one; of fewer than three,
// all.
func TestThresholds(t *testing.T) {
	var results []*Result
	for i, s := range []float64{0.3, -1, 0.7, 0.5, 0.2, 0.6, 0.1} {
		r := &Result{Epochs: []Epoch{{1, s}}}
		if i < 3 {
			r.Epochs = append(r.Epochs, Epoch{3, s * 2})
		}
		if i < 2 {
			r.Epochs = append(r.Epochs, Epoch{9, s})
		}
		results = append(results, r)
	}
	h := &Halving{Rungs: []int{1, 3, 9}, Eta: 3}
	if got, want := h.thresholds(results), []Epoch{{1, 0.6}, {3, 1.4}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestHopeless: a score below the threshold of its own epoch stops, and neither one at it nor one of another epoch.
func TestHopeless(t *testing.T) {
	thresholds := []Epoch{{1, 0.6}, {3, 1.4}}
	for e, want := range map[Epoch]bool{{1, 0.5}: true, {1, 0.6}: false, {1, 0.7}: false, {3, 1.3}: true,
		{3, 1.4}: false, {2, 0.1}: false, {9, 0}: false} {
		if got := hopeless(thresholds, e); got != want {
			t.Errorf("%v: got %v", e, got)
		}
	}
	if hopeless(nil, Epoch{1, -1}) {
		t.Error("without thresholds a score is hopeless")
	}
}

// TestAllFail: a search ends when five candidates have been scored and all have failed, twins not counted.
func TestAllFail(t *testing.T) {
	failed, twin := &Result{Status: Failed, Error: "no torch"}, &Result{Status: Failed, Like: new(int), Error: "twin"}
	for _, tt := range []struct {
		results []*Result
		ends    bool
	}{
		{nil, false}, {slices.Repeat([]*Result{failed}, 4), false}, {slices.Repeat([]*Result{failed}, 5), true},
		{append(slices.Repeat([]*Result{failed}, 4), twin), false},
		{append(slices.Repeat([]*Result{failed}, 5), &Result{Status: Over}), true},
		{append(slices.Repeat([]*Result{failed}, 5), &Result{Status: Done}), false},
		{append(slices.Repeat([]*Result{failed}, 5), &Result{Status: Stopped}), false},
	} {
		err := (&run{results: tt.results}).hopeless()
		const want = "the first 5 candidates that were scored have all failed; the last: no torch"
		if (err != nil) != tt.ends || err != nil && err.Error() != want {
			t.Errorf("%d results: got %v", len(tt.results), err)
		}
	}
}
