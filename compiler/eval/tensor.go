package eval

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
)

// steps returns how far apart the neighbours along each axis lie in a value of a shape.
func steps(s ir.Shape) []int {
	all := make([]int, len(s))
	step := 1
	for i := len(s) - 1; i >= 0; i-- {
		all[i] = step
		step *= s[i]
	}
	return all
}

// eachPlace calls visit for every element of a shape, in order, with its number and the sum of its indices times the
// given steps.
func eachPlace(s ir.Shape, steps []int, visit func(number, at int)) {
	index := make([]int, len(s))
	at := 0
	for number := range s.Elements() {
		visit(number, at)
		for axis := len(s) - 1; axis >= 0; axis-- {
			index[axis]++
			at += steps[axis]
			if index[axis] < s[axis] {
				break
			}
			at -= s[axis] * steps[axis]
			index[axis] = 0
		}
	}
}

// broadcastSteps returns the steps of a value that is repeated along the axes where it has one element.
func broadcastSteps(s, out ir.Shape) []int {
	all := steps(s)
	for i := range s {
		if s[i] == 1 && out[i] > 1 {
			all[i] = 0
		}
	}
	return all
}

// axisOf returns how many pieces a value falls into along an axis, and how many elements follow each other between two
// of its indices.
func axisOf(s ir.Shape, axis int) (outer, inner int) {
	return s[:axis].Elements(), s[axis+1:].Elements()
}

func concat(e *evaluation, op ir.Concat) {
	outer, inner := axisOf(e.to, op.Axis)
	at := 0
	for i := range outer {
		for k, v := range e.in {
			size := e.node.Inputs[k].Shape[op.Axis] * inner
			at += copy(e.out[at:], v[i*size:(i+1)*size])
		}
	}
}

func slice(e *evaluation, op ir.Slice) {
	outer, inner := axisOf(e.from, op.Axis)
	at := 0
	for i := range outer {
		first := i * e.from[op.Axis]
		at += copy(e.out[at:], e.in[0][(first+op.From)*inner:(first+op.To)*inner])
	}
}

func transpose(e *evaluation, op ir.Transpose) {
	from, moved := steps(e.from), make([]int, len(e.from))
	for i, a := range op.Order.List() {
		moved[i] = from[a]
	}
	eachPlace(e.to, moved, func(number, at int) { e.out[number] = e.in[0][at] })
}

func matMul(e *evaluation, op ir.MatMul) {
	a, b, last := e.in[0], e.in[1], len(e.from)-1
	rows, inner, columns := e.from[last-1], e.from[last], e.to[last]
	rowStep, columnStep := columns, 1 // of b
	if op.Transpose {
		rowStep, columnStep = 1, inner
	}
	for i := range e.to[:last-1].Elements() {
		b := b[i*inner*columns:]
		for r := range rows {
			row := a[(i*rows+r)*inner:]
			for c := range columns {
				var sum float64
				for k := range inner {
					sum += float64(row[k]) * float64(b[k*rowStep+c*columnStep])
				}
				e.out[(i*rows+r)*columns+c] = float32(sum)
			}
		}
	}
}

// softmax subtracts the largest element first, which changes nothing but what overflows.
func softmax(e *evaluation, op ir.Softmax) {
	x, y := e.in[0], e.out
	outer, inner := axisOf(e.from, op.Axis)
	count := e.from[op.Axis]
	for i := range outer {
		for k := range inner {
			first := i*count*inner + k
			most, sum := math.Inf(-1), 0.0
			for j := range count {
				most = math.Max(most, float64(x[first+j*inner]))
			}
			for j := range count {
				sum += math.Exp(float64(x[first+j*inner]) - most)
			}
			for j := range count {
				y[first+j*inner] = float32(math.Exp(float64(x[first+j*inner])-most) / sum)
			}
		}
	}
}

// layerNorm goes over the places outside the axes, and at each over the elements along them.
func layerNorm(e *evaluation, op ir.LayerNorm) {
	shape, x, y := e.from, e.in[0], e.out
	outside, along := append(ir.Shape{}, shape...), append(ir.Shape{}, shape...)
	for i := range along {
		along[i] = 1
	}
	for _, a := range op.Axes.List() {
		outside[a], along[a] = 1, shape[a]
	}
	scale, shift := e.param(ir.Scale), e.param(ir.Shift)
	all, count := steps(shape), float64(along.Elements())
	eachPlace(outside, all, func(_, first int) {
		var sum, squares float64
		eachPlace(along, all, func(_, at int) { sum += float64(x[first+at]) })
		mean := sum / count
		eachPlace(along, all, func(_, at int) {
			d := float64(x[first+at]) - mean
			squares += d * d
		})
		deviation := math.Sqrt(squares/count + op.Epsilon)
		eachPlace(along, all, func(number, at int) {
			v := (float64(x[first+at]) - mean) / deviation
			if scale != nil {
				v *= float64(scale[number])
			}
			if shift != nil {
				v += float64(shift[number])
			}
			y[first+at] = float32(v)
		})
	})
}
