package expect

import (
	"cmp"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// What explaining may cost. A try costs the network's multiply-accumulates, and what packing its weights takes; there
// are some tries for any network.
const (
	maxMACs   = 200_000_000_000
	packing   = 40 // multiply-accumulates in whose time one parameter is packed
	minTries  = 20
	maxTries  = 600
	bestKept  = 12 // changes that are combined with others, when none gives the numbers alone
	maxChange = 3  // changes at a time
)

// Explanation is what was tried because the numbers differ.
type Explanation struct {
	Changes []Change // that together give the numbers; none when nothing does
	Result  Result   // with them, or of what came nearest
	Nearest []Change // what came nearest
	Tries   int
	More    bool // there was more to try
}

// attempt is a combination of changes and how near it came.
type attempt struct {
	changes []Change
	result  Result
}

// Explain looks for the changes that give the numbers. Each is tried alone; then those that came nearest are tried
// with each other kind, and so on: a network that is wrong in two things comes nearer when one of them is right.
//
// Tries are computed by run, for there are hundreds of them; what gives the numbers is computed once more by the
// reference interpreter.
func (g *Golden) Explain(graph *ir.Graph, set params.Set, run Runner) (Explanation, error) {
	e := Explanation{Result: Result{Difference: math.Inf(1)}}
	all := changes(graph, set, g.Images[0])
	budget := tries(graph)
	kept := []attempt{{}}
	tried := map[string]bool{}
	for length := range maxChange {
		var made []attempt
		for _, base := range kept {
			for _, c := range all {
				if c.Kind == OfLayer && length > 0 {
					continue
				}
				a, new := base.and(c, tried)
				if !new {
					continue
				}
				if e.Tries == budget {
					e.More = true
					return e, nil
				}
				ok, err := g.attempt(run, graph, set, &a)
				if err != nil {
					return e, err
				}
				if !ok {
					continue
				}
				e.Tries++
				if a.result.Difference < e.Result.Difference {
					e.Result, e.Nearest = a.result, a.changes
				}
				if a.result.Agrees() {
					if done, err := g.confirmed(graph, set, &a); err != nil || done {
						e.Changes, e.Result = a.changes, a.result
						return e, err
					}
				}
				made = append(made, a)
			}
		}
		slices.SortStableFunc(made, func(a, b attempt) int {
			return cmp.Compare(a.result.Difference, b.result.Difference)
		})
		made = slices.DeleteFunc(made, func(a attempt) bool { return a.changes[0].Kind == OfLayer })
		kept = made[:min(len(made), bestKept)]
	}
	return e, nil
}

// and adds a change of another kind. It reports false when there is one of its kind, or the combination has been tried.
func (a attempt) and(c Change, tried map[string]bool) (attempt, bool) {
	if slices.ContainsFunc(a.changes, func(b Change) bool { return b.Kind == c.Kind }) {
		return a, false
	}
	longer := attempt{changes: append(slices.Clone(a.changes), c)}
	slices.SortFunc(longer.changes, func(a, b Change) int { return cmp.Compare(a.Kind, b.Kind) })
	key := ""
	for _, c := range longer.changes {
		key += c.What + "\n"
	}
	if tried[key] {
		return a, false
	}
	tried[key] = true
	return longer, true
}

// tries returns how many combinations of changes may be tried.
func tries(graph *ir.Graph) int {
	cost := graph.MACs() + packing*graph.ParamCount()
	return min(maxTries, max(minTries, int(maxMACs/max(cost, 1))))
}

// attempt computes the first image with some changes. It reports false when they cannot be made.
func (g *Golden) attempt(run Runner, graph *ir.Graph, set params.Set, a *attempt) (ok bool, err error) {
	return g.with(run, graph, set, a, 1)
}

// confirmed computes all images with changes that give the numbers of the first.
func (g *Golden) confirmed(graph *ir.Graph, set params.Set, a *attempt) (bool, error) {
	if _, err := g.with(eval.Run, graph, set, a, len(g.Images)); err != nil {
		return false, err
	}
	return a.result.Agrees(), nil
}

func (g *Golden) with(run Runner, graph *ir.Graph, set params.Set, a *attempt, images int) (ok bool, err error) {
	t := trial{graph, set, g.Images}
	for _, c := range a.changes {
		if t, ok = c.trial(t); !ok {
			return false, nil
		}
	}
	other := *g
	other.Images = t.images
	a.result, err = other.check(run, t.graph, t.set, images)
	if math.IsNaN(a.result.Difference) {
		a.result.Difference = math.Inf(1)
	}
	return true, err
}
