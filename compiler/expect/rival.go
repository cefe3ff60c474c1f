package expect

import (
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// A network whose epsilon is wrong may agree with the original: where all variances are near 1, an epsilon of 1e-3 in
// place of 1e-5 moves the scores by less than the tolerance, which has to allow for the rounding of deep networks. The
// right epsilon is then nearer still, by far more than chance: these say how near is too near to ask, and what is far.
const (
	surelyRounding = 5e-6
	farNearer      = 10
)

// Rival looks for another epsilon that comes far nearer to the original than a network that agrees, with the result r.
// It returns none for a network that differs from the original by no more than rounding. Paddings are not tried:
// another one shows by more than the tolerance.
func (g *Golden) Rival(graph *ir.Graph, set params.Set, r Result) (Explanation, error) {
	var none Explanation
	if r.Difference <= surelyRounding {
		return none, nil
	}
	nearest := attempt{result: Result{Difference: r.Difference / farNearer}}
	for _, c := range arithmetics(graph) {
		if c.Arithmetic.Padding != "" {
			continue
		}
		// The first image tells most of them from each other; only what is near for it is computed for all.
		a := attempt{changes: []Change{c}}
		ok, err := g.attempt(eval.Run, graph, set, &a)
		if err != nil {
			return none, err
		}
		if !ok || a.result.Difference >= nearest.result.Difference {
			continue
		}
		if _, err := g.confirmed(graph, set, &a); err != nil {
			return none, err
		}
		if a.result.Difference < nearest.result.Difference {
			nearest = a
		}
	}
	return Explanation{Changes: nearest.changes, Result: nearest.result}, nil
}
