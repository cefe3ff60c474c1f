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

// exp returns the exponential of x between −87 and 87, or NaN for NaN. It splits x into n·ln 2 + r with |r| ≤ ln 2 / 2,
// takes the polynomial of r that the Cephes library uses for single precision and scales it by 2ⁿ.
func exp(x float32) float32 {
	const (
		log2e   = 1.44269504088896341
		ln2High = 0.693359375
		ln2Low  = -2.12194440e-4
		round   = 3 << 22 // adding it rounds a small float32 to an integer, kept in the low bits
	)
	shifted := float32(x*log2e) + round
	n := shifted - round
	r := x - n*ln2High - n*ln2Low
	p := float32(1.9875691500e-4)
	p = p*r + 1.3981999507e-3
	p = p*r + 8.3334519073e-3
	p = p*r + 4.1665795894e-2
	p = p*r + 1.6666665459e-1
	p = p*r + 5.0000001201e-1
	p = p*r*r + r + 1
	return p * math.Float32frombits((math.Float32bits(shifted)+127)<<23)
}

// geluOf returns x·Φ(x), Φ the normal distribution.
func geluOf(x float32) float32 {
	if x < -15 { // less than 1e-49
		return 0
	}
	return float32(0.5 * float64(x) * math.Erfc(-float64(x)/math.Sqrt2))
}
