package method

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestFit holds what is chosen for the process to the largest likelihood of all that can be chosen, on one coordinate.
func TestFit(t *testing.T) {
	lengths := []float64{0.02, 0.3, 0.6, 1, 2, 4, 8} // inverse
	noises := []float64{1e-4, 1e-3, 1e-2, 0.1, 0.5}
	for name, f := range map[string]func(x float64) float64{
		"a wave":     func(x float64) float64 { return math.Sin(9 * x) },
		"quick ones": func(x float64) float64 { return math.Sin(40 * x) },
		"a line":     func(x float64) float64 { return 3*x - 1 },
		"noise":      func(x float64) float64 { return math.Mod(x*1e4, 7) },
		"a constant": func(float64) float64 { return 2 },
	} {
		var xs [][]float64
		var ys []float64
		for i := range 24 {
			xs = append(xs, []float64{float64(i) / 23})
			ys = append(ys, f(xs[i][0]))
		}
		p := fit(xs, ys)
		q := process{xs: xs, inverse: []float64{1}}
		values := q.standardise(ys)
		got, best := p.likelihood(values), math.Inf(-1)
		for _, q.inverse[0] = range lengths {
			for _, q.noise = range noises {
				best = max(best, q.likelihood(values))
			}
		}
		if got < best-1e-9 {
			t.Errorf("%s: the likelihood is %g with %g and %g, and could be %g", name, got, p.inverse[0], p.noise, best)
		}
	}
}

// TestWeights: the weights of the points, by which the mean elsewhere is computed, solve the equations that they stem
// from, each of them.
func TestWeights(t *testing.T) {
	p := process{xs: [][]float64{{0, 0.1}, {0.3, 0.9}, {0.5, 0.2}, {1, 1}}, inverse: []float64{2, 0.6}, noise: 0.01}
	values := []float64{-1.2, 0.4, 2, -0.7}
	p.likelihood(values)
	for i, x := range p.xs {
		sum := (p.noise + 1e-8) * p.weights[i]
		for k, y := range p.xs {
			sum += p.covariance(x, y) * p.weights[k]
		}
		if !(math.Abs(sum-values[i]) < 1e-12) {
			t.Errorf("point %d has the value %g, want %g", i, sum, values[i])
		}
	}
}

// TestImprovement holds the improvement that is expected to an integral over what a point may be worth.
func TestImprovement(t *testing.T) {
	p := process{xs: [][]float64{{0.2}}, inverse: []float64{1.5}, noise: 0.1}
	p.mean, p.scale = 70, 4
	p.likelihood([]float64{0.8})
	for _, x := range []float64{0, 0.2, 0.5, 1, 3} {
		c := p.covariance(p.xs[0], []float64{x})
		mean, deviation := c*0.8/(1+0.1+1e-8), math.Sqrt(1-c*c/(1+0.1+1e-8))
		for _, best := range []float64{66, 70, 73, 80} {
			want, step := 0.0, 1e-3
			for z := -9.0; z < 9; z += step {
				want += max(0, mean+deviation*z-(best-70)/4) * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * step
			}
			if got := p.improvement([]float64{x}, best); !(math.Abs(got-want) < 1e-5) {
				t.Errorf("at %g, behind %g: %g, want %g", x, best, got, want)
			}
		}
	}
}

// TestStandardise holds values to mean 0 and deviation 1, and back.
func TestStandardise(t *testing.T) {
	p := process{}
	values := p.standardise([]float64{1, 2, 3, 6})
	if want := math.Sqrt(3.5); p.mean != 3 || p.scale != want || values[3] != 3/want || values[0] != -2/want {
		t.Errorf("%v, mean %g, scale %g", values, p.mean, p.scale)
	}
}

// TestMutate counts what a thousand changes make of each value: always another, of one dimension that has several; half
// of those of numbers, and by chance a few more, are neighbours. At an end there is one neighbour.
func TestMutate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	numbers := make([]float64, 10)
	for _, tt := range []struct {
		numbers  []float64
		at       int
		from, to int // changes to a neighbour, of a thousand
	}{{numbers, 5, 550, 670}, {nil, 5, 170, 280}, {numbers, 0, 500, 610}, {numbers, 9, 500, 610}, {nil, 9, 60, 160}} {
		s := &Space{Sizes: []int{1, 10}, Numbers: [][]float64{nil, tt.numbers}}
		near := 0
		for range 1000 {
			point := []int{0, tt.at}
			s.mutate(r, point)
			if point[0] != 0 || point[1] == tt.at || point[1] < 0 || point[1] > 9 {
				t.Fatalf("%d became %v", tt.at, point)
			}
			if d := point[1] - tt.at; d == 1 || d == -1 {
				near++
			}
		}
		if near < tt.from || near > tt.to {
			t.Errorf("of a thousand changes of %d (numbers: %v) %d are to a neighbour", tt.at, tt.numbers != nil, near)
		}
	}
	fixed := []int{0, 0}
	(&Space{Sizes: []int{1, 1}, Numbers: [][]float64{nil, numbers}}).mutate(r, fixed)
	if fixed[0] != 0 || fixed[1] != 0 {
		t.Errorf("what has no other value became %v", fixed)
	}
}

// TestLikelihood holds the covariance of two points, and the likelihood of their values, to the formulas for two.
func TestLikelihood(t *testing.T) {
	p := &process{xs: [][]float64{{0, 3}, {2, 3}}, inverse: []float64{0.5, 8}, noise: 0.25}
	// At a distance of one length, Matérn's kernel of smoothness 5/2 is (1 + √5 + 5/3)·exp(-√5).
	c := (1 + math.Sqrt(5) + 5./3) * math.Exp(-math.Sqrt(5))
	if got := p.covariance(p.xs[0], p.xs[1]); !(math.Abs(got-c) < 1e-12) {
		t.Errorf("the covariance is %g, want %g", got, c)
	}
	if got := p.covariance(p.xs[0], p.xs[0]); got != 1 {
		t.Errorf("a point's own covariance is %g", got)
	}
	values := []float64{0.5, -2}
	got := p.likelihood(values)
	a := 1 + 0.25 + 1e-8
	det := a*a - c*c
	weights := []float64{(a*values[0] - c*values[1]) / det, (a*values[1] - c*values[0]) / det}
	want := -(values[0]*weights[0]+values[1]*weights[1])/2 - math.Log(det)/2
	if !(math.Abs(got-want) < 1e-9) || !(math.Abs(p.weights[0]-weights[0]) < 1e-9) ||
		!(math.Abs(p.weights[1]-weights[1]) < 1e-9) {
		t.Errorf("the likelihood is %g with weights %v, want %g with %v", got, p.weights, want, weights)
	}
}
