package verify

import (
	"fmt"
	"math"
	"slices"
)

// infinity is a bound that nothing exceeds.
var infinity = math.Inf(1)

// clamp lets NaN through.
func clamp(x, low, high float64) float64 {
	if x < low {
		x = low
	}
	if x > high {
		x = high
	}
	return x
}

// inferClip takes bounds from inputs, from opset 11 on, or from attributes.
func inferClip(c *call) ([]typed, error) {
	for i := 1; i < len(c.in); i++ {
		if n, err := elements(c.in[i].dims); c.has(i) && (err != nil || n != 1 || len(c.in[i].dims) > 1) {
			return nil, fmt.Errorf("a bound has the shape %v, not that of a number", c.in[i].dims)
		}
	}
	return like(c)
}

// unused is an attribute that the oldest functions have, and that changes nothing.
const unused = "ints consumed_inputs until 6"

// functions are the operators that apply a function to each element, as https://onnx.ai/onnx/operators defines them:
// what they exist and mean the same since, and what the function is.
var functions = map[string]struct {
	exists, since, bfloat16, integers int64

	onlyFloats bool
	attributes string
	of         func(o *operation) (func(float64) float64, error)
}{
	"Relu": {
		exists: 1, since: 1, bfloat16: 13, integers: 14, attributes: unused,
		of: plain(func(x float64) float64 { return clamp(x, 0, infinity) }),
	},
	"Sigmoid": {
		exists: 1, since: 1, bfloat16: 13, onlyFloats: true, attributes: unused,
		of: plain(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
	},
	"Tanh": {
		exists: 1, since: 1, bfloat16: 13, onlyFloats: true, attributes: unused,
		of: plain(math.Tanh),
	},
	"Sqrt": {
		exists: 1, since: 1, bfloat16: 13, onlyFloats: true, attributes: unused,
		of: plain(math.Sqrt),
	},
	"Erf": {
		exists: 9, since: 9, bfloat16: 13, integers: 9, onlyFloats: true,
		of: plain(math.Erf),
	},
	"LeakyRelu": {
		exists: 1, since: 1, bfloat16: 16, onlyFloats: true, attributes: "float alpha, " + unused,
		of: func(o *operation) (func(float64) float64, error) {
			alpha := o.float("alpha", 0.01)
			return func(x float64) float64 { return below(x, alpha*x) }, nil
		},
	},
	"Elu": {
		exists: 1, since: 1, bfloat16: 22, onlyFloats: true, attributes: "float alpha, " + unused,
		of: func(o *operation) (func(float64) float64, error) {
			alpha := o.float("alpha", 1)
			return func(x float64) float64 { return below(x, alpha*math.Expm1(x)) }, nil
		},
	},
	"Softplus": {
		exists: 1, since: 1, bfloat16: 22, onlyFloats: true,
		of: plain(softplus),
	},
	"Mish": {
		exists: 18, since: 18, bfloat16: 22, onlyFloats: true,
		of: plain(func(x float64) float64 { return x * math.Tanh(softplus(x)) }),
	},
	"HardSwish": {
		exists: 14, since: 14, bfloat16: 22, onlyFloats: true,
		of: plain(func(x float64) float64 { return x * clamp(x/6+0.5, 0, 1) }),
	},
	"HardSigmoid": {
		exists: 1, since: 1, bfloat16: 22, onlyFloats: true, attributes: "float alpha beta, " + unused,
		of: func(o *operation) (func(float64) float64, error) {
			alpha, beta := o.float("alpha", 0.2), o.float("beta", 0.5)
			return func(x float64) float64 { return clamp(alpha*x+beta, 0, 1) }, nil
		},
	},
	"Gelu": {
		exists: 20, since: 20, bfloat16: 20, onlyFloats: true, attributes: "text approximate",
		of: func(o *operation) (func(float64) float64, error) {
			if a := o.attribute("approximate"); a != nil && a.Text != "none" {
				return nil, Uncovered("the approximation %s is not known here", a.Text)
			}
			return func(x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }, nil
		},
	},
}

// plain is a function without attributes.
func plain(f func(float64) float64) func(*operation) (func(float64) float64, error) {
	return func(*operation) (func(float64) float64, error) { return f, nil }
}

// below returns what a function is below zero, and x elsewhere.
func below(x, otherwise float64) float64 {
	if x < 0 {
		return otherwise
	}
	return x
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// runFunction applies the function of the operator.
func runFunction(o *operation) ([]Array, error) {
	f, err := functions[o.node.Operator].of(o)
	if err != nil {
		return nil, err
	}
	return o.each(f), nil
}

// runClip keeps elements between two bounds.
func runClip(o *operation) ([]Array, error) {
	bound := func(input int, attribute string, missing float64) float64 {
		if o.has(input) {
			if v := o.values[input]; v.Type.isFloat() {
				return v.Floats[0]
			}
			return float64(o.values[input].Ints[0])
		}
		return o.float(attribute, float32(missing))
	}
	low, high := bound(1, "min", -infinity), bound(2, "max", infinity)
	return o.each(func(x float64) float64 { return clamp(x, low, high) }), nil
}

// each applies a function to each element of the first input.
func (o *operation) each(f func(float64) float64) []Array {
	x := o.values[0]
	var y Array
	if !x.Type.isFloat() {
		y.Ints = make([]int64, len(x.Ints))
		for i, v := range x.Ints {
			y.Ints[i] = int64(f(float64(v)))
		}
		return []Array{y}
	}
	y.Floats = make([]float64, len(x.Floats))
	for i, v := range x.Floats {
		y.Floats[i] = f(v)
	}
	return []Array{y}
}

func inferBroadcast(c *call) ([]typed, error) {
	if err := c.sameKinds(2); err != nil {
		return nil, err
	}
	dims, err := broadcast(c.in[0].dims, c.in[1].dims)
	return one(typed{kind: c.in[0].kind, dims: dims}, err)
}

// inferPRelu repeats the slopes along the axes of the first input, but not that along the slopes'.
func inferPRelu(c *call) ([]typed, error) {
	out, err := inferBroadcast(c)
	if err == nil && !slices.Equal(out[0].dims, c.in[0].dims) {
		err = fmt.Errorf("slopes of the shape %v do not fit into %v", c.in[1].dims, c.in[0].dims)
	}
	return out, err
}

// broadcast returns the shape of two values that are repeated along axes where they have one element:
// https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md.
func broadcast(a, b []int64) ([]int64, error) {
	out := make([]int64, max(len(a), len(b)))
	for i := range out {
		x, y := alignedDim(a, i, len(out)), alignedDim(b, i, len(out))
		switch {
		case x == y || y == 1:
			out[i] = x
		case x == 1:
			out[i] = y
		default:
			return nil, fmt.Errorf("the shapes %v and %v do not match", a, b)
		}
	}
	return out, nil
}

// alignedDim returns dimension i of a shape that is filled up with ones in front to the given rank.
func alignedDim(dims []int64, i, rank int) int64 {
	if at := i - (rank - len(dims)); at >= 0 {
		return dims[at]
	}
	return 1
}

// eachPair calls visit with the place of every element of a shape, and those of the elements of two values that are
// broadcast to it.
func eachPair(dims, a, b []int64, visit func(at, atA, atB int)) {
	stepsA, stepsB := broadcastSteps(a, len(dims)), broadcastSteps(b, len(dims))
	n, _ := elements(dims)
	if slices.Equal(a, dims) && slices.Equal(b, dims) { // the usual case
		for at := range int(n) {
			visit(at, at, at)
		}
		return
	}
	place := make([]int64, len(dims))
	for at := range int(n) {
		var atA, atB int64
		for k, p := range place {
			atA += p * stepsA[k]
			atB += p * stepsB[k]
		}
		visit(at, int(atA), int(atB))
		advance(place, dims)
	}
}

// broadcastSteps returns how far apart the neighbours along each axis lie: 0 along axes that are repeated.
func broadcastSteps(dims []int64, rank int) []int64 {
	steps := make([]int64, rank)
	step := int64(1)
	for i := rank - 1; i >= 0; i-- {
		if d := alignedDim(dims, i, rank); d != 1 {
			steps[i] = step
			step *= d
		}
	}
	return steps
}

// advance moves a place to the next in row-major order.
func advance(place, dims []int64) {
	for k := len(place) - 1; k >= 0; k-- {
		if place[k]++; place[k] < dims[k] {
			return
		}
		place[k] = 0
	}
}

func runBinary(o *operation) ([]Array, error) {
	a, b, dims := o.values[0], o.values[1], o.out[0].dims
	n, _ := elements(dims)
	var y Array
	var err error
	if a.Type.isFloat() {
		y.Floats = make([]float64, n)
		eachPair(dims, a.Dims, b.Dims,
			func(at, i, j int) { y.Floats[at] = combineFloats(o.node.Operator, a.Floats[i], b.Floats[j]) })
		return []Array{y}, nil
	}
	y.Ints = make([]int64, n)
	eachPair(dims, a.Dims, b.Dims, func(at, i, j int) {
		v, wrong := combineInts(o.node.Operator, a.Ints[i], b.Ints[j])
		if wrong != nil {
			err = wrong
		}
		y.Ints[at] = a.Type.wrap(v)
	})
	return []Array{y}, err
}

func combineFloats(operator string, x, y float64) float64 {
	switch operator {
	case "Add":
		return x + y
	case "Sub":
		return x - y
	case "Mul":
		return x * y
	case "PRelu":
		return below(x, x*y)
	}
	return x / y
}

func combineInts(operator string, x, y int64) (int64, error) {
	switch operator {
	case "Add":
		return x + y, nil
	case "Sub":
		return x - y, nil
	case "Mul":
		return x * y, nil
	}
	if y == 0 {
		return 0, errDivision
	}
	return x / y, nil
}
