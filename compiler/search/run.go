package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search/method"
)

// Search is what is to be done.
type Search struct {
	Space     *compiler.Space
	Costs     []Cost // those that are wanted
	Within    []Quantity
	Objective Objective
	Scorer    Scorer
	Halving   *Halving // nil: every candidate is scored to its end

	NewMethod func(*method.Space) method.Method
	Seed      uint64
	Count     int // of candidates; 0: until the method has none left
	Jobs      int // candidates at a time
	Lookahead int // a candidate is proposed when all but this many before it are known
	Retries   int // attempts more after one that failed
	// Exclusive is set where scoring takes this machine's processors: costs that are measured by the clock then wait
	// until nothing else runs, and keep candidates waiting meanwhile.
	Exclusive bool

	Store  *Store
	Report func(Progress) // after each candidate, and before the first
}

// Progress is how far a search has come.
type Progress struct {
	Last                           *Result // nil before the first
	Known, Total                   int     // Total is 0 where it is not known
	Failed, Over, Stopped, Running int
	Best                           []*Result
	Left                           time.Duration // 0: not known yet
}

// Outcome is what a search has found.
type Outcome struct {
	Results []*Result // in the order of the candidates
	Best    []*Result
	Ties    []*Result
	Reused  int
	Least   map[string]float64 // of each cost that has a limit, the least that was found
}

// errNoCandidate says that nothing in a space is a network within the limits.
var errNoCandidate = errors.New("no point of the space is a network within the limits")

// Missed says of each limit what the least was that was found, in the order of the limits: "macs: the limit is 1, the
// least found 3.5 k".
func (s *Search) Missed(least map[string]float64) string {
	var all []string
	for _, limit := range s.Within {
		i := slices.IndexFunc(s.Costs, func(c Cost) bool { return c.Name == limit.Cost })
		if v, found := least[limit.Cost]; found {
			all = append(all, fmt.Sprintf("%s: the limit is %s, the least found %s", limit.Cost,
				s.Costs[i].Format(limit.Value), s.Costs[i].Format(v)))
		}
	}
	return strings.Join(all, "; ")
}

// maxFirstFailures is after how many candidates a search ends of which all have failed.
const maxFirstFailures = 5

// run is a search under way. Its fields belong to one goroutine, which proposes candidates and takes results.
type run struct {
	*Search
	method   method.Method
	space    *method.Space
	seen     map[string]bool
	known    map[string]*Result // by point and by network, of earlier runs
	results  []*Result
	twins    map[int][]*Result // candidates that wait for the result of another, which is the same network
	networks map[string]int    // candidates by network
	// history is what methods are told: the results of candidates 0 up to the first that is not known yet. Candidates
	// end in any order, and are told in that of their numbers, so that a search proposes the same whoever is faster.
	history  []method.Told
	total    int             // of candidates, at most; 0 where it is not known
	progress Progress        // of the results so far
	invalid  map[string]bool // points that are no networks within the limits
	last     built
	running  int
	done     chan *Result
	clock    sync.RWMutex // held for reading by those who score, for writing by who measures by the clock
	begun    time.Time
	fresh    int   // results of this run
	lastErr  error // of a point that is no network
	least    map[string]float64
}

// Run searches. When the context ends, or a result cannot be stored, it returns what is known by then, with the error.
func (s *Search) Run(ctx context.Context) (*Outcome, error) {
	r := &run{Search: s, seen: map[string]bool{}, known: map[string]*Result{}, twins: map[int][]*Result{},
		invalid: map[string]bool{}, networks: map[string]int{}, done: make(chan *Result), begun: time.Now(),
		least: map[string]float64{}}
	r.space = r.newSpace()
	r.method = s.NewMethod(r.space)
	if s.Store != nil {
		for _, k := range s.Store.Known() {
			if k.Status != Failed {
				r.known[method.Key(k.Point)] = k
				r.known[k.Network] = k
			}
		}
	}
	r.total = r.atMost()
	err := r.loop(ctx)
	o := &Outcome{Results: r.results, Best: s.Objective.Best(r.results), Ties: s.Objective.Ties(r.results),
		Least: r.least}
	for _, result := range r.results {
		if result != nil && result.Reused {
			o.Reused++
		}
	}
	return o, err
}

// newSpace tells methods of the space. A point is valid when it is a network that stays within the limits of all costs
// that need no clock.
func (r *run) newSpace() *method.Space {
	m := &method.Space{Origin: r.Space.Origin()}
	for _, d := range r.Space.Dimensions {
		m.Sizes = append(m.Sizes, len(d.Values))
		low, high := math.Inf(1), math.Inf(-1)
		numbers := make([]float64, len(d.Values))
		for i, v := range d.Values {
			if !v.IsNum {
				numbers = nil
				break
			}
			numbers[i] = v.Number
			low, high = min(low, v.Number), max(high, v.Number)
		}
		for i := range numbers {
			if numbers[i] -= low; high > low {
				numbers[i] /= high - low
			}
		}
		m.Numbers = append(m.Numbers, numbers)
	}
	m.Plausible = func(point []int) bool { return r.Space.Satisfies(point) == nil }
	m.Valid = r.isValid
	return m
}

// built is a network and its point.
type built struct {
	key     string
	network *compiler.Network
}

// maxInvalid bounds how many points are remembered that are no networks within the limits.
const maxInvalid = 100_000

// isValid reports whether there is a network at a point that stays within the limits of all costs that need no clock.
func (r *run) isValid(point []int) bool {
	key := method.Key(point)
	if r.invalid[key] {
		return false
	}
	n, err := r.Space.Build(point)
	if err != nil {
		r.lastErr = err
	}
	if err == nil && !r.beyond(n) {
		r.last = built{key, n}
		return true
	}
	if len(r.invalid) < maxInvalid {
		r.invalid[key] = true
	}
	return false
}

// beyond reports whether a network costs more than is allowed by what its graph shows.
func (r *run) beyond(n *compiler.Network) bool {
	for _, limit := range r.Within {
		i := slices.IndexFunc(r.Costs, func(c Cost) bool { return c.Name == limit.Cost })
		if c := r.Costs[i]; !c.Timed {
			v, err := c.Of(n)
			if err != nil || r.exceeds(limit, v) {
				return true
			}
		}
	}
	return false
}

// exceeds reports whether a cost is above its limit, and notes the least.
func (r *run) exceeds(limit Quantity, v float64) bool {
	if least, found := r.least[limit.Cost]; !found || v < least {
		r.least[limit.Cost] = v
	}
	return v > limit.Value
}

// loop proposes and takes results until there are enough.
func (r *run) loop(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.report(nil)
	var failed error
	exhausted := false
	for {
		for failed == nil && !exhausted && ctx.Err() == nil && r.mayPropose() {
			var err error
			if exhausted, err = r.propose(ctx); err != nil {
				failed = err
				cancel()
			}
		}
		if r.running == 0 {
			break
		}
		result := <-r.done
		r.running--
		if ctx.Err() != nil && result.Status == Failed {
			continue // it was cut off: it is nobody's result
		}
		if err := r.finish(result); err != nil {
			failed = both(failed, err)
			cancel()
		}
	}
	r.results = slices.DeleteFunc(r.results, func(x *Result) bool { return x.Status == "" })
	switch {
	case failed != nil:
		return failed
	case ctx.Err() != nil:
		return ctx.Err()
	case len(r.results) == 0:
		missed := r.Missed(r.least)
		switch {
		case missed != "":
			return fmt.Errorf("%w: %s", errNoCandidate, missed)
		case r.lastErr != nil:
			return fmt.Errorf("%w, such as: %w", errNoCandidate, r.lastErr)
		}
		return errNoCandidate
	}
	return nil
}

// maxCounted bounds the points that are counted to say how many candidates there will be.
const maxCounted = 20_000

// atMost is how many candidates there will be: as many as are asked for or, without a number, as many as the points
// that hold the scaling's constraints. Limits and constraints of the network make them fewer. It is 0 where nobody
// knows.
func (r *run) atMost() int {
	if r.Count > 0 || r.Space.Size() > maxCounted || r.Report == nil {
		return r.Count
	}
	n := 0
	r.Space.Each(func(point []int) bool {
		if r.space.Plausible(point) {
			n++
		}
		return true
	})
	return n
}

// both is the first of two errors, with the results of both that could not be stored.
func both(first, second error) error {
	var lost, more *StoreError
	switch {
	case first == nil:
		return second
	case errors.As(first, &lost) && errors.As(second, &more):
		lost.Results = append(lost.Results, more.Results...)
	}
	return first
}

// historyOf is how many results a candidate is proposed by. With a lookahead of 4, candidate 10 is by those of 0 to 6:
// up to four candidates are under way at a time. A method that does not learn waits for nothing.
func (r *run) historyOf(number int) int {
	if !r.method.Learns() && r.Halving == nil {
		return 0
	}
	return max(0, number-r.Lookahead+1)
}

func (r *run) mayPropose() bool {
	n := len(r.results)
	return (r.Count == 0 || n < r.Count) && r.running < r.Jobs && len(r.history) >= r.historyOf(n)
}

// finish takes a result: stores it, and tells those that wait for it.
func (r *run) finish(result *Result) error {
	r.results[result.Number] = result
	for len(r.history) < len(r.results) && r.results[len(r.history)].Status != "" {
		r.history = append(r.history, r.tell(r.results[len(r.history)]))
	}
	r.count(result)
	var err error
	if !result.Reused {
		r.fresh++
		if r.Store != nil {
			if err = r.Store.Add(result); err != nil {
				err = &StoreError{r.Store.Path(), []*Result{result}, err}
			}
		}
	}
	r.report(result)
	for _, twin := range r.twins[result.Number] {
		copyResult(twin, result)
		if more := r.finish(twin); more != nil {
			err = both(err, more)
		}
	}
	delete(r.twins, result.Number)
	if err == nil {
		err = r.hopeless()
	}
	return err
}

// StoreError says that results could not be stored. It holds them.
type StoreError struct {
	Path    string
	Results []*Result
	Err     error
}

func (e *StoreError) Error() string { return fmt.Sprintf("%s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *StoreError) Unwrap() error { return e.Err }

// hopeless is an error when all of the first candidates have failed: what fails so often fails always.
func (r *run) hopeless() error {
	failed := 0
	for _, result := range r.results {
		switch result.Status {
		case Done, Stopped:
			return nil
		case Failed:
			if result.Like == nil {
				failed++
			}
		}
	}
	if failed < maxFirstFailures {
		return nil
	}
	last := ""
	for _, result := range r.results {
		if result.Status == Failed {
			last = result.Error
		}
	}
	return fmt.Errorf("the first %d candidates that were scored have all failed; the last: %s", failed, last)
}

// tell makes what a method is told of a result.
func (r *run) tell(result *Result) method.Told {
	told := method.Told{Point: result.Point}
	if result.Status == Done || result.Status == Stopped {
		told.Values = r.Objective.Values(result)
	}
	return told
}

// count adds a result to how far the search has come.
func (r *run) count(result *Result) {
	p := &r.progress
	p.Known++
	switch result.Status {
	case Failed:
		p.Failed++
	case Over:
		p.Over++
	case Stopped:
		p.Stopped++
	case Done:
		p.Best = r.Objective.Best(append(slices.Clone(p.Best), result))
	}
}

func (r *run) report(last *Result) {
	if r.Report == nil {
		return
	}
	p := r.progress
	p.Last, p.Total, p.Running = last, r.total, r.running
	if p.Total > 0 && r.fresh > 0 {
		p.Left = time.Since(r.begun) / time.Duration(r.fresh) * time.Duration(p.Total-p.Known)
	}
	r.Report(p)
}
