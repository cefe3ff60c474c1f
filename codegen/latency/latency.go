// Package latency predicts how long networks take on this machine, without running them.
//
// The steps of a plan come in (Predict); a time goes out. What is known comes from a calibration: the times of the
// steps of networks that were run on this machine (Calibrate), which lie in a file between uses (Save, Load). A step's
// time is predicted from those of its own kind, the same kernel with the same function and operands, that are nearest
// to it in size: a line through their logarithms, weighted by nearness (locally weighted regression, Cleveland 1979,
// doi:10.1080/01621459.1979.10481038). The times of a network's steps are added up.
//
// Nothing here knows a kernel by name: what a step is follows from its struct, by reflection. A kernel that is new is
// calibrated as soon as calibration.net has a layer that uses it.
package latency

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/netc-lang/netc/codegen/plan"
)

// Version is that of the file's form, and of what calibrations measure.
const Version = 1

// Model is a calibration.
type Model struct {
	Version   int
	Machine   string  // the processor, its instruction sets, and the workers
	Netc      string  // the netc whose kernels were measured
	Reference float64 // seconds that the reference loop took
	Whole     float64 // how long an inference takes, over the sum of its steps' times
	Samples   []Sample
}

// Sample is the measured time of a step.
type Sample struct {
	Kind  string    // steps of one kind differ in sizes alone
	Sizes []float64 // the logarithms of its sizes
	Work  float64   // the logarithm of what it does: see work
	Time  float64   // the logarithm of its time, in units of the reference loop's
}

// Predict returns how long an inference of one image takes, as long as the machine is as fast as when it was
// calibrated. Unknown are the kinds of steps that the calibration has none of; their times are guesses, from all kinds
// together.
func (m *Model) Predict(p *plan.Plan) (t time.Duration, unknown []string) {
	units, unknown := m.Units(p)
	return time.Duration(units * m.Reference * float64(time.Second)), unknown
}

// Units is Predict in units of the reference loop's time.
func (m *Model) Units(p *plan.Plan) (units float64, unknown []string) {
	kinds := map[string][]Sample{}
	for _, s := range m.Samples {
		kinds[s.Kind] = append(kinds[s.Kind], s)
	}
	known := map[string]float64{} // times of steps that are alike
	for i := range p.Steps {
		s := sampleOf(&p.Steps[i])
		key := fmt.Sprint(s.Kind, s.Sizes)
		t, ok := known[key]
		if !ok {
			like := kinds[s.Kind]
			if len(like) == 0 {
				unknown = append(unknown, s.Kind)
				like = m.Samples
				s.Sizes = nil
			}
			t = math.Exp(regress(like, s))
			known[key] = t
		}
		units += t
	}
	slices.Sort(unknown)
	return units * m.Whole, slices.Compact(unknown)
}

// nearest is how many samples a prediction is made of, at least.
const nearest = 12

// regress predicts the logarithm of a step's time from those of samples.
func regress(samples []Sample, s Sample) float64 {
	type neighbour struct {
		*Sample
		distance float64
	}
	all := make([]neighbour, len(samples))
	for i := range samples {
		all[i] = neighbour{&samples[i], distance(samples[i], s)}
	}
	slices.SortFunc(all, func(a, b neighbour) int { return cmp.Compare(a.distance, b.distance) })
	all = all[:min(len(all), nearest)]
	if all[0].distance == 0 { // it was measured, perhaps several times
		sum, n := 0.0, 0.0
		for _, a := range all {
			if a.distance == 0 {
				sum, n = sum+a.Time, n+1
			}
		}
		return sum / n
	}
	reach := max(all[len(all)-1].distance, 1e-9) * 1.05
	size := 2 + len(s.Sizes)
	equations := make([][]float64, size) // normal equations, with the right side as the last column
	for i := range equations {
		equations[i] = make([]float64, size+1)
	}
	row := make([]float64, size)
	for _, a := range all {
		row[0], row[1] = 1, a.Work-s.Work
		for k := range s.Sizes {
			row[2+k] = a.Sizes[k] - s.Sizes[k]
		}
		u := a.distance / reach
		weight := math.Pow(1-u*u*u, 3) // tricube
		for i := range row {
			for k := range row {
				equations[i][k] += weight * row[i] * row[k]
			}
			// A time grows with the work unless the samples say otherwise: the line is fitted to what remains.
			equations[i][size] += weight * row[i] * (a.Time - a.Work + s.Work)
		}
	}
	for i := 1; i < size; i++ {
		equations[i][i] += 0.02 // so that few samples make a flat line (ridge regression)
	}
	return solve(equations)
}

// distance is how unlike two steps of one kind are.
func distance(a, b Sample) float64 {
	d := (a.Work - b.Work) * (a.Work - b.Work)
	for k := range b.Sizes {
		d += (a.Sizes[k] - b.Sizes[k]) * (a.Sizes[k] - b.Sizes[k])
	}
	return math.Sqrt(d)
}

// solve returns the first unknown of symmetric, positive definite equations, by Gauss's elimination from the last.
func solve(e [][]float64) float64 {
	n := len(e)
	for i := n - 1; i > 0; i-- {
		for k := range i {
			f := e[k][i] / e[i][i]
			for c := range n + 1 {
				e[k][c] -= f * e[i][c]
			}
		}
	}
	return e[0][n] / e[0][0]
}

// Save writes the calibration.
func (m *Model) Save(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(m)
}

// Load reads a calibration. The error says that it is none, or one that this netc cannot use.
func Load(r io.Reader) (*Model, error) {
	m := &Model{}
	if err := json.NewDecoder(r).Decode(m); err != nil {
		return nil, fmt.Errorf("it is no calibration: %w", err)
	}
	switch {
	case m.Version != Version:
		return nil, fmt.Errorf("it is a calibration of version %d, and this netc uses %d: run netc calibrate again",
			m.Version, Version)
	case len(m.Samples) == 0 || !(m.Reference > 0) || !(m.Whole > 0):
		return nil, fmt.Errorf("the calibration has no times: run netc calibrate again")
	}
	sizes := map[string]int{}
	for _, s := range m.Samples {
		if n, seen := sizes[s.Kind]; seen && n != len(s.Sizes) {
			return nil, fmt.Errorf("the calibration has %s with %d sizes and with %d", s.Kind, n, len(s.Sizes))
		}
		sizes[s.Kind] = len(s.Sizes)
	}
	return m, nil
}
