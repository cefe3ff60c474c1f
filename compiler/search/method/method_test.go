package method

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// lattice is a space of n dimensions of numbers with the given number of values each, all valid.
func lattice(n, values int) *Space {
	s := &Space{Plausible: func([]int) bool { return true }, Valid: func([]int) bool { return true }}
	for range n {
		s.Sizes = append(s.Sizes, values)
		s.Origin = append(s.Origin, 0)
		numbers := make([]float64, values)
		for i := range numbers {
			numbers[i] = float64(i) / float64(values-1)
		}
		s.Numbers = append(s.Numbers, numbers)
	}
	return s
}

// search tells a method the value of each proposal and returns all of them.
func search(m Method, seed uint64, count int, f func(point []int) []float64) []Told {
	var told []Told
	seen := map[string]bool{}
	for i := range count {
		p := m.Propose(Asked{rand.New(rand.NewPCG(seed, uint64(i))), told, func(p []int) bool { return seen[Key(p)] }})
		if p == nil {
			break
		}
		seen[Key(p)] = true
		told = append(told, Told{p, f(p)})
	}
	return told
}

func best(told []Told) float64 {
	v := math.Inf(-1)
	for _, t := range told {
		if len(t.Values) > 0 {
			v = max(v, t.Values[0])
		}
	}
	return v
}

// branin is Branin's function, negative, on a lattice: its largest value is -0.397887, at three places.
func branin(s *Space) func(point []int) []float64 {
	return func(point []int) []float64 {
		x, y := 15*s.Numbers[0][point[0]]-5, 15*s.Numbers[1][point[1]]
		a := y - 5.1/(4*math.Pi*math.Pi)*x*x + 5/math.Pi*x - 6
		return []float64{-(a*a + 10*(1-1/(8*math.Pi))*math.Cos(x) + 10)}
	}
}

// hartmann is Hartmann's function of six dimensions: its largest value is 3.32237.
func hartmann(s *Space) func(point []int) []float64 {
	alpha := []float64{1, 1.2, 3, 3.2}
	a := [][]float64{{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8},
		{17, 8, 0.05, 10, 0.1, 14}}
	p := [][]float64{{1312, 1696, 5569, 124, 8283, 5886}, {2329, 4135, 8307, 3736, 1004, 9991},
		{2348, 1451, 3522, 2883, 3047, 6650}, {4047, 8828, 8732, 5743, 1091, 381}}
	return func(point []int) []float64 {
		sum := 0.0
		for i := range alpha {
			inner := 0.0
			for j, index := range point {
				d := s.Numbers[j][index] - p[i][j]/10000
				inner += a[i][j] * d * d
			}
			sum += alpha[i] * math.Exp(-inner)
		}
		return []float64{sum}
	}
}

// average runs a method with several seeds and returns the mean of the best values.
func average(method func(*Space) Method, s *Space, count int, f func(point []int) []float64) float64 {
	const seeds = 3
	sum := 0.0
	for seed := range uint64(seeds) {
		sum += best(search(method(s), seed, count, f)) / seeds
	}
	return sum
}

// TestKnownFunctions holds the methods that learn to beating chance on functions whose largest values are known, and
// the model to coming near those.
func TestKnownFunctions(t *testing.T) {
	random := func(s *Space) Method { return Random{s} }
	model := func(s *Space) Method { return Model{Space: s} }
	evolution := func(s *Space) Method { return Evolution{Space: s} }
	plane := lattice(2, 61)
	six := lattice(6, 21)
	for _, c := range []struct {
		name  string
		space *Space
		f     func(point []int) []float64
		count int
		want  float64 // of the model
	}{
		{"Branin", plane, branin(plane), 30, -0.9},
		{"Hartmann", six, hartmann(six), 50, 2.7},
	} {
		chance := average(random, c.space, c.count, c.f)
		if got := average(model, c.space, c.count, c.f); got < c.want || got <= chance {
			t.Errorf("%s: the model finds %.3f, want %.3f; chance finds %.3f", c.name, got, c.want, chance)
		} else {
			t.Logf("%s: model %.3f, chance %.3f", c.name, got, chance)
		}
	}
	chance, got := average(random, six, 300, hartmann(six)), average(evolution, six, 300, hartmann(six))
	if got < chance+0.2 {
		t.Errorf("evolution finds %.3f, chance %.3f", got, chance)
	}
	t.Logf("evolution %.3f, chance %.3f", got, chance)
}

// TestMixed holds the model to learning of values that have no order: only one of five doubles the result.
func TestMixed(t *testing.T) {
	s := lattice(3, 11)
	s.Sizes = append(s.Sizes, 5)
	s.Origin = append(s.Origin, 0)
	s.Numbers = append(s.Numbers, nil)
	f := func(p []int) []float64 {
		v := 1 - math.Abs(s.Numbers[0][p[0]]-0.7) - math.Abs(s.Numbers[1][p[1]]-0.2) + 0.1*s.Numbers[2][p[2]]
		if p[3] == 3 {
			v *= 2
		}
		return []float64{v}
	}
	if got := average(func(s *Space) Method { return Model{Space: s} }, s, 40, f); got < 2.1 {
		t.Errorf("the model finds %.3f of 2.2", got)
	}
}

// TestGrid holds the grid to every valid point, each once, and to an end.
func TestGrid(t *testing.T) {
	s := lattice(3, 4)
	s.Sizes[1] = 1
	s.Valid = func(p []int) bool { return (p[0]+p[2])%2 == 0 }
	told := search(&Grid{Space: s}, 0, 100, func(p []int) []float64 { return []float64{0} })
	if len(told) != 8 {
		t.Fatalf("%d points, want 8", len(told))
	}
	first, last := told[0].Point, told[7].Point
	if !slices.Equal(first, []int{0, 0, 0}) || !slices.Equal(last, []int{3, 0, 3}) {
		t.Errorf("from %v to %v", first, last)
	}
	if g := (&Grid{Space: lattice(0, 2)}); len(search(g, 0, 9, func([]int) []float64 { return nil })) != 1 {
		t.Error("a space without dimensions has one point")
	}
}

// TestExhausted holds all methods to proposing each point of a small space once, the invalid ones never, and then none.
func TestExhausted(t *testing.T) {
	for name, method := range map[string]func(*Space) Method{
		"random":    func(s *Space) Method { return Random{s} },
		"evolution": func(s *Space) Method { return Evolution{Space: s, Population: 4} },
		"model":     func(s *Space) Method { return Model{Space: s, First: 3} },
	} {
		s := lattice(2, 4)
		s.Valid = func(p []int) bool { return p[0] != 2 }
		told := search(method(s), 3, 100, func(p []int) []float64 {
			if p[1] == 1 {
				return nil // failed
			}
			return []float64{float64(p[0])}
		})
		if len(told) != 12 {
			t.Errorf("%s proposes %d points, want 12", name, len(told))
		}
		if !slices.Equal(told[0].Point, s.Origin) {
			t.Errorf("%s begins with %v, not with the baseline", name, told[0].Point)
		}
	}
}

// TestFront holds methods to spreading over a front of two values that exclude each other.
func TestFront(t *testing.T) {
	s := lattice(4, 9)
	f := func(p []int) []float64 { // the front is p[1] = p[2] = p[3] = 4, with any p[0]
		far := 0.0
		for _, i := range p[1:] {
			far += math.Abs(float64(i - 4))
		}
		return []float64{float64(p[0]) - far, float64(8-p[0]) - far}
	}
	for name, method := range map[string]Method{"evolution": Evolution{Space: s}, "model": Model{Space: s}} {
		count := map[string]int{"evolution": 400, "model": 60}[name]
		on := map[int]bool{}
		for _, told := range search(method, 1, count, f) {
			if told.Point[1] == 4 && told.Point[2] == 4 && told.Point[3] == 4 {
				on[told.Point[0]] = true
			}
		}
		if len(on) < 4 {
			t.Errorf("%s finds %d of the front's 9 points", name, len(on))
		}
	}
}

// TestDominates holds the order of several values to its definition.
func TestDominates(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want bool
	}{
		{[]float64{1, 2}, []float64{1, 1}, true}, {[]float64{1, 1}, []float64{1, 1}, false},
		{[]float64{2, 0}, []float64{1, 1}, false}, {[]float64{2}, []float64{1}, true},
	} {
		if got := Dominates(c.a, c.b); got != c.want {
			t.Errorf("%v dominates %v: %v", c.a, c.b, got)
		}
	}
}
