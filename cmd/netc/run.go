package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

const runDetails = `
An INPUT is an image or several: an array of NumPy (.npy) of shape [channels, rows, columns], or
[n, channels, rows, columns]; an archive with such an array (.npz); or, in a file of another name, float32 numbers,
little-endian; "-" is standard input. NAME=INPUT says of which of the network's inputs they are, which it must where there are several; an
archive may have an array for each of them, under its name. Images of several files follow each other.

Without -o, it prints for each image the largest five elements of every output that is a vector, and the range of every
other.`

func runRun(c *call) error {
	variant := variantFlag(c)
	weights := newWeightFlags(c)
	workers := c.flags.Int("workers", 0,
		"let `N` goroutines work on it; results do not depend on it (default: as many as there are processors)")
	arithmetic := arithmeticFlag(c)
	out := outputFlag(c,
		"write the outputs to a file, of the kind that its name says: .npz for all, or .npy, or float32 numbers")
	files, err := c.parse()
	if err != nil {
		return err
	}
	if len(files) < 2 {
		return usagef("it takes an architecture and inputs, got %s", counted(len(files), "file"))
	}
	if *workers < 0 {
		return usagef("--workers is a number from 1 on, or 0 for as many as there are processors, not %d", *workers)
	}
	if err := checkHost(); err != nil {
		return err
	}
	built, err := planned(c, files[0], variant, weights, plan.WithArithmetic(*arithmetic))
	if err != nil {
		return err
	}
	inputs, err := readInputs(c, built, files[1:])
	if err != nil {
		return err
	}
	results, err := execute.New(built.plan, workerOption(*workers)...).Infer(context.Background(), inputs...)
	if err != nil {
		return err
	}
	n := len(inputs[0]) / built.plan.Inputs[0].Shape.Elements()
	if *out != "" {
		return writeResults(c, *out, built.plan, n, results)
	}
	for i := range n {
		if n > 1 {
			fmt.Fprintf(c.stdout, "image %d of %d: ", i+1, n)
		}
		fmt.Fprint(c.stdout, execute.Text(built.plan.Outputs, i, results))
	}
	return nil
}

// buildable is a network that a command line asks for, ready to be run here.
type buildable struct {
	target
	values params.Values // of the canonical graph
	plan   *plan.Plan
}

// planned builds and plans a network with its weights.
func planned(c *call, file string, chosen *choice, weights weightFlags, options ...plan.Option) (*buildable, error) {
	network, err := load(file, *chosen)
	if err != nil {
		return nil, err
	}
	canonical, _ := pass.Run(pass.Canonical, network.Graph, nil)
	t := target{file, *chosen, network, canonical}
	values, _, err := weights.lazy(c, t)
	if err != nil {
		return nil, err
	}
	defer busy(c.stderr, "packing weights")()
	p, err := plan.Of(canonical, values, options...)
	if err != nil {
		return nil, err
	}
	return &buildable{t, values, p}, nil
}

func workerOption(n int) []engine.Option {
	if n == 0 {
		return nil
	}
	return []engine.Option{engine.WithWorkers(n)}
}

// readInputs reads what the files have of each input, one behind the other.
func readInputs(c *call, b *buildable, files []string) ([][]float32, error) {
	inputs := make([][]float32, len(b.plan.Inputs))
	for _, file := range files {
		name, path, named := strings.Cut(file, "=")
		if !named {
			name, path = "", file
		}
		some, err := readInput(c, b.plan, name, path)
		if err != nil {
			return nil, err
		}
		for i, values := range some {
			inputs[i] = append(inputs[i], values...)
		}
	}
	for i, input := range b.plan.Inputs {
		if inputs[i] == nil {
			return nil, usagef("nothing is given for the input %s", input.Name)
		}
	}
	return inputs, nil
}

// readInput reads what a file has for each input: for that of a name, or "" for the only one, or for all that there
// are.
func readInput(c *call, p *plan.Plan, name, path string) ([][]float32, error) {
	values := make([][]float32, len(p.Inputs))
	if name == "" && len(p.Inputs) > 1 {
		if !strings.HasSuffix(path, ".npz") {
			return nil, usagef("the network has the inputs %s: say which of them %s is: NAME=%[2]s", inputNames(p),
				path)
		}
		c.out.Reads(path)
		for i, in := range p.Inputs {
			var err error
			if values[i], err = execute.ReadNamed(path, in.Name, in.Shape); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
	at := slices.IndexFunc(p.Inputs, func(in plan.Input) bool { return in.Name == name || name == "" })
	if at < 0 {
		if whole := name + "=" + path; isFile(whole) {
			return nil, usagef("the network has no input %q, only %s: of the file %s, say %s=%[3]s", name,
				inputNames(p), whole, p.Inputs[0].Name)
		}
		return nil, usagef("the network has no input %q, only %s", name, inputNames(p))
	}
	in := p.Inputs[at]
	var err error
	if path == "-" {
		values[at], err = execute.ReadStream(c.stdin, in.Name, in.Shape)
	} else {
		c.out.Reads(path)
		values[at], err = execute.ReadImages(path, in.Name, in.Shape)
	}
	return values, err
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func inputNames(p *plan.Plan) string {
	var names []string
	for _, in := range p.Inputs {
		names = append(names, in.Name)
	}
	return strings.Join(names, ", ")
}

// writeResults writes the outputs in the format that the file's name asks for.
func writeResults(c *call, path string, p *plan.Plan, n int, results [][]float32) error {
	write := func(w io.Writer) error { return execute.WriteArchive(w, p.Outputs, n, results) }
	if !strings.HasSuffix(path, ".npz") {
		if len(p.Outputs) > 1 {
			return usagef("the network has %d outputs: write them to an archive, a file that ends in .npz",
				len(p.Outputs))
		}
		write = func(w io.Writer) error { return execute.WriteFloats(w, results[0]) }
		if strings.HasSuffix(path, ".npy") {
			write = func(w io.Writer) error { return execute.WriteArray(w, p.Outputs[0], n, results[0]) }
		}
	}
	return c.out.Write(output.File{Path: path, Write: write})
}
