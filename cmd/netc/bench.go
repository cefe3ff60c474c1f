package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/export/onnx/remote"
)

const benchDetails = `
The network runs in this process, with the engine and the kernels of generated Go; NETC_CPU takes instructions
away. With --arithmetic fp16 it says by how much results differ from those of
float32. With --onnxruntime, ONNX Runtime runs the same network in turn, with as many threads, in a process
of its own.

Without --weights, the weights are those that training starts from.

` + onnxRuntimeDetails

func runBench(c *call) error {
	variant := variantFlag(c)
	weights := newWeightFlags(c)
	workers := c.flags.Int("workers", runtime.GOMAXPROCS(0),
		"let `N` goroutines work on an inference (default: as many as there are processors)")
	seconds := c.flags.Float64("seconds", 4, "measure for `S` seconds")
	batch := c.flags.Int("batch", 1, "give an inference `N` images")
	arithmetic := arithmeticFlag(c)
	program := onnxRuntimeFlag(c, "that runs ONNX Runtime in turn")
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	if *workers < 1 || *batch < 1 || !(*seconds > 0) {
		return usagef("--workers, --batch and --seconds are at least one, one and something")
	}
	if err := checkHost(); err != nil {
		return err
	}
	onnxRuntime, err := startONNXRuntime(c, *program)
	if err != nil {
		return err
	}
	b, err := planned(c, file, variant, weights, plan.WithArithmetic(*arithmetic))
	if err != nil {
		return err
	}
	inputs := make([][]float32, len(b.graph.Inputs))
	for _, example := range eval.Noise(b.graph, 1, *batch) {
		for i, part := range eval.Split(b.graph, example) {
			inputs[i] = append(inputs[i], part...)
		}
	}
	p := b.plan
	fmt.Fprintf(c.stdout, "%s: %s, %s, %s\n", p.Name, counted(*batch, "image"), counted(*workers, "worker"),
		kernel.Host().Has)
	fmt.Fprintf(c.stdout, "memory for one inference %s, of which %s are alive at once; weights %s\n",
		byteText(p.Arena), byteText(p.LowerBound), byteText(len(p.Weights)))
	if *arithmetic == kernel.F16 {
		if err := b.arithmetic(c, inputs, *workers); err != nil {
			return err
		}
	}
	limit := time.Duration(*seconds * float64(time.Second))
	if err := b.latencies(c, onnxRuntime, inputs, *batch, *workers, limit); err != nil {
		return err
	}
	return b.profile(c, inputs, *workers, limit/4)
}

// checkHost refuses a misspelt NETC_CPU, before a network runs on what it does not say.
func checkHost() error {
	if err := kernel.CheckHost(); err != nil {
		return usagef("%v", err)
	}
	return nil
}

// arithmetic says what the network computes with, and by how much results differ from those of float32.
func (b *buildable) arithmetic(c *call, inputs [][]float32, workers int) error {
	switch {
	case b.plan.Half == nil:
		fmt.Fprintln(c.stdout, "arithmetic fp32: no step of this network has a kernel of fp16")
		return nil
	case kernel.Host().Has&kernel.FP16 == 0:
		fmt.Fprintln(c.stdout, "arithmetic fp32: this processor does not compute with fp16")
		return nil
	}
	differences, err := execute.Differences(b.plan, inputs, workers)
	if err != nil {
		return err
	}
	printDifferences(c.stdout, b.plan.Outputs, differences)
	return nil
}

// printDifferences says by how much each output with arithmetic of float16 differs.
func printDifferences(w io.Writer, outputs []plan.Output, differences []execute.Difference) {
	for i, d := range differences {
		fmt.Fprintf(w, "arithmetic fp16: %s differs from that of fp32 by at most %.2g of its largest element, "+
			"root mean square %.2g\n", outputs[i].Name, d.Most, d.RootMeanSquare)
	}
}

// counted says how many there are of something.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// byteText writes a number of bytes in the unit that leaves it a digit before the point.
func byteText(bytes int) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// latencies times the network, and ONNX Runtime in turn where there is one. The program ends then: what follows has the
// processors to itself.
func (b *buildable) latencies(c *call, onnxRuntime *remote.Program, inputs [][]float32, batch, workers int,
	limit time.Duration) error {
	model := execute.New(b.plan, engine.WithWorkers(workers))
	blocks := []execute.Block{execute.Repeat(func() error {
		_, err := model.Infer(context.Background(), inputs...)
		return err
	})}
	if onnxRuntime != nil {
		defer onnxRuntime.Close()
		other, err := b.runtimeBlock(onnxRuntime, inputs, batch, workers)
		if err != nil {
			return err
		}
		blocks = append(blocks, other)
	}
	measured, err := execute.Measure(limit, blocks...)
	if err != nil {
		return err
	}
	operations := 2 * float64(b.graph.MACs()) * float64(batch)
	for i, l := range measured {
		name := [...]string{"netc", "ONNX Runtime"}[i]
		fmt.Fprintf(c.stdout, "%-13s %v, %.0f GFLOP/s\n", name, l, operations/float64(l.Median))
	}
	if len(measured) > 1 {
		fmt.Fprintf(c.stdout, "ONNX Runtime takes %.2f times as long\n",
			float64(measured[1].Median)/float64(measured[0].Median))
	}
	return nil
}

// profile prints where the time goes, layer by layer.
func (b *buildable) profile(c *call, inputs [][]float32, workers int, limit time.Duration) error {
	model := execute.New(b.plan, engine.WithWorkers(workers), engine.WithProfile())
	for end := time.Now().Add(limit); ; {
		if _, err := model.Infer(context.Background(), inputs...); err != nil {
			return err
		}
		if time.Now().After(end) {
			break
		}
	}
	fmt.Fprint(c.stdout, model.Profile())
	return nil
}
