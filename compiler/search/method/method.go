// Package method proposes the candidates of a search.
//
// What comes in are a space, whose points are a choice of one value for each dimension, and the results of earlier
// candidates; the next candidate goes out. A proposal depends on its random numbers, which are of its own number and
// seed, and on the results that it is told, and on nothing else: a search that goes on after a pause, or with another
// number of jobs, proposes the same candidates.
package method

import (
	"math/rand/v2"
)

// Space is what methods know of a space.
type Space struct {
	Sizes  []int // how many values each dimension has
	Origin []int // the baseline

	// Numbers holds for each dimension of numbers where each value lies between the smallest, 0, and the largest, 1. It
	// is nil for dimensions of other values, which have no order.
	Numbers [][]float64

	Plausible func(point []int) bool // takes microseconds; false where Valid is
	Valid     func(point []int) bool // whether there is a network at the point, within the limits
}

// Told is the result of a candidate: values that are to be large, or none for one that failed.
type Told struct {
	Point  []int
	Values []float64
}

// Asked is what a proposal may depend on.
type Asked struct {
	Rand *rand.Rand
	Told []Told // of the first candidates, in their order
	Seen func(point []int) bool
}

// Method proposes candidates, from the first to the last.
type Method interface {
	// Propose returns a valid point that has not been seen, or nil when it finds none.
	Propose(a Asked) []int
	// Learns reports whether proposals depend on results.
	Learns() bool
}

// draws is how many points are drawn at random before there seems to be none left.
const draws = 10_000

// accepts reports whether a point can be proposed.
func (s *Space) accepts(a Asked, point []int) bool {
	return !a.Seen(point) && s.Plausible(point) && s.Valid(point)
}

// draw returns a random point that can be proposed, or nil.
func (s *Space) draw(a Asked) []int {
	point := make([]int, len(s.Sizes))
	for range draws {
		s.shuffle(a.Rand, point)
		if s.accepts(a, point) {
			return point
		}
	}
	return nil
}

// shuffle makes a point a random one.
func (s *Space) shuffle(r *rand.Rand, point []int) {
	for i, n := range s.Sizes {
		point[i] = r.IntN(n)
	}
}

// mutate changes a dimension of a point. Half of the changes of numbers are to a neighbour.
func (s *Space) mutate(r *rand.Rand, point []int) {
	var several []int
	for i, n := range s.Sizes {
		if n > 1 {
			several = append(several, i)
		}
	}
	if len(several) == 0 {
		return
	}
	i := several[r.IntN(len(several))]
	n := s.Sizes[i]
	if s.Numbers[i] != nil && r.IntN(2) == 0 {
		step := 2*r.IntN(2) - 1
		if point[i]+step < 0 || point[i]+step >= n {
			step = -step
		}
		point[i] += step
		return
	}
	point[i] = (point[i] + 1 + r.IntN(n-1)) % n
}

// Grid proposes every valid point, the last dimension fastest.
type Grid struct {
	Space *Space
	next  []int // nil at the beginning
}

// Learns implements Method.
func (g *Grid) Learns() bool { return false }

// Propose implements Method.
func (g *Grid) Propose(a Asked) []int {
	for g.advance() {
		if g.Space.accepts(a, g.next) {
			return append([]int{}, g.next...)
		}
	}
	return nil
}

// advance goes to the next point and reports whether there is one.
func (g *Grid) advance() bool {
	if g.next == nil {
		g.next = make([]int, len(g.Space.Sizes))
		return true
	}
	for i := len(g.next) - 1; i >= 0; i-- {
		if g.next[i]++; g.next[i] < g.Space.Sizes[i] {
			return true
		}
		g.next[i] = 0
	}
	for i, n := range g.Space.Sizes { // it stays at the end
		g.next[i] = n - 1
	}
	return false
}

// Random proposes the baseline, and then points at random.
type Random struct{ Space *Space }

// Learns implements Method.
func (m Random) Learns() bool { return false }

// Propose implements Method.
func (m Random) Propose(a Asked) []int {
	if m.Space.accepts(a, m.Space.Origin) {
		return append([]int{}, m.Space.Origin...)
	}
	return m.Space.draw(a)
}
