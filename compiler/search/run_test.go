package search

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search/method"
	"github.com/netc-lang/netc/dsl/source"
)

// mixed scores some candidates, fails for others and lets others be stopped, by their numbers.
type mixed struct{}

func (mixed) Score(_ context.Context, c *Candidate, epoch func(Epoch) bool) (float64, error) {
	if c.Number%5 == 3 {
		return 0, errors.New("it fails")
	}
	score := float64(c.Number * 7 % 11)
	for e := 1; e <= 4; e++ {
		if !epoch(Epoch{e, score}) {
			break
		}
	}
	return score, nil
}

func grid(m *method.Space) method.Method { return &method.Grid{Space: m} }

// TestProgress holds what is told of a search after each candidate against its results so far. Among them are networks
// that are the same, that cost too much, that fail and that are stopped.
func TestProgress(t *testing.T) {
	s := testSpace(t, "a Conv(8 in [8 to 40 step 8], kernel: 3 in [1, 3])\n    b Conv(8) x 1 in [1 to 3]")
	timed := Cost{Name: "time", Unit: "s", Timed: true, Of: func(n *compiler.Network) (float64, error) {
		return float64(n.Graph.ParamCount()), nil
	}}
	var results []*Result
	search := &Search{Space: s, Costs: append(Static(), timed), Scorer: mixed{}, Jobs: 1, Lookahead: 1, NewMethod: grid,
		Within: []Quantity{{Cost: "time", Value: 1000}}, Halving: &Halving{Rungs: []int{2}, Eta: 2}}
	search.Report = func(p Progress) {
		if p.Last != nil {
			results = append(results, p.Last)
		}
		count := map[Status]int{}
		for _, r := range results {
			count[r.Status]++
		}
		best := search.Objective.Best(results)
		if p.Known != len(results) || p.Failed != count[Failed] || p.Over != count[Over] ||
			p.Stopped != count[Stopped] || !slices.Equal(p.Best, best) || p.Total != 30 {
			t.Errorf("after %d results, %v: %+v, want the best %v", len(results), count, p, best)
		}
	}
	o, err := search.Run(t.Context())
	if err != nil || len(o.Results) != 30 || len(results) != 30 {
		t.Fatalf("%d results, %d told of, %v", len(o.Results), len(results), err)
	}
	for _, status := range []Status{Done, Failed, Over, Stopped} {
		if !slices.ContainsFunc(results, func(r *Result) bool { return r.Status == status }) {
			t.Errorf("none is %s", status)
		}
	}
	for _, r := range o.Results {
		if ms := r.Seconds * 1000; !(ms >= 0 && ms < 10_000 && math.Abs(ms-math.Round(ms)) <= 1e-9) {
			t.Errorf("candidate %d took %v seconds", r.Number, r.Seconds)
		}
	}
}

// TestSeconds: a result says how long its scoring took, in seconds.
func TestSeconds(t *testing.T) {
	s := testSpace(t, "a Conv(8 in [8, 16])")
	search := &Search{Space: s, Costs: Static(), Scorer: slow{}, Jobs: 1, Lookahead: 1, NewMethod: grid}
	o, err := search.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range o.Results {
		if !(r.Seconds >= 0.02 && r.Seconds < 10) {
			t.Errorf("candidate %d took %g seconds", r.Number, r.Seconds)
		}
	}
}

// slow scores in 20 milliseconds.
type slow struct{}

func (slow) Score(context.Context, *Candidate, func(Epoch) bool) (float64, error) {
	time.Sleep(20 * time.Millisecond)
	return 1, nil
}

// TestTwins: points of the same network are scored once, and say of which candidate they have their result, whether
// that was known before them or not.
func TestTwins(t *testing.T) {
	text := "network N(width: float) {\n    input image[3, 8, 8]\n" +
		"    a Conv(round(8 * width), kernel: 3 in [1, 3])\n}" +
		"\n\nfamily N {\n    A: width = 1.0 in [1.0, 1.01, 2.0, 2.01]\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := program.Space("A", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []int{1, 8} {
		scored := map[string]int{}
		search := &Search{Space: s, Costs: Static(), Jobs: jobs, Lookahead: jobs, NewMethod: grid}
		search.Scorer = byMACs{}
		o, err := search.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range o.Results {
			scored[r.Network]++
			if first := r.Like; (scored[r.Network] > 1) != (first != nil) {
				t.Errorf("candidate %d, the network's %d.: like %v", r.Number, scored[r.Network], first)
			} else if first != nil && (o.Results[*first].Score != r.Score || o.Results[*first].Network != r.Network) {
				t.Errorf("candidate %d is not like %d", r.Number, *first)
			}
		}
		if len(o.Results) != 8 || len(scored) != 4 {
			t.Errorf("%d candidates of %d networks", len(o.Results), len(scored))
		}
	}
}

// TestEveryStoreFails: a result that cannot be stored ends the search with an error that holds it, at whichever result,
// and those before it are in the file.
func TestEveryStoreFails(t *testing.T) {
	s := testSpace(t, "a Conv(8 in [8 to 40 step 8], kernel: 3 in [1, 3])")
	for k := range 10 {
		path := filepath.Join(t.TempDir(), "results")
		store, err := OpenStore(path, NewHeader("n.net", s, "", false, nil))
		if err != nil {
			t.Fatal(err)
		}
		store.file = &failing{store.file.(*os.File), k}
		search := &Search{Space: s, Costs: Static(), Scorer: byMACs{}, Jobs: 2, Lookahead: 2, Store: store,
			NewMethod: grid}
		_, err = search.Run(t.Context())
		store.Close()
		var lost *StoreError
		if !errors.As(err, &lost) || !errors.Is(err, errBroken) || lost.Path != path || len(lost.Results) == 0 ||
			err.Error() != path+": the disk is broken" {
			t.Fatalf("write %d fails: %v", k, err)
		}
		_, kept, err := ReadResults(path)
		if err != nil || len(kept) != k {
			t.Errorf("write %d fails, and %d results are in the file, %v", k, len(kept), err)
		}
	}
}

var errBroken = errors.New("the disk is broken")

// failing is a file whose writes fail after some.
type failing struct {
	*os.File
	left int
}

func (f *failing) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, errBroken
	}
	return f.File.Write(p)
}

// TestLimits: what costs as much as is allowed is within the limit, and of each limit the least that was found is
// known.
func TestLimits(t *testing.T) {
	r := &run{Search: &Search{Costs: append(Static(), Cost{Name: "latency", Unit: "s"})}, least: map[string]float64{}}
	r.Within = []Quantity{{"macs", 100}, {"latency", 0.002}}
	for _, v := range []float64{120, 101, 110} {
		if !r.exceeds(r.Within[0], v) {
			t.Errorf("%g is within 100", v)
		}
	}
	if got := r.Missed(r.least); got != "macs: the limit is 100, the least found 101" {
		t.Errorf("got %s", got)
	}
	for v, over := range map[float64]bool{100: false, 100.5: true, 99: false} {
		if r.exceeds(r.Within[0], v) != over {
			t.Errorf("%g exceeds 100: %t", v, !over)
		}
	}
	r.exceeds(r.Within[1], 0.0035)
	if got := r.Missed(r.least); got != "macs: the limit is 100, the least found 99; latency: the limit is 2 ms, "+
		"the least found 3.5 ms" {
		t.Errorf("got %s", got)
	}
}

// TestFormat writes amounts with the prefix that leaves a number from 1 on.
func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		unit string
		v    float64
		want string
	}{
		{"", 0, "0"}, {"", 12, "12"}, {"", 999, "999"}, {"", 1000, "1 k"}, {"", 385_800_000, "385.8 M"},
		{"", 1.5e9, "1.5 G"}, {"", 2e12, "2 T"}, {"", -2500, "-2.5 k"}, {"B", 12, "12 B"}, {"B", 21_100_000, "21.1 MB"},
		{"s", 0.00812, "8.12 ms"}, {"s", 2, "2000 ms"},
	} {
		if got := (Cost{Unit: tt.unit}).Format(tt.v); got != tt.want {
			t.Errorf("%g %s: got %q, want %q", tt.v, tt.unit, got, tt.want)
		}
	}
	for _, text := range []string{"8ks", "5mkb", "5mkib", "5kkmacs", "latency=1ks"} {
		if q, err := ParseQuantity(text, append(Static(), Cost{Name: "latency", Unit: "s"})); err == nil {
			t.Errorf("%s is %v", text, q)
		}
	}
}

// TestOrder: of a front, those of the same score stand in the order of the candidates.
func TestOrder(t *testing.T) {
	r := func(number int, score, a, b float64) *Result {
		return &Result{Number: number, Status: Done, Score: score, Costs: map[string]float64{"a": a, "b": b}}
	}
	front := Objective{Front: []string{"a", "b"}}
	var got []int
	for _, b := range front.Best([]*Result{r(9, 1, 3, 3), r(7, 2, 1, 5), r(3, 2, 4, 2), r(5, 2, 2, 4),
		r(4, 3, 9, 9), nil, {Number: 1, Status: Failed, Score: 99}, r(2, 2, 4, 2), r(6, 2, 9, 9)}) {
		got = append(got, b.Number)
	}
	if !slices.Equal(got, []int{4, 3, 5, 7, 9}) {
		t.Errorf("got %v", got)
	}
	for o, want := range map[string]Objective{
		"the score": {}, "the accuracy": {Score: "accuracy"},
		"the score × (latency / 0.08)^-0.07": {Near: []Near{{Quantity{"latency", 0.08}, -0.07}}},
		"the front of the top1 and a, b":     {Score: "top1", Front: []string{"a", "b"}},
	} {
		if got := want.String(); got != o {
			t.Errorf("got %q, want %q", got, o)
		}
	}
}

// TestReadResults reads files of results whole: the last result of each point, in the order of the candidates. Lines
// that are none are passed over.
func TestReadResults(t *testing.T) {
	line := func(number int, a string, score float64) string {
		return fmt.Sprintf(`{"candidate":%d,"values":{"a":%q},"status":"done","score":%g,"costs":{}}`, number, a, score)
	}
	const header = `{"netc-search":1,"file":"n.net","variant":"A","dimensions":[{"name":"a","values":["8","16","32"]}]}`
	path := filepath.Join(t.TempDir(), "results")
	for _, tt := range []struct {
		text, want string // candidates and scores, and how many lines are skipped; or part of the error
		skipped    int
	}{
		{header + "\n" + line(2, "8", 1) + "\n" + line(1, "16", 2) + "\n", "2:1 1:2", 0},
		{header + "\n" + line(0, "8", 1) + "\n" + line(3, "16", 2) + "\n" + line(4, "8", 5) + "\n", "0:1 3:2 4:5", 0},
		{header + "\n\n  \nx\n" + line(1, "16", 2) + "\n" + line(0, "9", 1) + "\n", "1:2", 2},
		{header + "\n" + line(1, "16", 2), "", 1}, {header + "\n", "", 0},
		{"", "is no file of results of netc search", 0}, {header, "is no file of results of netc search", 0},
		{"my notes\n", "is no file of results of netc search", 0}, {"{}\n", "is no file of results", 0},
		{strings.Replace(header, ":1", ":2", 1) + "\n",
			"is in version 2 of the format, and this netc reads version 1", 0},
	} {
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		h, results, err := ReadResults(path)
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) || tt.want == "" || !strings.HasPrefix(err.Error(), path) ||
				results != nil {
				t.Errorf("%q: %v, %v, want %s", tt.text, results, err, tt.want)
			}
			continue
		}
		store := &Store{}
		lines := strings.NewReader(tt.text[len(header)+1:])
		if err := store.read(bufio.NewReader(lines), h); err != nil || store.Skipped != tt.skipped {
			t.Errorf("%q: %d lines are skipped, want %d (%v)", tt.text, store.Skipped, tt.skipped, err)
		}
		var all []string
		for _, r := range store.Known() {
			all = append(all, fmt.Sprint(r.Number, ":", r.Score))
		}
		if got := strings.Join(all, " "); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
		last := map[string]int{}
		for i, r := range results {
			last[r.Values["a"]] = r.Number
			if i > 0 && results[i-1].Number >= r.Number {
				t.Errorf("%q: %d stands before %d", tt.text, results[i-1].Number, r.Number)
			}
		}
		for _, r := range store.Known() { // the later of two of a point
			if last[r.Values["a"]] < r.Number && r.Values["a"] == "8" {
				t.Errorf("%q: %d is missing", tt.text, r.Number)
			}
		}
		if len(last) != len(results) {
			t.Errorf("%q: a point has two results", tt.text)
		}
	}
	if _, _, err := ReadResults(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	// Who cannot open a file of results leaves it to others.
	s := testSpace(t, "a Conv(8 in [8, 16])")
	os.Remove(path)
	for _, variant := range []string{"A", "B", "A"} {
		h := NewHeader("n.net", s, "", false, nil)
		h.Variant = variant
		store, err := OpenStore(path, h)
		if (err == nil) != (variant == "A") {
			t.Fatalf("%s: %v", variant, err)
		}
		if err == nil {
			store.Close()
		}
	}
	if _, err := OpenStore(t.TempDir(), NewHeader("n.net", s, "", false, nil)); err == nil {
		t.Error("a folder is a file of results")
	}
	if _, err := OpenStore("/dev/null", NewHeader("n.net", s, "", false, nil)); err == nil ||
		!strings.Contains(err.Error(), "/dev/null is not a regular file") {
		t.Errorf("got %v", err)
	}
}

// TestResumed: what was found before is not computed again, and stays as it was.
func TestResumed(t *testing.T) {
	s := testSpace(t, "a Conv(8 in [8 to 40 step 8], kernel: 3 in [1, 3])")
	path := filepath.Join(t.TempDir(), "results")
	measured := 0
	timed := Cost{Name: "time", Timed: true, Of: func(*compiler.Network) (float64, error) {
		measured++
		return float64(measured), nil
	}}
	run := func(more ...Cost) *Outcome {
		store, err := OpenStore(path, NewHeader("n.net", s, "", false, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		o, err := (&Search{Space: s, Costs: append(Static(), more...), Scorer: byMACs{}, Jobs: 1, Lookahead: 1,
			Store: store, NewMethod: grid}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	first := run(timed)
	again := run(timed)
	if measured != 10 || first.Reused != 0 || again.Reused != 10 {
		t.Errorf("%d measurements, %d and %d reused", measured, first.Reused, again.Reused)
	}
	for i, r := range again.Results {
		if r.Costs["time"] != first.Results[i].Costs["time"] || r.Score != first.Results[i].Score {
			t.Errorf("candidate %d was %+v and is %+v", i, first.Results[i], r)
		}
	}
	// A cost that was not known before is measured, and is stored with the rest.
	other := Cost{Name: "memory", Unit: "B", Of: func(n *compiler.Network) (float64, error) { return 5, nil }}
	if o := run(timed, other); o.Reused != 0 || measured != 10 || o.Results[3].Costs["memory"] != 5 ||
		o.Results[3].Costs["time"] != first.Results[3].Costs["time"] {
		t.Errorf("%d reused, %d measurements, %v", o.Reused, measured, o.Results[3].Costs)
	}
	if o := run(timed, other); o.Reused != 10 {
		t.Errorf("%d reused", o.Reused)
	}
	broken := Cost{Name: "broken", Of: func(*compiler.Network) (float64, error) { return 0, errBroken }}
	_, err := (&Search{Space: s, Costs: []Cost{broken}, Scorer: byMACs{}, Jobs: 1, Lookahead: 1, NewMethod: grid}).
		Run(t.Context())
	if !errors.Is(err, errBroken) || !strings.HasPrefix(err.Error(), "candidate 0, ") ||
		!strings.Contains(err.Error(), ": its broken: ") {
		t.Errorf("got %v", err)
	}
}

// TestKnobs: what is tried of each setting, and that each value is found by what it is.
func TestKnobs(t *testing.T) {
	got := ""
	for _, k := range knobs() {
		f := &fitting{knob: k}
		got += fmt.Sprintf("%s %g %g %g; ", k.setting, f.value(0), f.value(1), f.value(k.count))
		for i := 0; i <= k.count; i++ {
			if at := f.index(f.value(i)); at != i {
				t.Fatalf("%s: value %d, %g, is found at %d", k.setting, i, f.value(i), at)
			}
		}
		if f.index(-1e9) != 0 || f.index(1e9) != k.count {
			t.Errorf("%s: beyond its ends, values are %d and %d", k.setting, f.index(-1e9), f.index(1e9))
		}
	}
	const want = "phi -8 -7.99 12; cost 0.05 0.06 64; depth 0.05 0.06 20; width 0.05 0.06 20; resolution 8 9 2048; "
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
