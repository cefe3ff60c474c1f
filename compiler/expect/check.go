package expect

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// Tolerance is how far a value may be from the original's, relative to the range of the values that are expected.
// Sums in another order differ by 1e-6 to 5e-5 of it in networks of hundreds of layers; another padding by far more.
// Another epsilon may differ by less, where variances are large: see Rival.
const Tolerance = 1e-4

// Result is how near the network comes to the original.
type Result struct {
	Output     string  // the one that differs most
	Difference float64 // of the value that differs most, relative to the range; NaN when one is no number
	Softmax    bool    // the original put out probabilities: the network's scores were made into those
}

// Agrees reports whether the difference is within the tolerance.
func (r Result) Agrees() bool { return r.Difference <= Tolerance }

func (r Result) String() string {
	after := ""
	if r.Softmax {
		after = " after a softmax"
	}
	return fmt.Sprintf("%s%s to %.1e of its range", r.Output, after, r.Difference)
}

// Runner computes a network for one image: the outputs in the graph's order. eval.Run is one, the meaning itself.
type Runner func(graph *ir.Graph, set params.Set, image []float32) ([][]float32, error)

// Check computes the network for the images, by the reference interpreter, and compares.
func (g *Golden) Check(graph *ir.Graph, set params.Set) (Result, error) {
	return g.check(eval.Run, graph, set, len(g.Images))
}

// check is Check for the first images.
func (g *Golden) check(run Runner, graph *ir.Graph, set params.Set, images int) (Result, error) {
	got := make([][][]float32, len(g.Outputs))
	for _, image := range g.Images[:images] {
		all, err := run(graph, set, image)
		if err != nil {
			return Result{}, err
		}
		for i, o := range g.Outputs {
			got[i] = append(got[i], all[o.place])
		}
	}
	worst := Result{Difference: -1}
	for i, o := range g.Outputs {
		r := compare(o, got[i])
		if !(r.Difference <= worst.Difference) {
			worst = r
		}
	}
	return worst, nil
}

// compare compares one output for some images.
func compare(o Output, got [][]float32) Result {
	r := Result{Output: o.Name}
	want := o.Values[:len(got)]
	if probabilities(want) && !probabilities(got) {
		r.Softmax = true
		for i := range got {
			scores := floats.Widen(got[i])
			floats.Softmax(scores)
			got[i] = floats.Narrow(scores)
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for i := range want {
		for k, x := range want[i] {
			low, high = min(low, float64(x)), max(high, float64(x))
			if d := math.Abs(float64(x) - float64(got[i][k])); !(d <= r.Difference) {
				r.Difference = d
			}
		}
	}
	span := high - low
	if span == 0 { // one value, or one many times
		span = math.Abs(high)
	}
	if r.Difference > 0 {
		r.Difference /= span
	}
	return r
}

// probabilities reports whether each vector is a distribution.
func probabilities(vectors [][]float32) bool {
	for _, v := range vectors {
		sum := 0.0
		for _, x := range v {
			if !(x >= 0) {
				return false
			}
			sum += float64(x)
		}
		if len(v) < 2 || math.Abs(sum-1) > 1e-3 {
			return false
		}
	}
	return true
}
