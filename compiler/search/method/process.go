package method

import (
	"math"
)

// process is a Gaussian process with a Matérn kernel of smoothness 5/2, a length for each coordinate and noise, fitted
// to standardised values. Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006: algorithm 2.1.
type process struct {
	xs          [][]float64
	inverse     []float64 // 1 / length of each coordinate
	noise       float64
	factor      [][]float64 // Cholesky's, of the covariance
	weights     []float64   // covariance⁻¹ · values
	mean, scale float64
}

// fit chooses lengths and noise by the likelihood of the values, one coordinate after the other.
func fit(xs [][]float64, ys []float64) *process {
	p := &process{xs: xs, noise: 1e-2, inverse: make([]float64, len(xs[0]))}
	for i := range p.inverse {
		p.inverse[i] = 1
	}
	values := p.standardise(ys)
	best := p.likelihood(values)
	try := func(parameter *float64, choices ...float64) {
		for _, c := range choices {
			before := *parameter
			if *parameter = c; c == before {
				continue
			}
			if l := p.likelihood(values); l > best {
				best = l
			} else {
				*parameter = before
			}
		}
	}
	const sweeps = 2
	for range sweeps {
		for i := range p.inverse {
			try(&p.inverse[i], 0.02, 0.3, 0.6, 1, 2, 4, 8)
		}
		try(&p.noise, 1e-4, 1e-3, 1e-2, 0.1, 0.5)
	}
	p.likelihood(values) // of what was chosen last
	return p
}

// standardise returns the values with mean 0 and deviation 1.
func (p *process) standardise(ys []float64) []float64 {
	for _, y := range ys {
		p.mean += y / float64(len(ys))
	}
	for _, y := range ys {
		p.scale += (y - p.mean) * (y - p.mean) / float64(len(ys))
	}
	if p.scale = math.Sqrt(p.scale); p.scale == 0 {
		p.scale = 1
	}
	values := make([]float64, len(ys))
	for i, y := range ys {
		values[i] = (y - p.mean) / p.scale
	}
	return values
}

// covariance is that of two points.
func (p *process) covariance(x, y []float64) float64 {
	square := 0.0
	for i, s := range p.inverse {
		d := (x[i] - y[i]) * s
		square += d * d
	}
	r := math.Sqrt(5 * square)
	return (1 + r + r*r/3) * math.Exp(-r)
}

// likelihood computes factor and weights for the lengths at hand, and the logarithm of the values' likelihood, but for
// a constant.
func (p *process) likelihood(values []float64) float64 {
	n := len(p.xs)
	p.factor = make([][]float64, n)
	logDet := 0.0
	for i := range n {
		p.factor[i] = make([]float64, i+1)
		for j := range i + 1 {
			sum := p.covariance(p.xs[i], p.xs[j])
			if i == j {
				sum += p.noise + 1e-8
			}
			for k := range j {
				sum -= p.factor[i][k] * p.factor[j][k]
			}
			if i != j {
				p.factor[i][j] = sum / p.factor[j][j]
				continue
			}
			if sum <= 0 {
				return math.Inf(-1)
			}
			p.factor[i][i] = math.Sqrt(sum)
			logDet += math.Log(p.factor[i][i])
		}
	}
	half := p.forward(values)
	p.weights = make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		sum := half[i]
		for k := i + 1; k < n; k++ {
			sum -= p.factor[k][i] * p.weights[k]
		}
		p.weights[i] = sum / p.factor[i][i]
	}
	fit := 0.0
	for i, v := range values {
		fit += v * p.weights[i]
	}
	return -fit/2 - logDet
}

// forward solves factor · x = v.
func (p *process) forward(v []float64) []float64 {
	x := make([]float64, len(v))
	for i := range v {
		sum := v[i]
		for k := range i {
			sum -= p.factor[i][k] * x[k]
		}
		x[i] = sum / p.factor[i][i]
	}
	return x
}

// improvement is by how much a point is expected to be better than the best value, in standard deviations.
func (p *process) improvement(x []float64, best float64) float64 {
	k := make([]float64, len(p.xs))
	mean := 0.0
	for i, y := range p.xs {
		k[i] = p.covariance(x, y)
		mean += k[i] * p.weights[i]
	}
	variance := 1.0
	for _, v := range p.forward(k) {
		variance -= v * v
	}
	deviation := math.Sqrt(max(variance, 1e-12))
	z := (mean - (best-p.mean)/p.scale) / deviation
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return deviation * (z*math.Erfc(-z/math.Sqrt2)/2 + density)
}
