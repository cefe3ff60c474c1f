package method

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPool: among the points to choose from are many near the best results, whatever their order, and none that have
// been seen.
func TestPool(t *testing.T) {
	s := &Space{Sizes: slices.Repeat([]int{50}, 12), Numbers: make([][]float64, 12),
		Plausible: func([]int) bool { return true }}
	r := rand.New(rand.NewPCG(1, 2))
	var results []result
	for i := range 30 {
		point := make([]int, 12)
		s.shuffle(r, point)
		results = append(results, result{point, float64(i * 7 % 30)})
	}
	seen := func(point []int) bool {
		return slices.ContainsFunc(results, func(r result) bool { return slices.Equal(r.point, point) })
	}
	near := map[float64]int{}
	pool := Model{Space: s}.pool(Asked{Rand: r, Seen: seen}, results)
	for _, p := range pool {
		if seen(p) {
			t.Fatalf("%v has been seen", p)
		}
		for _, r := range results {
			differing := 0
			for i := range p {
				if p[i] != r.point[i] {
					differing++
				}
			}
			if differing <= 3 {
				near[r.value]++
			}
		}
	}
	for _, r := range results {
		if best := r.value >= 22; best != (near[r.value] >= 50) || !best && near[r.value] > 5 {
			t.Errorf("%d of %d points are near the result of %g", near[r.value], len(pool), r.value)
		}
	}
}
