package main

import (
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/search"
)

// TestSearchProgress: how far a search has come is said in a line that changes on a terminal, and elsewhere in one for
// each candidate that has been scored.
func TestSearchProgress(t *testing.T) {
	done := &search.Result{Number: 9, Status: search.Done, Score: 0.771}
	s := &search.Search{Count: 60}
	for _, tt := range []struct {
		terminal bool
		count    int
		at       search.Progress
		want     string
	}{
		{true, 60, search.Progress{Known: 15, Total: 60, Left: 12 * time.Minute, Best: []*search.Result{done}},
			"\r\x1b[K[#####...............] 15 of 60 known, best 0.771 (candidate 9), 12m left"},
		{true, 0, search.Progress{Known: 60, Total: 60},
			"\r\x1b[K[####################] 60 of at most 60 known"},
		{true, 0, search.Progress{Known: 9, Failed: 2, Stopped: 2, Over: 1},
			"\r\x1b[K9 known, 25% failed, 2 stopped early, 1 over the limit"},
		{true, 0, search.Progress{Known: 3, Best: []*search.Result{done, done}}, "\r\x1b[K3 known, 2 on the front"},
		{false, 60, search.Progress{Known: 1, Total: 60, Last: done},
			"netc: candidate 9: score 0.771; 1 of 60 known\n"},
		{false, 60, search.Progress{Known: 1, Total: 60}, ""},
		{false, 60, search.Progress{Known: 1, Total: 60, Last: &search.Result{Reused: true}}, ""},
	} {
		var out strings.Builder
		s.Count, s.Objective.Front = tt.count, nil
		if len(tt.at.Best) > 1 {
			s.Objective.Front = []string{"macs"}
		}
		p := &searchProgress{&out, s, tt.terminal}
		if p.report(tt.at); out.String() != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.at, out.String(), tt.want)
		}
		out.Reset()
		if p.finish(); (out.Len() > 0) != tt.terminal {
			t.Errorf("in the end: %q", out.String())
		}
	}
}

// TestOutcomeOf says what became of candidates, and how long something takes.
func TestOutcomeOf(t *testing.T) {
	seven := 7
	for _, tt := range []struct {
		result search.Result
		want   string
	}{
		{search.Result{Status: search.Done, Score: 0.25}, "score 0.25"},
		{search.Result{Status: search.Done, Score: 0.25, Like: &seven}, "score 0.25, the same network as candidate 7"},
		{search.Result{Status: search.Failed, Error: "exit status 1"}, "failed: exit status 1"},
		{search.Result{Status: search.Over}, "over the limit"},
		{search.Result{Status: search.Stopped, Epochs: []search.Epoch{{Epoch: 1, Score: 3}, {Epoch: 4, Score: 2}}},
			"stopped after epoch 4 at 2"},
	} {
		if got := outcomeOf(&tt.result); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0s", 1400 * time.Millisecond: "1s", 59400 * time.Millisecond: "59s", time.Minute: "1m",
		89 * time.Second: "1m", 91 * time.Second: "2m", time.Hour: "1h00m", 25*time.Hour + 61*time.Second: "25h01m",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}
