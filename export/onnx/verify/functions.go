package verify

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// function returns the elementwise function of an operator, as https://onnx.ai/onnx/operators defines it.
func (o *operation) function() (func(float64) float64, error) {
	clamp := func(x, low, high float64) float64 {
		switch {
		case x < low:
			return low
		case x > high:
			return high
		}
		return x
	}
	bound := func(input int, missing float64) float64 {
		if input < len(o.values) {
			return float64(o.values[input].Floats[0])
		}
		return missing
	}
	switch o.node.Operator {
	case "Relu":
		return func(x float64) float64 { return clamp(x, 0, math.Inf(1)) }, nil
	case "Clip":
		low, high := bound(1, math.Inf(-1)), bound(2, math.Inf(1))
		return func(x float64) float64 { return clamp(x, low, high) }, nil
	case "Sigmoid":
		return func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, nil
	case "Tanh":
		return math.Tanh, nil
	case "Erf":
		return math.Erf, nil
	case "HardSigmoid":
		alpha, beta := float64(o.float("alpha", 0.2)), float64(o.float("beta", 0.5))
		return func(x float64) float64 { return clamp(alpha*x+beta, 0, 1) }, nil
	case "HardSwish":
		return func(x float64) float64 { return x * clamp(x/6+0.5, 0, 1) }, nil
	case "Gelu":
		if a := o.attribute("approximate"); a != nil && a.Text != "none" {
			return nil, fmt.Errorf("the approximation %s is not known here", a.Text)
		}
		return func(x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }, nil
	}
	return nil, fmt.Errorf("the operator is not known here")
}

func softmax(x []float32, length int64) []float32 {
	out := make([]float32, len(x))
	for at := 0; at+int(length) <= len(x) && length > 0; at += int(length) {
		row := x[at : at+int(length)]
		largest := float64(slices.Max(row))
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(float64(v) - largest)
		}
		for i, v := range row {
			out[at+i] = float32(math.Exp(float64(v)-largest) / sum)
		}
	}
	return out
}

// topK returns the largest of each row, the largest first; among equals, those that stand first.
func (o *operation) topK() []Array {
	x := o.values[0]
	length, k := int(x.Dims[1]), int(o.out[0].dims[1])
	var values, indices Array
	for at := 0; at+length <= len(x.Floats); at += length {
		row := x.Floats[at : at+length]
		order := make([]int64, length)
		for i := range order {
			order[i] = int64(i)
		}
		slices.SortStableFunc(order, func(a, b int64) int { return cmp.Compare(row[b], row[a]) })
		for _, i := range order[:k] {
			values.Floats = append(values.Floats, row[i])
			indices.Ints = append(indices.Ints, i)
		}
	}
	return []Array{values, indices}
}
