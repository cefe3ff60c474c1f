package method

import "slices"

// Evolution is regularised evolution, arXiv:1802.01548: a population of the latest candidates, whose oldest dies with
// each new one. A new one is a mutation of the best of a random sample. The population begins at random.
//
// Where there are several values to be large, the better of two is that which fewer of the population dominate: are at
// least as good in all values, and better in one.
type Evolution struct {
	Space      *Space
	Population int // 0: 20
	Sample     int // 0: a quarter of the population
}

// Learns implements Method.
func (m Evolution) Learns() bool { return true }

// defaultPopulation is less than the paper's 100, which is for searches of 20,000 candidates.
const defaultPopulation = 20

// Propose implements Method.
func (m Evolution) Propose(a Asked) []int {
	size := m.Population
	if size <= 0 {
		size = defaultPopulation
	}
	population := latest(a.Told, size)
	if len(population) < size {
		return Random{m.Space}.Propose(a)
	}
	sample := m.Sample
	if sample <= 0 {
		sample = max(2, size/4)
	}
	best, fewest := Told{}, len(population)+1
	for range sample {
		t := population[a.Rand.IntN(len(population))]
		if n := dominating(population, t); n < fewest {
			best, fewest = t, n
		}
	}
	return m.Space.near(a, best.Point)
}

// near returns a mutation of a point: of one dimension, or of several where all such have been seen.
func (s *Space) near(a Asked, point []int) []int {
	const tries = 50 // for each number of mutations
	for mutations := 1; mutations <= len(point)+1; mutations++ {
		for range tries {
			p := slices.Clone(point)
			for range mutations {
				s.mutate(a.Rand, p)
			}
			if s.accepts(a, p) {
				return p
			}
		}
	}
	return s.draw(a)
}

// latest returns the last n results that have values.
func latest(told []Told, n int) []Told {
	var found []Told
	for i := len(told) - 1; i >= 0 && len(found) < n; i-- {
		if len(told[i].Values) > 0 {
			found = append(found, told[i])
		}
	}
	return found
}

// dominating counts those that are better than t. Of single values these are the larger ones.
func dominating(population []Told, t Told) int {
	n := 0
	for _, other := range population {
		if Dominates(other.Values, t.Values) {
			n++
		}
	}
	return n
}

// Dominates reports whether values are at least as large as others, and one is larger.
func Dominates(values, others []float64) bool {
	larger := false
	for i, v := range values {
		if v < others[i] {
			return false
		}
		larger = larger || v > others[i]
	}
	return larger
}
