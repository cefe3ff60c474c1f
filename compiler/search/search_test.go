package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/compiler/search/method"
	"github.com/netc-lang/netc/dsl/source"
)

const small = `network N {
    input image[3, 8, 8]
    a Conv(8 in [8 to 40 step 8], kernel: 3 in [1, 3, 5]) -> ReLU
    b Conv(8 in [8 to 40 step 8]) x 1 in [1 to 4]
    c Conv(8) if true in [true, false]
}

family N {
    A:
}
`

func space(t *testing.T, text, variant string) *compiler.Space {
	t.Helper()
	program, err := compiler.LoadFile(source.NewFile("small.net", text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := program.Space(variant, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onEpoch is told of scores on the way.
type onEpoch = func(search.Epoch) bool

// scorer scores by a function, and counts.
type scorer struct {
	calls atomic.Int64
	f     func(ctx context.Context, c *search.Candidate, epoch onEpoch) (float64, error)
}

func (s *scorer) Score(ctx context.Context, c *search.Candidate, epoch func(search.Epoch) bool) (float64, error) {
	s.calls.Add(1)
	return s.f(ctx, c, epoch)
}

// worth is a score that depends on all dimensions: the best is a of 24 channels and kernel 3, b of 32 twice, with c.
func worth(point []int) float64 {
	return 10 - math.Abs(float64(point[0]-2)) - math.Abs(float64(point[1]-1)) - math.Abs(float64(point[2]-3)) -
		math.Abs(float64(point[3]-1)) - float64(point[4])
}

func byWorth() *scorer {
	return &scorer{f: func(_ context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
		time.Sleep(time.Duration(c.Number%3) * time.Millisecond) // they end in another order
		return worth(c.Point), nil
	}}
}

func evolution(s *method.Space) method.Method { return method.Evolution{Space: s, Population: 8} }

func newSearch(t *testing.T, s search.Scorer) *search.Search {
	return &search.Search{Space: space(t, small, "A"), Costs: search.Static(), Scorer: s, NewMethod: evolution, Seed: 1,
		Count: 60, Jobs: 4, Lookahead: 4}
}

func lines(o *search.Outcome) []string {
	var all []string
	for _, r := range o.Results {
		all = append(all, fmt.Sprint(r.Number, r.Point, r.Status, r.Score, len(r.Epochs)))
	}
	return all
}

func open(t *testing.T, path string, s *search.Search) *search.Store {
	t.Helper()
	store, err := search.OpenStore(path, search.NewHeader("small.net", s.Space, "test", false, nil))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// TestJobs holds the candidates of a seed to being the same, with the same results, whatever the number of jobs, also
// where candidates are stopped early, and those of another seed to being others.
func TestJobs(t *testing.T) {
	random := func(s *method.Space) method.Method { return method.Random{Space: s} }
	t.Run("evolution", func(t *testing.T) { testJobs(t, evolution) })
	t.Run("random", func(t *testing.T) { testJobs(t, random) })
}

func testJobs(t *testing.T, m func(*method.Space) method.Method) {
	outcome := func(jobs int, seed uint64, halving bool) []string {
		s := newSearch(t, &scorer{f: func(_ context.Context, c *search.Candidate, epoch onEpoch) (float64, error) {
			for e := 1; e <= 9; e++ {
				if !epoch(search.Epoch{Epoch: e, Score: worth(c.Point) * float64(e)}) {
					break
				}
			}
			return worth(c.Point) * 9, nil
		}})
		s.Jobs, s.Seed, s.NewMethod = jobs, seed, m
		if halving {
			s.Halving = &search.Halving{Rungs: []int{1, 3, 9}, Eta: 3}
		}
		o, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return lines(o)
	}
	for _, halving := range []bool{false, true} {
		one := outcome(1, 1, halving)
		if got := outcome(4, 1, halving); !slices.Equal(got, one) {
			t.Errorf("with four jobs there are other candidates:\n%v\n%v", one, got)
		}
		if got := outcome(4, 2, halving); slices.Equal(got, one) {
			t.Error("another seed gives the same candidates")
		}
		if stopped := strings.Count(strings.Join(one, "\n"), "stopped"); (stopped > 10) != halving {
			t.Errorf("%d of 60 candidates are stopped", stopped)
		}
	}
}

// TestFinds holds every method to finding the best network of a space of 600, or, by evolution, one beside it.
func TestFinds(t *testing.T) {
	for name, m := range map[string]func(*method.Space) method.Method{
		"grid":      func(s *method.Space) method.Method { return &method.Grid{Space: s} },
		"model":     func(s *method.Space) method.Method { return method.Model{Space: s} },
		"evolution": evolution,
	} {
		s := newSearch(t, byWorth())
		s.NewMethod = m
		s.Count = map[string]int{"grid": 0, "model": 40, "evolution": 150}[name]
		o, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]float64{"grid": 10, "model": 10, "evolution": 9}[name]; o.Best[0].Score < want {
			t.Errorf("%s finds %v", name, o.Best[0])
		}
	}
}

// TestChanged: where the file has changed what it makes of a point, what is known of that point is of another network.
func TestChanged(t *testing.T) {
	const text = `network N(n: int = 1 in [1, 2, 3]) {
    input image[3, 8, 8]
    a Conv(8 if n == 1 else 16 if n == 2 else 24)
}

family N {
    A:
}
`
	path := filepath.Join(t.TempDir(), "results")
	for _, c := range []struct {
		from, to string
		want     int64 // candidates that are scored
	}{{"", "", 3}, {"", "", 0}, {"else 16", "else 32", 1}, {"else 24", "else 16", 0}} {
		scored := &scorer{f: func(_ context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
			return c.Costs["macs"], nil
		}}
		s := newSearch(t, scored)
		s.Space = space(t, strings.Replace(text, c.from, c.to, 1), "A")
		s.NewMethod = func(s *method.Space) method.Method { return &method.Grid{Space: s} }
		s.Count = 0
		s.Store = open(t, path, s)
		o, err := s.Run(t.Context())
		s.Store.Close()
		for _, r := range o.Results {
			if r.Score != r.Costs["macs"] {
				t.Errorf("with %q for %q, candidate %d has the score of another network", c.to, c.from, r.Number)
			}
		}
		if n := scored.calls.Load(); err != nil || len(o.Results) != 3 || n != c.want {
			t.Errorf("with %q for %q, %d are scored, want %d: %v", c.to, c.from, n, c.want, err)
		}
	}
}

// TestResume cuts a search off after every few results, goes on from the file each time, and holds the whole to what an
// uninterrupted search finds, with every candidate scored once.
func TestResume(t *testing.T) {
	want, err := newSearch(t, byWorth()).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "results")
	scored := map[int]int{}
	var lock sync.Mutex
	var got *search.Outcome
	for runs := 0; ; runs++ {
		ctx, cancel := context.WithCancel(t.Context())
		s := newSearch(t, &scorer{f: func(ctx context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
			lock.Lock()
			defer lock.Unlock()
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			scored[c.Number]++
			return worth(c.Point), nil
		}})
		s.Store = open(t, path, s)
		fresh := 0
		s.Report = func(p search.Progress) {
			if p.Last != nil && !p.Last.Reused {
				if fresh++; fresh == 7 {
					cancel()
				}
			}
		}
		got, err = s.Run(ctx)
		s.Store.Close()
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || runs > 30 {
			t.Fatal(err)
		}
		if slices.ContainsFunc(got.Results, func(r *search.Result) bool { return r.Status == "" }) {
			t.Error("what was under way when the search was cut off is among its results")
		}
		f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		f.WriteString(`{"candidate":3,"val`) // and it was killed in a line
		f.Close()
	}
	if !slices.Equal(lines(got), lines(want)) {
		t.Errorf("got\n%v\nwant\n%v", lines(got), lines(want))
	}
	for number, n := range scored {
		if n > 2 { // one that is under way when the search is cut off counts again
			t.Errorf("candidate %d was scored %d times", number, n)
		}
	}
	s := newSearch(t, &scorer{f: func(context.Context, *search.Candidate, onEpoch) (float64, error) {
		t.Error("a candidate is scored again")
		return 0, nil
	}})
	s.Store = open(t, path, s)
	defer s.Store.Close()
	before, _ := os.ReadFile(path)
	if again, err := s.Run(t.Context()); err != nil || !slices.Equal(lines(again), lines(want)) || again.Reused != 60 {
		t.Error(err, again.Reused)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("a search that scores nothing has changed the file")
	}
	if s.Store.Skipped == 0 {
		t.Error("half a line counts as a result")
	}
}

// TestSame holds candidates that round to the same network to being scored once.
func TestSame(t *testing.T) {
	const text = `scaling By(f: float) {
    width = f
    channels(c) = max(8, round(c * width / 8) * 8)
}

network N {
    input image[3, 8, 8]
    a Conv(16)
}

family N by By {
    A: f = 1 in [0.5 to 1.5 step 0.1]
}
`
	s := newSearch(t, byWorth())
	count := &scorer{f: func(_ context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
		time.Sleep(time.Millisecond)
		return float64(c.Network.Graph.MACs()), nil
	}}
	s.Space, s.Scorer, s.Count, s.Jobs, s.Lookahead = space(t, text, "A"), count, 0, 8, 8
	s.NewMethod = func(m *method.Space) method.Method { return &method.Grid{Space: m} }
	o, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := count.calls.Load(); n != 3 || len(o.Results) != 11 {
		t.Errorf("%d of %d candidates are scored, want 3 of 11", n, len(o.Results))
	}
	if len(o.Ties) < 2 || o.Results[0].Score != 3*8*64 {
		t.Error(o.Ties, o.Results[0])
	}
}

// TestFailures holds a search to trying failed candidates again, to going on without those that fail always, and to
// ending when all of the first ones do.
func TestFailures(t *testing.T) {
	s := newSearch(t, &scorer{f: func(_ context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
		switch {
		case c.Number%4 == 1:
			return 0, errors.New("it always fails")
		case c.Number%4 == 2 && c.Attempt < 3:
			return 0, errors.New("the node is lost")
		}
		return worth(c.Point), nil
	}})
	s.Retries = 2
	o, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range o.Results {
		want, attempts := search.Done, 1
		switch {
		case r.Like != nil:
			continue
		case r.Number%4 == 1:
			want, attempts = search.Failed, 3
		case r.Number%4 == 2:
			attempts = 3
		}
		if r.Status != want || r.Attempts != attempts {
			t.Errorf("candidate %d is %s after %d attempts", r.Number, r.Status, r.Attempts)
		}
	}
	s = newSearch(t, &scorer{f: func(context.Context, *search.Candidate, onEpoch) (float64, error) {
		return 0, errors.New("no module named torch")
	}})
	const want = "have all failed; the last: no module named torch"
	if _, err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}

// TestWrongScore holds scores that cannot be multiplied by a cost to being failures, and to being scores where there is
// no such cost.
func TestWrongScore(t *testing.T) {
	for near, want := range map[bool]search.Status{false: search.Done, true: search.Failed} {
		s := newSearch(t, &scorer{f: func(_ context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
			return 1 - float64(c.Number%2), nil
		}})
		s.Count = 10
		if near {
			s.Objective.Near = []search.Near{{Quantity: search.Quantity{Cost: "macs", Value: 1e6},
				Exponent: search.MnasExponent}}
		}
		o, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range o.Results {
			if r.Like == nil && r.Number%2 == 1 &&
				(r.Status != want || near != strings.Contains(r.Error, "not above 0")) {
				t.Errorf("a score of 0, multiplied by a cost %t: %s, %q", near, r.Status, r.Error)
			}
		}
	}
}

// TestWithin holds candidates beyond a limit to not being scored: those that are beyond it by what the graph shows are
// not even proposed.
func TestWithin(t *testing.T) {
	timed := search.Cost{Name: "latency", Unit: "s", Timed: true, Of: func(n *compiler.Network) (float64, error) {
		return float64(n.Graph.ParamCount()), nil
	}}
	s := newSearch(t, byWorth())
	s.Costs = append(s.Costs, timed)
	s.Within = []search.Quantity{{Cost: "macs", Value: 100_000}, {Cost: "latency", Value: 1000}}
	o, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	over := 0
	for _, r := range o.Results {
		if r.Costs["macs"] > 100_000 || (r.Status == search.Over) != (r.Costs["latency"] > 1000) {
			t.Error(r)
		}
		if r.Status == search.Over {
			over++
		}
	}
	if over == 0 || over == len(o.Results) {
		t.Errorf("%d of %d are over", over, len(o.Results))
	}
	s.Within = []search.Quantity{{Cost: "macs", Value: 1}}
	if _, err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no point of the space") {
		t.Error(err)
	}
}

// TestClock holds costs that are measured by the clock to having the machine to themselves.
func TestClock(t *testing.T) {
	var scoring atomic.Int64
	s := newSearch(t, &scorer{f: func(_ context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
		scoring.Add(1)
		defer scoring.Add(-1)
		time.Sleep(2 * time.Millisecond)
		return worth(c.Point), nil
	}})
	s.Exclusive, s.Count = true, 24
	s.Costs = append(s.Costs, search.Cost{Name: "latency", Timed: true, Of: func(*compiler.Network) (float64, error) {
		if n := scoring.Load(); n > 0 {
			t.Errorf("%d candidates are being scored during a measurement", n)
		}
		return 1, nil
	}})
	if _, err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestObjective holds MnasNet's product, and the front, to their definitions.
func TestObjective(t *testing.T) {
	r := func(number int, score, cost float64) *search.Result {
		return &search.Result{Number: number, Status: search.Done, Score: score,
			Costs: map[string]float64{"latency": cost}}
	}
	all := []*search.Result{r(0, 0.70, 1), r(1, 0.75, 2), r(2, 0.74, 3), r(3, 0.76, 8), r(4, 0.76, 8)}
	target := search.Quantity{Cost: "latency", Value: 2}
	near := search.Objective{Near: []search.Near{{Quantity: target, Exponent: search.MnasExponent}}}
	if v := near.Values(all[0])[0]; !(math.Abs(v-0.70*math.Pow(0.5, -0.07)) <= 1e-12) {
		t.Error(v)
	}
	if best := near.Best(all); best[0].Number != 1 || len(best) != 1 {
		t.Error(best[0])
	}
	front := search.Objective{Front: []string{"latency"}}
	var numbers []int
	for _, b := range front.Best(all) {
		numbers = append(numbers, b.Number)
	}
	if !slices.Equal(numbers, []int{3, 1, 0}) {
		t.Errorf("the front is %v", numbers)
	}
	if ties := (search.Objective{}).Ties(all); len(ties) != 2 {
		t.Error(ties)
	}
}

// published is a row of the table of EfficientNet's authors.
type published struct {
	MACs float64 `json:"macs"`
	Top1 float64 `json:"paper_top1"`
}

// TestPaper searches alpha, beta and gamma as section 3.3 of the paper does, at phi = 1, with its table of accuracy by
// MACs in place of training: linear in the logarithm of the MACs, to the tenth of a percent that the table has. What
// phi = 1 may cost is what the table's row for it costs, B2. The paper's constants are found, and they tie with those
// that cost as much, for such a score knows nothing but the cost.
func TestPaper(t *testing.T) {
	var table []published
	text, err := os.ReadFile("../../testdata/reference/efficientnet.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../examples/efficientnet/efficientnet.net")
	if err != nil {
		t.Fatal(err)
	}
	const free = "by Compound(alpha: 1.2 in [1 to 2 step 0.1], beta: 1.1 in [1 to 1.4 step 0.05], " +
		"gamma: 1.15 in [1 to 1.4 step 0.05]) {\n    One: phi = 1\n"
	s := newSearch(t, &scorer{f: func(_ context.Context, c *search.Candidate, _ onEpoch) (float64, error) {
		return accuracy(table, float64(c.Network.Graph.MACs())), nil
	}})
	s.Space, s.Count = space(t, strings.Replace(string(example), "by Compound {\n", free, 1), "One"), 0
	s.NewMethod = func(m *method.Space) method.Method { return &method.Grid{Space: m} }
	s.Within = []search.Quantity{{Cost: "macs", Value: table[2].MACs}}
	o, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Space.Text(o.Best[0].Point); got != "alpha = 1.2, beta = 1.1, gamma = 1.15" {
		t.Errorf("the best are %s", got)
	}
	var ties []string
	for _, r := range o.Ties {
		ties = append(ties, s.Space.Text(r.Point))
	}
	want := []string{
		"alpha = 1.2, beta = 1.1, gamma = 1.15", "alpha = 1.3, beta = 1.05, gamma = 1.2",
		"alpha = 1.4, beta = 1.0, gamma = 1.2", "alpha = 1.7, beta = 1.05, gamma = 1.05",
	}
	if !slices.Equal(ties, want) || o.Best[0].Score != 80.1 {
		t.Errorf("%g: %s", o.Best[0].Score, strings.Join(ties, "; "))
	}
}

// accuracy looks MACs up in a table.
func accuracy(table []published, macs float64) float64 {
	i := 1
	for i < len(table)-1 && macs > table[i].MACs {
		i++
	}
	a, b := table[i-1], table[i]
	x := math.Log(macs/a.MACs) / math.Log(b.MACs/a.MACs)
	return math.Round(10*(a.Top1+x*(b.Top1-a.Top1))) / 10
}

// TestReports tells of the beginning, and of each candidate that ends.
func TestReports(t *testing.T) {
	s := newSearch(t, byWorth())
	s.Count, s.Jobs = 3, 1
	var last []bool
	s.Report = func(p search.Progress) {
		if last = append(last, p.Last != nil); p.Total != 3 || p.Last == nil && p.Running != 0 {
			t.Errorf("it tells %+v", p)
		}
	}
	if _, err := s.Run(t.Context()); err != nil || !slices.Equal(last, []bool{false, true, true, true}) {
		t.Errorf("of candidates it tells %v, %v", last, err)
	}
}

// TestTotal: without a number of candidates, there are as many as points that hold the scaling's constraints; with one,
// that many.
func TestTotal(t *testing.T) {
	const text = `network N {
    input image[3, 8, 8]
    a Conv(8 in [8, 16, 24], kernel: 3 in [1, 3])
}

scaling S(width: float = 1) {
    channels(c) = round(c * width)
    require width < 3
}

family N by S {
    A: width = 1 in [1, 2, 3]
}
`
	s := newSearch(t, byWorth())
	s.Space = space(t, text, "A")
	s.Scorer = &scorer{f: func(context.Context, *search.Candidate, onEpoch) (float64, error) { return 1, nil }}
	s.Jobs = 1
	for count, want := range map[int]int{0: 12, 1: 1, 2: 2} {
		s.Count = count
		totals := map[int]bool{}
		s.Report = func(p search.Progress) { totals[p.Total] = true }
		o, err := s.Run(t.Context())
		if err != nil || len(o.Results) != want || !maps.Equal(totals, map[int]bool{want: true}) {
			t.Errorf("asked for %d: %d candidates of %v, %v", count, len(o.Results), totals, err)
		}
	}
}
