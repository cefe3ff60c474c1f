package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"time"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/report"
)

const reportDetails = `
The page is one file, which needs no network: the variants as a table, charts of how they grow, what scaling does to the
baseline, and where the work of the variant that --variant names goes, line by line and layer by layer.

With --search, the scores of a search's candidates stand over what they cost, with their settings and the front.

With --measure, every variant is timed in this process, in turn, with random weights, and the named variant's layers are
shown under this machine's roofline. Variants of more than 100 million parameters are left out of the timing.`

// maxMeasured bounds the parameters of the variants that are timed, which are all in memory at once.
const maxMeasured = 100_000_000

func runReport(c *call) error {
	defer uncollected()()
	variant := variantFlag(c)
	measure := c.flags.Bool("measure", false, "time the variants on this machine")
	seconds := c.flags.Float64("seconds", 8, "measure for `S` seconds")
	results := c.flags.String("search", "", "show the results of netc search in the file `RESULTS`, too")
	cost := c.flags.String("search-cost", "", "show their scores over the `COST` (default: latency, or else macs)")
	out := outputFlag(c, "the page to write; - is standard output")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	switch {
	case *out == "":
		return usagef("-o is missing")
	case !(*seconds > 0):
		return usagef("--seconds is more than 0")
	case *cost != "" && *results == "":
		return usagef("--search-cost belongs to --search")
	}
	program, chosen, err := reportedVariant(c, file, variant)
	if err != nil {
		return err
	}
	networks, err := program.BuildAll()
	if err != nil {
		return err
	}
	page := &report.Page{Title: chosen.Family, Source: filepath.Base(file), Command: "netc report"}
	for _, n := range networks {
		one, err := costed(n)
		if err != nil {
			return err
		}
		page.Networks = append(page.Networks, one)
	}
	if *results != "" {
		c.out.Reads(*results)
		if page.Search, err = searched(*results, *cost); err != nil {
			return err
		}
	}
	page.Figure = scaledFigure(program, networks[0])
	page.Detail = &report.Detail{Network: reported(chosen)}
	if *measure {
		if err := c.out.Check(*out); err != nil {
			return err
		}
		limit := time.Duration(*seconds * float64(time.Second))
		if err := measured(c, page, limit); err != nil {
			return err
		}
	}
	write := func(w io.Writer) error { return report.Write(w, page) }
	return c.out.Write(output.File{Path: *out, Write: write})
}

// reportedVariant builds the network that a report goes into: the one that is asked for, or the file's first.
func reportedVariant(c *call, file string, chosen *choice) (*compiler.Program, *compiler.Network, error) {
	if chosen.variant != "" || chosen.as != "" {
		return loadProgram(file, *chosen)
	}
	program, err := c.program(file)
	if err != nil {
		return nil, nil, err
	}
	network, err := program.Build("", chosen.override)
	return program, network, err
}

func reported(n *compiler.Network) report.Network {
	return report.Network{Name: n.Variant, Graph: n.Graph, Width: n.Width, Depth: n.Depth}
}

// costed is a network whose memory is known, too.
func costed(n *compiler.Network) (report.Network, error) {
	bytes, err := memory(n)
	r := reported(n)
	r.Memory = int64(bytes)
	return r, err
}

// scaledFigure makes of the baseline what twice the work gives in each dimension alone and in all together. Ways that
// the family's scaling does not have are left out.
func scaledFigure(program *compiler.Program, baseline *compiler.Network) []report.Network {
	larger := int(math.Round(math.Sqrt2 * float64(baseline.Resolution)))
	ways := []struct {
		name     string
		override build.Override
	}{
		{"width scaling", build.Override{"width": math.Sqrt2}},
		{"depth scaling", build.Override{"depth": 2.0}},
		{"resolution scaling", build.Override{"resolution": larger}},
		{"compound scaling", build.Override{"phi": 1.0}},
	}
	figure := []report.Network{reported(baseline)}
	figure[0].Name = "baseline, " + baseline.Variant
	for _, way := range ways {
		scaled, err := program.Build(baseline.Variant, way.override)
		if err != nil {
			continue
		}
		n := reported(scaled)
		n.Name = way.name
		figure = append(figure, n)
	}
	if len(figure) == 1 {
		return nil
	}
	return figure
}

// measured times the page's networks in turn, then the layers of its detail, and what the machine can do.
func measured(c *call, page *report.Page, limit time.Duration) error {
	if err := checkHost(); err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	defer busy(c.stderr, "measuring")()
	if err := timeNetworks(page.Networks, workers, limit); err != nil {
		return err
	}
	return measureSteps(page.Detail, workers, limit/2)
}

// timeNetworks times networks in turn.
func timeNetworks(networks []report.Network, workers int, limit time.Duration) error {
	var blocks []execute.Block
	var timed []*report.Network
	for i := range networks {
		n := &networks[i]
		if n.Graph.ParamCount() > maxMeasured {
			continue
		}
		model, inputs, err := random(n, workers)
		if err != nil {
			return err
		}
		timed = append(timed, n)
		blocks = append(blocks, execute.Repeat(func() error {
			_, err := model.Infer(context.Background(), inputs...)
			return err
		}))
	}
	latencies, err := execute.Measure(limit, blocks...)
	if err != nil {
		return err
	}
	for i, l := range latencies {
		timed[i].Latency = &report.Latency{Median: l.Median, Low: l.Low, High: l.High}
	}
	return nil
}

// measureSteps times the layers of one network, and what the machine can do at most.
func measureSteps(d *report.Detail, workers int, limit time.Duration) error {
	flops, bandwidth := execute.MachinePeak(workers)
	d.Machine = &report.Machine{Name: fmt.Sprintf("%s, %s", kernel.Host().Has, counted(workers, "worker")),
		FLOPs: flops, Bandwidth: bandwidth}
	model, inputs, err := random(&d.Network, workers, engine.WithProfile())
	if err != nil {
		return err
	}
	for end := time.Now().Add(limit); ; {
		if _, err := model.Infer(context.Background(), inputs...); err != nil {
			return err
		}
		if time.Now().After(end) {
			break
		}
	}
	profile := model.Profile()
	for _, l := range profile.Layers {
		each := l.Time / time.Duration(profile.Inferences)
		d.Steps = append(d.Steps, report.Step{Name: l.Name, Time: each, FLOPs: l.FLOPs, Bytes: l.Bytes})
	}
	return nil
}

// random makes a model with random weights, and an image for it.
func random(n *report.Network, workers int, options ...engine.Option) (*execute.Model, [][]float32, error) {
	p, err := plan.Of(n.Graph, params.Initializer(n.Graph, 1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", n.Name, err)
	}
	inputs := eval.Split(n.Graph, eval.Noise(n.Graph, 1, 1)[0])
	return execute.New(p, append(options, engine.WithWorkers(workers))...), inputs, nil
}
