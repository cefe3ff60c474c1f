package conform

import (
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/compiler/floats"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// illConditioned is from when on a comparison of outputs says nothing: rounding alone moves them by so much of the
// largest.
const illConditioned = 0.1

// outputTolerances are how far outputs may differ whatever the network is like, relative to the largest.
var outputTolerances = map[verify.ElementType]float64{
	verify.Float64:  1e-4,
	verify.Float32:  1e-4,
	verify.Float16:  1e-2,
	verify.BFloat16: 8e-2,
}

// sensitivity returns how far rounding moves the model's outputs: how far they are from what float64 gives.
func sensitivity(m *verify.Model, input *Input, got []verify.Array) ([]float64, error) {
	exact, err := m.Evaluate(input.Values(), verify.Evaluation{Exact: true})
	if err != nil {
		return nil, err
	}
	moved := make([]float64, len(got))
	for i := range got {
		for k, x := range got[i].Floats {
			if d := math.Abs(x - exact[i].Floats[k]); !(d <= moved[i]) {
				moved[i] = d
			}
		}
	}
	return moved, nil
}

// judge decides on an output that differs, in a model in which names may not mean what they say: by how far rounding
// moves it.
func (w *walk) judge(n *ir.Node, v *value, d spread) error {
	kind := computedIn(w.model, verify.Float32)
	if d.within(outputTolerances[kind]) {
		w.result.Steps++
		return nil
	}
	at := slices.IndexFunc(w.source.Graph.Outputs, func(o ir.Output) bool { return o.Node == n })
	rounded, err := w.model.Evaluate(w.input.Values(), verify.Evaluation{})
	if err != nil {
		return err
	}
	moved, err := sensitivity(w.model, w.input, rounded)
	if err != nil {
		return err
	}
	at = min(at, len(moved)-1)
	if err := tell(w.model.Graph.Outputs[at].Name, "the source", d, moved[at]); err != nil {
		if !verify.IsUncovered(err) && v.cause.Step != n.Name {
			return fmt.Errorf("%w; the first step that differs is %s", err, v.cause.Step)
		}
		return err
	}
	w.result.Steps++
	return nil
}

// tell decides whether an output that rounding moves by so much agrees.
func tell(name, with string, d spread, moved float64) error {
	const several = 8 // two evaluations that round in another order differ by more than one of them is off
	switch {
	case d.broken:
		return fmt.Errorf("the output %s is NaN or infinite, where the largest value of %s is %.3g", name, with,
			d.largest)
	case !(moved > 0) || d.difference > several*moved && moved < illConditioned*d.largest:
		return fmt.Errorf(
			"the output %s differs from %s by %.3g; the largest value is %.3g, and rounding moves it by %.3g", name,
			with, d.difference, d.largest, moved)
	case moved >= illConditioned*d.largest:
		return verify.Uncovered(
			"the output %s cannot be compared with %s: rounding alone moves it by %.3g, and its largest value is %.3g",
			name, with, moved, d.largest)
	}
	return nil
}

// Outputs compares the floating-point outputs of a model with those of another evaluation of the same file. Classes
// are not compared: where two scores are nearly the same, either may come first.
func Outputs(m *verify.Model, input *Input, with string, theirs []verify.Array) (worst float64, err error) {
	ours, err := m.Evaluate(input.Values(), verify.Evaluation{})
	if err != nil {
		return 0, err
	}
	var moved []float64
	for i, v := range m.Graph.Outputs {
		if ours[i].Floats == nil {
			continue
		}
		if len(ours[i].Floats) != len(theirs[i].Floats) {
			return 0, fmt.Errorf("the output %s has %d values, that of %s %d", v.Name, len(ours[i].Floats), with,
				len(theirs[i].Floats))
		}
		d := spread{}
		d.add(theirs[i].Floats, floats.Narrow(ours[i].Floats))
		if !d.within(outputTolerances[computedIn(m, verify.Float32)]) {
			if moved == nil {
				if moved, err = sensitivity(m, input, ours); err != nil {
					return 0, err
				}
			}
			if err := tell(v.Name, with, d, moved[i]); err != nil {
				return 0, err
			}
		}
		worst = max(worst, d.relative())
	}
	return worst, nil
}
