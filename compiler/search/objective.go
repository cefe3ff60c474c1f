package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/search/method"
)

// Objective says which of two results is the better one.
type Objective struct {
	Near  []Near   // the score is multiplied by (cost / value)^exponent of each
	Score string   // what scores are, for people; "" is the score of a command
	Least bool     // the score is to be small
	Front []string // costs that are to be small, beside the score: there is no best then, but a front
}

// Near is a target that a cost may miss: MnasNet's soft constraint, arXiv:1807.11626, equation 2.
type Near struct {
	Quantity
	Exponent float64 // MnasNet's is -0.07
}

// MnasExponent makes up for a loss of 5% of the score by half of the cost.
const MnasExponent = -0.07

// Values are what is to be large of a result: the score, and each cost of the front, negative. A score that is to be
// small is negative, too.
func (o Objective) Values(r *Result) []float64 {
	v := r.Score
	if o.Least {
		v = -v
	}
	for _, n := range o.Near {
		v *= math.Pow(r.Costs[n.Cost]/n.Value, n.Exponent)
	}
	all := []float64{v}
	for _, c := range o.Front {
		all = append(all, -r.Costs[c])
	}
	return all
}

// check says why a score cannot be one of this objective.
func (o Objective) check(score float64) error {
	if len(o.Near) > 0 && score <= 0 {
		return fmt.Errorf("the score %g is not above 0, which a score that is multiplied by a cost has to be", score)
	}
	return nil
}

// String writes the objective for people.
func (o Objective) String() string {
	text := "the " + cmp.Or(o.Score, "score")
	for _, n := range o.Near {
		text += fmt.Sprintf(" × (%s / %.4g)^%g", n.Cost, n.Value, n.Exponent)
	}
	if len(o.Front) > 0 {
		return "the front of " + text + " and " + strings.Join(o.Front, ", ")
	}
	return text
}

// Best lists the best of the results that are done, the first of equals first. Of a front it lists all that no other
// dominates, from the largest score.
func (o Objective) Best(results []*Result) []*Result {
	var best []*Result
	for _, r := range results {
		if r == nil || r.Status != Done {
			continue
		}
		v := o.Values(r)
		dominated := slices.ContainsFunc(best, func(b *Result) bool {
			w := o.Values(b)
			return method.Dominates(w, v) || slices.Equal(w, v)
		})
		if dominated {
			continue
		}
		best = slices.DeleteFunc(best, func(b *Result) bool { return method.Dominates(v, o.Values(b)) })
		best = append(best, r)
	}
	slices.SortStableFunc(best, func(a, b *Result) int {
		switch v, w := o.Values(a)[0], o.Values(b)[0]; {
		case v > w:
			return -1
		case v < w:
			return 1
		}
		return a.Number - b.Number
	})
	return best
}

// Ties lists the results that are as good as the best, the best among them: where a score does not tell candidates
// apart.
func (o Objective) Ties(results []*Result) []*Result {
	best := o.Best(results)
	if len(best) != 1 {
		return best
	}
	var ties []*Result
	for _, r := range results {
		if r != nil && r.Status == Done && slices.Equal(o.Values(r), o.Values(best[0])) {
			ties = append(ties, r)
		}
	}
	return ties
}
