package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/search"
)

// What networks cost beyond what their graphs show.

// costFlags say how costs are measured, and which are wanted besides.
type costFlags struct {
	workers     *int
	seconds     *float64
	predict     *bool
	onnxRuntime *string
	more        list
}

func newCostFlags(c *call) *costFlags {
	f := &costFlags{
		workers: c.flags.Int("workers", 1, "measure latencies with `N` goroutines, or threads of ONNX Runtime"),
		seconds: c.flags.Float64("seconds", 0.5, "measure a latency for `S` seconds"),
		predict: c.flags.Bool("predict", false,
			"take latencies from the calibration of this machine (netc calibrate), and measure none"),
		onnxRuntime: onnxRuntimeFlag(c, "that measures ort-latency"),
	}
	c.flags.Var(&f.more, "cost", "note the `COST` of each candidate, too: memory, latency or ort-latency")
	return f
}

// all lists the costs that there are.
func (f *costFlags) all(c *call) ([]search.Cost, error) {
	if *f.workers < 1 || !(*f.seconds > 0) {
		return nil, usagef("--workers is at least one, and --seconds something")
	}
	latency := search.Cost{Name: "latency", Unit: "s", Timed: true, Of: f.latency}
	if *f.predict {
		predicted, err := predictor(c, *f.workers)
		if err != nil {
			return nil, err
		}
		latency = search.Cost{Name: "latency", Unit: "s", Of: predicted}
	}
	costs := append(search.Static(), search.Cost{Name: "memory", Unit: "B", Of: memory}, latency)
	runtime, err := startONNXRuntime(c, *f.onnxRuntime)
	if err != nil || runtime == nil {
		return costs, err
	}
	return append(costs, search.Cost{Name: "ort-latency", Unit: "s", Timed: true,
		Of: func(n *compiler.Network) (float64, error) {
			b, err := initialised(n)
			if err != nil {
				return 0, err
			}
			block, err := b.runtimeBlock(runtime, b.inputs(), 1, *f.workers)
			if err != nil {
				return 0, err
			}
			return f.median(block)
		}}), nil
}

// initialised plans a network with the weights that training starts from.
func initialised(n *compiler.Network) (*buildable, error) {
	canonical, _ := pass.Run(pass.Canonical, n.Graph, nil)
	values := params.Initializer(canonical, 1)
	p, err := plan.Of(canonical, values)
	if err != nil {
		return nil, err
	}
	return &buildable{target{network: n, graph: canonical}, values, p}, nil
}

// inputs are some to measure with.
func (b *buildable) inputs() [][]float32 { return eval.Split(b.graph, eval.Noise(b.graph, 1, 1)[0]) }

// memory is what an inference needs for its values, as generated Go lays them out.
func memory(n *compiler.Network) (float64, error) {
	p, err := plan.Sketch(n.Graph)
	if err != nil {
		return 0, err
	}
	return float64(p.Arena), nil
}

// latency is how long an inference takes in this process, with the kernels of generated Go.
func (f *costFlags) latency(n *compiler.Network) (float64, error) {
	if err := checkHost(); err != nil {
		return 0, err
	}
	b, err := initialised(n)
	if err != nil {
		return 0, err
	}
	model, inputs := execute.New(b.plan, engine.WithWorkers(*f.workers)), b.inputs()
	return f.median(execute.Repeat(func() error {
		_, err := model.Infer(context.Background(), inputs...)
		return err
	}))
}

func (f *costFlags) median(block execute.Block) (float64, error) {
	l, err := execute.Measure(time.Duration(*f.seconds*float64(time.Second)), block)
	if err != nil {
		return 0, err
	}
	return l[0].Median.Seconds(), nil
}

func costNames(costs []search.Cost) string {
	var names []string
	for _, c := range costs {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// costsOf measures the costs of a network, in their order.
func costsOf(n *compiler.Network, costs []search.Cost) ([]float64, error) {
	all := make([]float64, len(costs))
	for i, c := range costs {
		v, err := c.Of(n)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", c.Name, n.Variant, err)
		}
		all[i] = v
	}
	return all, nil
}
