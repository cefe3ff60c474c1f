package method

import (
	"math"
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

// TestStandardise holds values to mean 0 and deviation 1, and back.
func TestStandardise(t *testing.T) {
	p := process{}
	values := p.standardise([]float64{1, 2, 3, 6})
	if want := math.Sqrt(3.5); p.mean != 3 || p.scale != want || values[3] != 3/want || values[0] != -2/want {
		t.Errorf("%v, mean %g, scale %g", values, p.mean, p.scale)
	}
}
