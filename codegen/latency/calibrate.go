package latency

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/dsl/source"
)

//go:embed calibration.net
var calibration string

// The sizes in which each network of calibration.net runs: factors of width, and pixels.
var (
	widths      = []float64{0.5, 0.75, 1, 1.4, 2}
	resolutions = []int{32, 96, 160, 224, 320}
)

// Options say how a calibration is made.
type Options struct {
	Workers  int           // of an inference
	Machine  string        // what Model.Machine says
	Netc     string        // what Model.Netc says
	Each     time.Duration // for how long each network runs; at least three inferences
	Progress func(done, all int)
}

// Calibrate measures the steps of the networks of calibration.net on this machine, with as many workers as later
// predictions are for. Between networks runs a reference loop, in whose time all others are told: what slows the
// machine down for a while slows both.
func Calibrate(ctx context.Context, o Options) (*Model, error) {
	program, err := compiler.LoadFile(source.NewFile("calibration.net", calibration))
	if err != nil {
		return nil, err
	}
	reference, err := NewReference(o.Workers)
	if err != nil {
		return nil, err
	}
	m := &Model{Version: Version, Machine: o.Machine, Netc: o.Netc}
	variants := program.Variants()
	all := len(variants) * len(widths) * len(resolutions)
	done := 0
	var references, wholes []float64
	for _, variant := range variants {
		for _, width := range widths {
			for _, resolution := range resolutions {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				n, err := program.Build(variant, build.Override{"width": width, "resolution": resolution})
				if err != nil {
					return nil, err
				}
				run, err := measure(n, reference, o)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", n.Variant, err)
				}
				m.Samples = append(m.Samples, run.samples...)
				references, wholes = append(references, run.reference), append(wholes, run.whole)
				done++
				if o.Progress != nil {
					o.Progress(done, all)
				}
			}
		}
	}
	m.Reference, m.Whole = median(references), median(wholes)
	return m, nil
}

// run is what one network has told.
type run struct {
	samples   []Sample
	reference float64 // seconds
	whole     float64 // of an inference, over the sum of its steps
}

// measure runs one network in rounds, each beside the reference loop.
func measure(n *compiler.Network, reference *Reference, o Options) (*run, error) {
	p, err := plan.Of(n.Graph, params.Initializer(n.Graph, 1))
	if err != nil {
		return nil, err
	}
	profiled := execute.New(p, engine.WithWorkers(o.Workers), engine.WithProfile())
	plain := execute.New(p, engine.WithWorkers(o.Workers))
	image := eval.Noise(n.Graph, 1, 1)[0]
	var rounds []round
	end := time.Now().Add(o.Each)
	for len(rounds) < 4 || time.Now().Before(end) {
		unit, err := reference.Time()
		if err != nil {
			return nil, err
		}
		start := time.Now()
		if _, err := plain.Infer(context.Background(), image); err != nil {
			return nil, err
		}
		whole := time.Since(start).Seconds()
		if _, err := profiled.Infer(context.Background(), image); err != nil {
			return nil, err
		}
		rounds = append(rounds, round{unit, whole, profiled.Profile()})
	}
	return summed(p, rounds), nil
}

// round is what is measured once: the seconds of the reference loop and of an inference, and the times of all steps
// since the first round.
type round struct {
	unit, whole float64
	profile     engine.Profile
}

// summed is the medians of all rounds but the first, which finds caches and memory as others have left them.
func summed(p *plan.Plan, rounds []round) *run {
	times := make([][]float64, len(p.Steps)) // of each step, by rounds, in units of the reference
	var references, wholes []float64
	for k, now := range rounds[1:] {
		before, sum := rounds[k].profile, 0.0
		for i, l := range now.profile.Layers {
			took := (l.Time - before.Layers[i].Time).Seconds()
			times[i] = append(times[i], took/now.unit)
			sum += took
		}
		references, wholes = append(references, now.unit), append(wholes, now.whole/sum)
	}
	r := &run{reference: median(references), whole: median(wholes)}
	for i := range p.Steps {
		s := sampleOf(&p.Steps[i])
		s.Time = math.Log(max(median(times[i]), 1e-9))
		r.samples = append(r.samples, s)
	}
	return r
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// Reference is a loop whose time is the unit of others.
type Reference struct {
	model *execute.Model
	image []float32
}

const referenceText = `network Reference {
    input image[64, 28, 28]
    a Conv(128) -> ReLU
    b DepthwiseConv(3) -> ReLU
    c Conv(64) -> SiLU
    d Conv(64, kernel: 3) -> ReLU
}

family Reference { A: }
`

// NewReference makes the loop: a network of a pointwise, a depthwise and a dense convolution.
func NewReference(workers int) (*Reference, error) {
	program, err := compiler.LoadFile(source.NewFile("reference.net", referenceText))
	if err != nil {
		return nil, err
	}
	n, err := program.Build("A", nil)
	if err != nil {
		return nil, err
	}
	p, err := plan.Of(n.Graph, params.Initializer(n.Graph, 1))
	if err != nil {
		return nil, err
	}
	return &Reference{execute.New(p, engine.WithWorkers(workers)), eval.Noise(n.Graph, 1, 1)[0]}, nil
}

// Time runs the loop a few times and returns the seconds of the median.
func (r *Reference) Time() (float64, error) {
	const runs = 5
	var times []float64
	for range runs {
		start := time.Now()
		if _, err := r.model.Infer(context.Background(), r.image); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	return median(times), nil
}
