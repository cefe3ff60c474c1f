package search

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search/method"
)

// propose asks for the next candidate and begins to score it. It reports whether there is none.
func (r *run) propose(ctx context.Context) (exhausted bool, failed error) {
	n := len(r.results)
	point := r.method.Propose(method.Asked{
		Rand: rand.New(rand.NewPCG(r.Seed, uint64(n))),
		Told: slices.Clip(r.history[:r.historyOf(n)]),
		Seen: func(p []int) bool { return r.seen[method.Key(p)] },
	})
	if point == nil {
		return true, nil
	}
	key := method.Key(point)
	r.seen[key] = true
	network := r.last.network
	if r.last.key != key {
		if network, failed = r.Space.Build(point); failed != nil {
			return false, failed
		}
	}
	result := &Result{Number: n, Point: point, Values: values(r.Space, point), Network: fingerprint(network),
		Costs: map[string]float64{}}
	r.results = append(r.results, &Result{}) // its place: it is filled when it is known
	if first, twin := r.networks[result.Network]; twin {
		return false, r.twin(result, first)
	}
	r.networks[result.Network] = n
	known := r.knownAt(key, result.Network)
	if known == nil {
		known = r.known[result.Network]
	}
	if known != nil {
		maps.Copy(result.Costs, known.Costs)
	}
	if err := r.costs(result, network); err != nil {
		return false, fmt.Errorf("candidate %d, %s: %w", n, r.Space.Text(point), err)
	}
	switch over := r.over(result); {
	case over:
		result.Status = Over
	case known != nil && known.Status != Over:
		costs := result.Costs
		copyResult(result, known)
		result.Costs = costs
	}
	if result.Status != "" {
		result.Reused = known != nil && slices.Equal(known.Point, point) && known.Status == result.Status &&
			len(known.Costs) == len(result.Costs)
		return false, r.finish(result)
	}
	var thresholds []Epoch
	if r.Halving != nil {
		thresholds = r.Halving.thresholds(r.results[:r.historyOf(n)])
	}
	r.running++
	go r.score(ctx, result, network, thresholds)
	return false, nil
}

// twin gives a candidate the result of the first one of its network, which may not be known yet.
func (r *run) twin(result *Result, first int) error {
	result.Like = &first
	result.Reused = r.knownAt(method.Key(result.Point), result.Network) != nil
	if r.results[first].Status == "" {
		r.twins[first] = append(r.twins[first], result)
		return nil
	}
	copyResult(result, r.results[first])
	return r.finish(result)
}

// knownAt is what an earlier run has found at a point, unless that was another network: the baseline may be the same,
// and what the file makes of other values not.
func (r *run) knownAt(point, network string) *Result {
	if k := r.known[point]; k != nil && k.Network == network {
		return k
	}
	return nil
}

// copyResult makes a result that of another candidate of the same network.
func copyResult(to, from *Result) {
	to.Status, to.Score, to.Epochs, to.Costs, to.Error = from.Status, from.Score, from.Epochs, from.Costs, from.Error
	to.Seconds, to.Attempts = from.Seconds, from.Attempts
}

// costs computes and measures what a network takes and is not known yet.
func (r *run) costs(result *Result, n *compiler.Network) error {
	for _, c := range r.Costs {
		if _, known := result.Costs[c.Name]; known {
			continue
		}
		v, err := r.cost(c, n)
		if err != nil {
			return fmt.Errorf("its %s: %w", c.Name, err)
		}
		result.Costs[c.Name] = v
	}
	return nil
}

// over reports whether a candidate takes more than is allowed.
func (r *run) over(result *Result) bool {
	over := false
	for _, limit := range r.Within {
		over = r.exceeds(limit, result.Costs[limit.Cost]) || over
	}
	return over
}

func (r *run) cost(c Cost, n *compiler.Network) (float64, error) {
	if c.Timed && r.Exclusive {
		r.clock.Lock()
		defer r.clock.Unlock()
	}
	return c.Of(n)
}

// score scores a candidate, in a goroutine of its own.
func (r *run) score(ctx context.Context, result *Result, n *compiler.Network, thresholds []Epoch) {
	defer func() { r.done <- result }()
	began := time.Now()
	candidate := &Candidate{result.Number, result.Point, r.Space, n, result.Costs, 0}
	for result.Attempts = 1; ; result.Attempts++ {
		candidate.Attempt = result.Attempts
		r.clock.RLock()
		err := r.attempt(ctx, candidate, result, thresholds)
		r.clock.RUnlock()
		if err == nil {
			break
		}
		result.Status, result.Error = Failed, err.Error()
		if result.Attempts > r.Retries || ctx.Err() != nil {
			break
		}
	}
	result.Seconds = math.Round(time.Since(began).Seconds()*1000) / 1000
}

// attempt scores a candidate once.
func (r *run) attempt(ctx context.Context, c *Candidate, result *Result, thresholds []Epoch) error {
	result.Status, result.Error, result.Epochs = Done, "", nil
	score, err := r.Scorer.Score(ctx, c, func(e Epoch) bool {
		result.Epochs = append(result.Epochs, e)
		if hopeless(thresholds, e) {
			result.Status = Stopped
			return false
		}
		return true
	})
	if err != nil {
		return err
	}
	if err := r.Objective.check(score); err != nil {
		return err
	}
	result.Score = score
	return nil
}
