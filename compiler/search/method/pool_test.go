package method

import (
	"math"
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

// TestFitted: up to 150 results are all fitted to; of more, the 75 best and the 75 latest, which come first.
func TestFitted(t *testing.T) {
	for n, want := range map[int]int{1: 1, 150: 150, 151: 150, 400: 150} {
		var results []result
		for i := range n {
			results = append(results, result{[]int{i}, float64(i)})
		}
		got := fitted(results)
		if len(got) != want {
			t.Fatalf("of %d results %d are fitted to", n, len(got))
		}
		for i, r := range got {
			place := i // of those that are not too many
			if n > 150 {
				if place = n - 1 - i; i >= 75 {
					place = i - 75
				}
			}
			if r.point[0] != place {
				t.Errorf("of %d results, number %d is %d, want %d", n, i, r.point[0], place)
			}
		}
	}
}

// TestScalar makes one value of several by hand: the least of weighted values between 0 and 1, and 0.05 of their sum.
func TestScalar(t *testing.T) {
	told := func(values ...float64) Told { return Told{Values: values} }
	for _, tt := range []struct {
		told    []Told
		weights []float64
		want    []float64
	}{
		{[]Told{told(7), told(-3)}, []float64{0.25}, []float64{7, -3}},
		{[]Told{told(10, -4), told(20, -8), told(15, -7)}, []float64{1, 2},
			[]float64{0 + 0.05*2, 0 + 0.05*1, 0.5 + 0.05*1}},
		{[]Told{told(10, 5), told(30, 5)}, []float64{4, 3}, []float64{0 + 0.05*3, 3 + 0.05*7}}, // one does not vary
	} {
		for i, r := range scalar(tt.told, tt.weights) {
			if !(math.Abs(r.value-tt.want[i]) < 1e-12) {
				t.Errorf("%v by %v: number %d is %g, want %g", tt.told, tt.weights, i, r.value, tt.want[i])
			}
		}
	}
}

// TestFirst: without results that a process can be fitted to, candidates are random: twice as many as dimensions, from
// 5 to 20, or as many as are asked for.
func TestFirst(t *testing.T) {
	for _, tt := range []struct{ dimensions, first, want int }{
		{1, 0, 5}, {2, 0, 5}, {3, 0, 6}, {9, 0, 18}, {15, 0, 20}, {3, 2, 2}, {3, 8, 8}, {3, -1, 6},
	} {
		s := lattice(tt.dimensions, 9)
		for _, n := range []int{tt.want - 1, tt.want} {
			// The model asks for weights before it draws points, so that what it proposes is another point.
			asked := func() Asked {
				a := Asked{Rand: rand.New(rand.NewPCG(1, 2)),
					Seen: func(point []int) bool { return slices.Equal(point, s.Origin) }}
				for i := range n {
					point := slices.Repeat([]int{i % 9}, tt.dimensions)
					a.Told = append(a.Told, Told{Point: point, Values: []float64{float64(i)}})
				}
				a.Told = append(a.Told, Told{Point: s.Origin}) // it has failed
				return a
			}
			model, random := asked(), asked()
			Model{Space: s, First: tt.first}.Propose(model)
			Random{s}.Propose(random)
			if isRandom := model.Rand.Uint64() == random.Rand.Uint64(); isRandom != (n < tt.want) {
				t.Errorf("%+v: after %d results the next is random: %v", tt, n, isRandom)
			}
		}
	}
}
