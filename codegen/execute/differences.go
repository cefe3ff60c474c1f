package execute

import (
	"context"
	"math"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/plan"
)

// Difference is how far an output of one arithmetic is from that of another, of several images: the largest difference
// of two elements, and the root of the mean of their squares, both divided by the largest element of the image's
// output.
type Difference struct{ Most, RootMeanSquare float64 }

// Differences runs a plan that has arithmetic of float16, on inputs as Infer takes them, with that and with float32. It
// returns the difference of each output: nothing, where the processor does not compute with float16.
func Differences(p *plan.Plan, inputs [][]float32, workers int) ([]Difference, error) {
	var results [2][][]float32
	for i, options := range [][]engine.Option{nil, {engine.WithFloat32()}} {
		options = append(options, engine.WithWorkers(workers))
		var err error
		if results[i], err = New(p, options...).Infer(context.Background(), inputs...); err != nil {
			return nil, err
		}
	}
	return differencesOf(p.Outputs, results[0], results[1]), nil
}

// differencesOf compares all outputs of one arithmetic with those of another.
func differencesOf(outputs []plan.Output, half, floats [][]float32) []Difference {
	all := make([]Difference, len(outputs))
	for i, o := range outputs {
		all[i] = differenceOf(half[i], floats[i], o.Shape.Elements())
	}
	return all
}

// differenceOf compares an output of one arithmetic, of so many elements for each image, with that of another.
func differenceOf(half, floats []float32, size int) (d Difference) {
	squares := 0.0
	for at := 0; at < len(half); at += size {
		largest := 0.0
		for _, v := range floats[at : at+size] {
			largest = max(largest, math.Abs(float64(v)))
		}
		if largest == 0 {
			largest = 1
		}
		for k := range size {
			e := math.Abs(float64(half[at+k])-float64(floats[at+k])) / largest
			d.Most, squares = max(d.Most, e), squares+e*e // NaN becomes the most there
		}
	}
	d.RootMeanSquare = math.Sqrt(squares / float64(len(half)))
	return d
}
