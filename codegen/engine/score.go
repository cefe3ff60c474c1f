package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Score is a class as the network sees it. It has no name of its own, so that it is the same type in every generated
// package.
type Score = struct {
	Class       int     // its number, from 0
	Label       string  // its name, if the package has names
	Value       float32 // as the network has put it out
	Probability float32 // from 0 to 1; those of all classes together are 1
}

// Top returns the n best of a network's scores, the best first, and of equal ones that of the lower number. softmaxed
// says that the scores are probabilities already; labels are the classes' names, nil where they have none. The error
// says that a score is not a number, that the best is infinite, so that there are no probabilities, or that there are
// not so many classes.
func Top(scores []float32, n int, softmaxed bool, labels []string) ([]Score, error) {
	if n < 0 || n > len(scores) {
		return nil, fmt.Errorf("the best %d of %d classes cannot be told", n, len(scores))
	}
	order := make([]int, len(scores))
	for i, s := range scores {
		if s != s {
			return nil, fmt.Errorf("the score of class %d is not a number: is the input finite?", i)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	probabilities := scores
	if !softmaxed {
		if len(order) > 0 && math.IsInf(float64(scores[order[0]]), 0) {
			return nil, fmt.Errorf("the score of class %d is infinite: is the input finite?", order[0])
		}
		probabilities = slices.Clone(scores)
		Softmax(probabilities, len(scores))
	}
	best := make([]Score, n)
	for i := range best {
		class := order[i]
		best[i] = Score{Class: class, Value: scores[class], Probability: probabilities[class]}
		if labels != nil {
			best[i].Label = labels[class]
		}
	}
	return best, nil
}

// Softmax makes probabilities of scores, of so many classes for each of several images.
func Softmax(scores []float32, classes int) {
	for ; len(scores) > 0; scores = scores[classes:] {
		one := scores[:classes]
		largest := slices.Max(one)
		var sum float64
		for i, s := range one {
			e := math.Exp(float64(s) - float64(largest))
			one[i] = float32(e)
			sum += e
		}
		for i := range one {
			one[i] = float32(float64(one[i]) / sum)
		}
	}
}
