package method

import (
	"cmp"
	"math"
	"slices"
)

// Model proposes where a Gaussian process, fitted to the results, expects the largest improvement (Jones, Schonlau and
// Welch, "Efficient Global Optimization of Expensive Black-Box Functions", 1998). It needs seconds for a proposal after
// a hundred results, and is for candidates that take minutes.
//
// Several values are made one by weights that each proposal draws anew (ParEGO, Knowles 2006), so that proposals go to
// all of the front.
type Model struct {
	Space *Space
	First int // how many candidates are random before the model begins; 0: twice the dimensions, from 5 to 20
}

// Learns implements Method.
func (m Model) Learns() bool { return true }

// mostFitted bounds the results that a process is fitted to: the best half of it, and the latest.
const mostFitted = 150

// fitted chooses of results, the latest first, those that a process is fitted to.
func fitted(results []result) []result {
	if len(results) <= mostFitted {
		return results
	}
	byValue := slices.Clone(results)
	slices.SortStableFunc(byValue, func(r, s result) int { return cmp.Compare(s.value, r.value) })
	return slices.Concat(byValue[:mostFitted/2], results[:mostFitted/2])
}

// Propose implements Method.
func (m Model) Propose(a Asked) []int {
	first := m.First
	if first <= 0 {
		first = min(max(2*len(m.Space.Sizes), 5), 20)
	}
	told := latest(a.Told, len(a.Told))
	if len(told) < first {
		return Random{m.Space}.Propose(a)
	}
	weights := make([]float64, len(told[0].Values))
	for i := range weights {
		weights[i] = a.Rand.ExpFloat64()
	}
	results := fitted(scalar(told, weights))
	xs, ys := make([][]float64, len(results)), make([]float64, len(results))
	for i, r := range results {
		xs[i], ys[i] = m.Space.coordinates(r.point), r.value
	}
	process := fit(xs, ys)
	best := slices.MaxFunc(results, func(r, s result) int { return cmp.Compare(r.value, s.value) })
	type drawn struct {
		point    []int
		expected float64
	}
	var all []drawn
	for _, p := range m.pool(a, results) {
		all = append(all, drawn{p, process.improvement(m.Space.coordinates(p), best.value)})
	}
	slices.SortStableFunc(all, func(d, e drawn) int { return cmp.Compare(e.expected, d.expected) })
	for _, d := range all {
		if m.Space.Valid(d.point) {
			return d.point
		}
	}
	return m.Space.draw(a)
}

// result is a point with one value.
type result struct {
	point []int
	value float64
}

// scalar makes one value of several, each first stretched to lie from 0 to 1: the augmented Chebyshev function.
func scalar(told []Told, weights []float64) []result {
	results := make([]result, len(told))
	if len(weights) == 1 {
		for i, t := range told {
			results[i] = result{t.Point, t.Values[0]}
		}
		return results
	}
	low, high := slices.Clone(told[0].Values), slices.Clone(told[0].Values)
	for _, t := range told {
		for j, v := range t.Values {
			low[j], high[j] = min(low[j], v), max(high[j], v)
		}
	}
	for i, t := range told {
		least, sum := math.Inf(1), 0.0
		for j, v := range t.Values {
			w := weights[j]
			if high[j] > low[j] {
				w *= (v - low[j]) / (high[j] - low[j])
			}
			least, sum = min(least, w), sum+w
		}
		const augmented = 0.05
		results[i] = result{t.Point, least + augmented*sum}
	}
	return results
}

// pool draws the points among which the model chooses: at random, and near the best results.
func (m Model) pool(a Asked, results []result) [][]int {
	const random, parents, children = 1000, 8, 60
	taken := map[string]bool{}
	var pool [][]int
	add := func(p []int) {
		key := Key(p)
		if !taken[key] && !a.Seen(p) && m.Space.Plausible(p) {
			taken[key] = true
			pool = append(pool, slices.Clone(p))
		}
	}
	point := make([]int, len(m.Space.Sizes))
	for range random {
		m.Space.shuffle(a.Rand, point)
		add(point)
	}
	best := slices.Clone(results)
	slices.SortStableFunc(best, func(r, s result) int { return cmp.Compare(s.value, r.value) })
	for _, r := range best[:min(parents, len(best))] {
		for child := range children {
			copy(point, r.point)
			for range 1 + child%3 {
				m.Space.mutate(a.Rand, point)
			}
			add(point)
		}
	}
	return pool
}

// Key is a point as a key of maps.
func Key(point []int) string {
	key := make([]byte, 0, 2*len(point))
	for _, i := range point {
		key = append(key, byte(i>>8), byte(i))
	}
	return string(key)
}

// coordinates places a point where distances mean something: numbers between 0 and 1, and any two other values of a
// dimension at a distance of 1.
func (s *Space) coordinates(point []int) []float64 {
	var x []float64
	for i, index := range point {
		if s.Numbers[i] != nil {
			x = append(x, s.Numbers[i][index])
			continue
		}
		for j := range s.Sizes[i] {
			v := 0.0
			if j == index {
				v = math.Sqrt2 / 2
			}
			x = append(x, v)
		}
	}
	return x
}
