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
	half, err := New(p, engine.WithWorkers(workers)).Infer(context.Background(), inputs...)
	if err != nil {
		return nil, err
	}
	floats, err := New(p, engine.WithWorkers(workers), engine.WithFloat32()).Infer(context.Background(), inputs...)
	if err != nil {
		return nil, err
	}
	all := make([]Difference, len(half))
	for i, o := range p.Outputs {
		all[i] = differenceOf(half[i], floats[i], o.Shape.Elements())
	}
	return all, nil
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
