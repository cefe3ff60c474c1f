package kernel

import "math"

// Function is an activation function, elementwise.
type Function uint8

// The functions.
const (
	Identity Function = iota
	Relu
	Relu6
	Silu
	Sigmoid
	HardSwish
	HardSigmoid
	Tanh
	Gelu
)

// functionNames are what people call the functions, by their numbers.
var functionNames = [...]string{"", "ReLU", "ReLU6", "SiLU", "Sigmoid", "HardSwish", "HardSigmoid", "Tanh", "GELU"}

// String returns what people call the function; nothing for the identity.
func (f Function) String() string { return functionNames[f] }

// then returns text that goes on after a description: with the function, unless it changes nothing.
func (f Function) then() string {
	if f == Identity {
		return ""
	}
	return ", " + f.String()
}

// apply replaces every element of x by the function of it.
func (has Features) apply(x []float32, f Function) {
	whole := len(x) / lanes
	address := has.functionAddress(f)
	if address == 0 || whole == 0 {
		applyPortable(x, f)
		return
	}
	has.applyPixels(&x[0], address, whole)
	applyPortable(x[whole*lanes:], f)
}

// applyPortable replaces every element of x by the function of it. NaN stays NaN; at ±Inf the functions have their
// limits.
func applyPortable(x []float32, f Function) {
	switch f {
	case Relu:
		for i, v := range x {
			x[i] = max(v, 0)
		}
	case Relu6:
		for i, v := range x {
			x[i] = min(max(v, 0), 6)
		}
	case Silu:
		for i, v := range x {
			x[i] = siluOf(v)
		}
	case Sigmoid:
		for i, v := range x {
			x[i] = sigmoidOf(v)
		}
	case HardSwish:
		for i, v := range x {
			if v > -3 { // so that −Inf does not meet the zero
				x[i] = v * (min(v+3, 6) * (1.0 / 6))
			} else if v <= -3 {
				x[i] = 0
			}
		}
	case HardSigmoid:
		for i, v := range x {
			x[i] = min(max(v*(1.0/6)+0.5, 0), 1)
		}
	case Tanh:
		for i, v := range x {
			x[i] = float32(math.Tanh(float64(v)))
		}
	case Gelu:
		for i, v := range x {
			x[i] = geluOf(v)
		}
	}
}

// beyond is where exp(−x) stops mattering to 1 + exp(−x) above, and where the sigmoid is next to nothing below.
const beyond = 87

// siluOf returns x·sigmoid(x), flushed to zero below −87, where it is smaller than 1e-35.
func siluOf(x float32) float32 {
	switch {
	case x > beyond:
		return x
	case x < -beyond:
		return 0
	}
	return x / (1 + exp(-x))
}

// sigmoidOf returns 1/(1 + exp(−x)), flushed to zero below −87.
func sigmoidOf(x float32) float32 {
	switch {
	case x > beyond:
		return 1
	case x < -beyond:
		return 0
	}
	return 1 / (1 + exp(-x))
}

// exp returns the exponential of x between −87 and 87, or NaN for NaN: 2ⁿ·2ʳ, n being the whole number next to
// x·log₂ e and r what is left. The polynomial of r is 2ʳ with a relative error of at most 1.1e-7 (minimax, fitted
// by Lawson's iteration).
func exp(x float32) float32 {
	const (
		log2e = 1.44269504088896341
		round = 3 << 22 // adding it rounds a small float32 to an integer, kept in the low bits
	)
	x = float32(x * log2e)
	shifted := x + round
	r := x - (shifted - round)
	p := float32(0.0013264727)
	p = p*r + 0.009671513
	p = p*r + 0.055507336
	p = p*r + 0.24022242
	p = p*r + 0.693147
	p = p*r + 1
	return p * math.Float32frombits((math.Float32bits(shifted)+127)<<23)
}

// geluOf returns x·Φ(x), Φ the normal distribution.
func geluOf(x float32) float32 {
	if x < -15 { // less than 1e-49
		return 0
	}
	return float32(0.5 * float64(x) * math.Erfc(-float64(x)/math.Sqrt2))
}
