package search

import (
	"fmt"
	"math"
	"slices"
)

// Halving stops candidates that fall behind: asynchronous successive halving, Li and others, arXiv:1810.05934. At
// the epochs first, first·η, first·η² and so on, a candidate goes on when it is among the best 1/η of those
// before it.
//
// Which those are is decided when the candidate begins: all whose results it may depend on. So which candidates are
// stopped does not depend on how many run at a time.
type Halving struct {
	Rungs []int // the epochs
	Eta   int   // 1 of Eta goes on
}

// NewHalving reads FIRST:LAST, or FIRST:LAST:ETA; eta is 3 otherwise.
func NewHalving(first, last, eta int) (*Halving, error) {
	if first < 1 || last < first || eta < 2 {
		return nil, fmt.Errorf(
			"early stopping needs a first epoch from 1 on, a last one not before it, and a part of 1/2 or less")
	}
	h := &Halving{Eta: eta}
	for e := first; e <= last; e *= eta {
		h.Rungs = append(h.Rungs, e)
		if e > math.MaxInt/eta {
			break
		}
	}
	return h, nil
}

// thresholds are the scores that a candidate must have at each rung, where enough others have been there.
func (h *Halving) thresholds(results []*Result) []Epoch {
	var all []Epoch
	for _, rung := range h.Rungs {
		var scores []float64
		for _, r := range results {
			if s, ok := r.at(rung); ok {
				scores = append(scores, s)
			}
		}
		if len(scores) < h.Eta {
			continue
		}
		slices.Sort(scores)
		all = append(all, Epoch{rung, scores[len(scores)-max(1, len(scores)/h.Eta)]})
	}
	return all
}

// at is the score of a result at an epoch.
func (r *Result) at(epoch int) (float64, bool) {
	for _, e := range r.Epochs {
		if e.Epoch == epoch {
			return e.Score, true
		}
	}
	return 0, false
}

// hopeless reports whether a score is below the threshold of its epoch.
func hopeless(thresholds []Epoch, e Epoch) bool {
	for _, t := range thresholds {
		if t.Epoch == e.Epoch && e.Score < t.Score {
			return true
		}
	}
	return false
}
