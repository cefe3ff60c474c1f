package kernel

import (
	"fmt"
	"math"
)

// Function is an activation function with its settings, elementwise. The zero Function is the identity.
type Function struct {
	Kind Kind
	A, B float32 // the settings, as the table of functions says; zero where there are none
}

// Kind is which function.
type Kind uint8

// The functions.
const (
	Identity Kind = iota
	Relu
	Relu6
	Silu
	Sigmoid
	HardSwish
	HardSigmoid
	Tanh
	Gelu
	LeakyRelu
	HardTanh
	Elu
	Mish
	Softplus
	kindCount // how many there are
)

// functions is the table of functions. What has no routine in an instruction set is computed in portable Go, after the
// sums. NaN stays NaN; at ±Inf the functions have their limits.
var functions = [kindCount]struct {
	name     string // what people call it
	settings int

	of        func(x float32) float32       // the function
	all       func(f Function, x []float32) // or what replaces every element of x by it
	registers func(f Function) [3]float32   // what routines read, unless that is the settings
}{
	Identity: {},
	Relu:     {name: "ReLU", all: eachRelu},
	Relu6:    {name: "ReLU6", all: eachRelu6},
	Silu:     {name: "SiLU", of: siluOf},
	Sigmoid:  {name: "Sigmoid", of: sigmoidOf},
	HardSwish: { // x·HardSigmoid(x)
		name: "HardSwish", settings: 2, all: eachHardSwish, registers: hardSwishRegisters,
	},
	HardSigmoid: {name: "HardSigmoid", settings: 2, all: eachHardSigmoid}, // A·x + B between 0 and 1
	Tanh:        {name: "Tanh", of: tanhOf},
	Gelu:        {name: "GELU", of: geluOf},
	LeakyRelu:   {name: "LeakyReLU", settings: 1, all: eachLeakyRelu}, // x, or A·x below zero
	HardTanh:    {name: "HardTanh", settings: 2, all: eachHardTanh},   // clamp(x, A, B)
	Elu:         {name: "ELU", settings: 1, all: eachElu},             // x, or A·(exp(x) − 1) below zero
	Mish:        {name: "Mish", of: mishOf},
	Softplus:    {name: "Softplus", of: softplusOf},
}

// Settings returns how many settings a function has: A, or A and B.
func (k Kind) Settings() int { return functions[k].settings }

// Kinds lists the functions, but the identity.
func Kinds() []Kind {
	var all []Kind
	for k := Identity + 1; k < kindCount; k++ {
		all = append(all, k)
	}
	return all
}

// String returns what people call the function; nothing for the identity.
func (k Kind) String() string { return functions[k].name }

// usual are the settings that HardSwish and HardSigmoid mostly have; nobody need be told.
const (
	usualSlope  = float32(1.0 / 6)
	usualOffset = 0.5
)

// String returns what people call the function, with settings where they are not the usual ones: "LeakyReLU(0.1)".
func (f Function) String() string {
	switch {
	case f.Kind.Settings() == 0 || f.Kind <= HardSigmoid && f.A == usualSlope && f.B == usualOffset:
		return f.Kind.String()
	case f.Kind.Settings() == 1:
		return fmt.Sprintf("%s(%g)", f.Kind, f.A)
	}
	return fmt.Sprintf("%s(%g, %g)", f.Kind, f.A, f.B)
}

// then returns text that goes on after a description: with the function, unless it changes nothing.
func (f Function) then() string {
	if f.Kind == Identity {
		return ""
	}
	return ", " + f.String()
}

// activation is a function that is bound to the processor: what its routine is given.
type activation struct {
	routine   uintptr // its address; 0 where there is none
	registers [3]float32

	of     Function
	has    Features
	floats *activation // of float16: the function of float32
}

// bind binds a function. The identity is nil.
func (has Features) bind(f Function) *activation {
	if f.Kind == Identity {
		return nil
	}
	a := &activation{routine: has.functionAddress(f.Kind), registers: [3]float32{f.A, f.B}, of: f, has: has}
	if registers := functions[f.Kind].registers; registers != nil {
		a.registers = registers(f)
	}
	return a
}

// routines returns what assembly is given: the activation, or nil where it has no routine.
func (a *activation) routines() *activation {
	if a == nil || a.routine == 0 {
		return nil
	}
	return a
}

// isLeft reports whether the function remains to be applied to what assembly has computed.
func (a *activation) isLeft() bool { return a != nil && a.routine == 0 }

// apply replaces every element of x by the function of it.
func (a *activation) apply(x []float32) {
	if a == nil {
		return
	}
	if whole := len(x) / lanes; a.routine != 0 && whole > 0 {
		a.has.applyPixels(&x[0], a, whole)
		x = x[whole*lanes:]
	}
	a.of.portable(x)
}

// portable replaces every element of x by the function of it.
func (f Function) portable(x []float32) {
	row := &functions[f.Kind]
	if row.all != nil {
		row.all(f, x)
		return
	}
	for i, v := range x {
		x[i] = row.of(v)
	}
}

func eachRelu(_ Function, x []float32) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}

// clamp keeps elements between two bounds.
func clamp(x []float32, low, high float32) {
	for i, v := range x {
		x[i] = min(max(v, low), high)
	}
}

func eachRelu6(_ Function, x []float32)    { clamp(x, 0, 6) }
func eachHardTanh(f Function, x []float32) { clamp(x, f.A, f.B) }

// eachHardSwish computes x·min(x + c, 1/slope)·slope above −c = −offset/slope, and zero below, so that −Inf
// does not meet the zero.
func eachHardSwish(f Function, x []float32) {
	r := hardSwishRegisters(f)
	low, high, slope := r[0], r[1], r[2]
	for i, v := range x {
		if v > low {
			x[i] = v * (min(v-low, high) * slope)
		} else if v <= low {
			x[i] = 0
		}
	}
}

// hardSwishRegisters returns where the function becomes zero, how far from there it becomes x, and the slope.
func hardSwishRegisters(f Function) [3]float32 {
	return [3]float32{-f.B / f.A, 1 / f.A, f.A}
}

func eachHardSigmoid(f Function, x []float32) {
	for i, v := range x {
		x[i] = min(max(v*f.A+f.B, 0), 1)
	}
}

func eachLeakyRelu(f Function, x []float32) {
	for i, v := range x {
		x[i] = max(v, 0) + min(v, 0)*f.A
	}
}

func eachElu(f Function, x []float32) {
	for i, v := range x {
		if v < 0 {
			x[i] = f.A * float32(math.Expm1(float64(v)))
		}
	}
}

func tanhOf(x float32) float32 { return float32(math.Tanh(float64(x))) }

func softplusOf(x float32) float32 {
	return max(x, 0) + float32(math.Log1p(math.Exp(-math.Abs(float64(x)))))
}

// mishOf returns x·tanh(log(1 + e)), e being exp(x): x·n/(n + 2) with n = e·(e + 2).
func mishOf(x float32) float32 {
	switch {
	case x > 20: // where the factor is one
		return x
	case x < -beyond:
		return 0
	}
	e := exp(x)
	n := e * (e + 2)
	return x * (n / (n + 2))
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
