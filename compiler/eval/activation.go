package eval

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
)

// functions says what each activation function is, given its settings.
var functions = map[ir.Function]func(a ir.Activation, x float64) float64{
	ir.ReLU:      func(_ ir.Activation, x float64) float64 { return clamp(x, 0, math.Inf(1)) },
	ir.ReLU6:     func(_ ir.Activation, x float64) float64 { return clamp(x, 0, 6) },
	ir.LeakyReLU: func(a ir.Activation, x float64) float64 { return below(x, a.Slope*x) },
	ir.ELU:       func(a ir.Activation, x float64) float64 { return below(x, a.Alpha*math.Expm1(x)) },
	ir.HardTanh:  func(a ir.Activation, x float64) float64 { return clamp(x, a.Min, a.Max) },
	ir.SiLU:      func(_ ir.Activation, x float64) float64 { return x / (1 + math.Exp(-x)) },
	ir.Sigmoid:   func(_ ir.Activation, x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	ir.HardSwish: func(a ir.Activation, x float64) float64 {
		return x * clamp(a.Slope*x+a.Offset, 0, 1)
	},
	ir.HardSigmoid: func(a ir.Activation, x float64) float64 { return clamp(a.Slope*x+a.Offset, 0, 1) },
	ir.Tanh:        func(_ ir.Activation, x float64) float64 { return math.Tanh(x) },
	ir.GELU:        func(_ ir.Activation, x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 },
	ir.Mish:        func(_ ir.Activation, x float64) float64 { return x * math.Tanh(softplus(x)) },
	ir.Softplus:    func(_ ir.Activation, x float64) float64 { return softplus(x) },
}

// activate applies an activation function to every element; y may be x.
func activate(a ir.Activation, x, y []float32) {
	f, ok := functions[a.Function]
	if !ok {
		panic("eval: no meaning for the activation " + string(a.Function))
	}
	for i, v := range x {
		y[i] = float32(f(a, float64(v)))
	}
}

// prelu multiplies what is below zero by the slope of its channel, or by the one that all share.
func prelu(e *evaluation, _ ir.PReLU) {
	slopes := e.param(ir.Slope)
	size := e.from.Elements() / len(slopes)
	for i, v := range e.in[0] {
		e.out[i] = float32(below(float64(v), float64(slopes[i/size])*float64(v)))
	}
}

// below returns what a function is below zero, and x elsewhere.
func below(x, otherwise float64) float64 {
	if x < 0 {
		return otherwise
	}
	return x
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// clamp lets NaN through, as every framework does.
func clamp(x, low, high float64) float64 {
	if x < low {
		return low
	}
	if x > high {
		return high
	}
	return x
}
