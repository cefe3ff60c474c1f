package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/diff"
	"github.com/netc-lang/netc/compiler/ir"
)

const summaryDetails = `
The first table has every layer: the shapes of all its inputs and of its result, and of windows the kernel, the stride
and the groups. The second sums up the lines of the network's body; the third says which of their figures the scaling
has changed. A fourth lists inputs and outputs by their names, where there are several.

MACs are multiply-accumulates: one for each product of a weight with a value that is added up. A convolution takes out
channels × out height × out width × (in channels / groups) × kernel height × width of them, a linear layer in ×
out for each vector, a product of matrices rows × inner × columns. Norms, softmax, activations, pools, additions and
biases count for none, as in the papers; tools such as thop count some of those, and profilers that count
floating-point operations show two for each MAC. Params are what is trained: weights, biases, learned tensors, and the
scale and shift of batch norm and layer norm, without running means and variances. What reaches no output counts
for nothing.`

func runSummary(c *call) error {
	defer uncollected()()
	asJSON := c.flags.Bool("json", false, "print JSON for programs")
	variant := variantFlag(c)
	file, err := c.parseOne()
	if err != nil {
		return err
	}
	network, err := load(file, *variant)
	if err != nil {
		return err
	}
	rows := diff.Layers(network.Graph)
	if *asJSON {
		return writeJSON(c.stdout, rows)
	}
	for _, print := range []func(io.Writer) error{
		func(w io.Writer) error { return printLayers(w, rows) },
		func(w io.Writer) error { return printLines(w, rows, network.Graph.MACs()) },
		func(w io.Writer) error { return printChanges(w, network) },
		func(w io.Writer) error { return printEnds(w, network.Graph) },
	} {
		if err := print(c.stdout); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.stdout, "%s: %s params, %s MACs\n", network.Graph.Name,
		thousands(network.Graph.ParamCount()), thousands(network.Graph.MACs()))
	return err
}

func printLayers(out io.Writer, rows []diff.Layer) error {
	return table(out, "layer\top\tin\tout\tkernel\tstride\tgroups\tparams\tMACs\t", len(rows),
		func(w io.Writer, i int) {
			r := rows[i]
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Name, r.Op, r.InputShapes(), r.Out,
				r.Kernel, r.Stride, unlessZero(r.Groups),
				thousands(r.Params), thousands(r.MACs))
		})
}

func unlessZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// printLines sums up the layers of each line of the network's body: those whose names begin with its name.
func printLines(out io.Writer, rows []diff.Layer, macs int64) error {
	var lines []diff.Layer
	for _, r := range rows {
		name, _, _ := strings.Cut(r.Name, ".")
		if n := len(lines); n == 0 || lines[n-1].Name != name {
			lines = append(lines, diff.Layer{Name: name})
		}
		l := &lines[len(lines)-1]
		l.Out, l.Params, l.MACs = r.Out, l.Params+r.Params, l.MACs+r.MACs
	}
	fmt.Fprintln(out)
	return table(out, "line\tout\tparams\tMACs\tof all\t", len(lines), func(w io.Writer, i int) {
		l := lines[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f%%\t\n", l.Name, l.Out, thousands(l.Params), thousands(l.MACs),
			100*float64(l.MACs)/float64(max(macs, 1)))
	})
}

// printChanges lists the figures of the baseline that the scaling has changed.
func printChanges(out io.Writer, network *compiler.Network) error {
	changes := network.Observed.Changes
	fmt.Fprintln(out)
	if len(changes) == 0 {
		return nil
	}
	err := table(out, "line\tscaled\tbaseline\there\t", len(changes), func(w io.Writer, i int) {
		c := changes[i]
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t\n", c.Line, c.What, c.Before, c.After)
	})
	fmt.Fprintln(out)
	return err
}

// printEnds lists what the network takes and returns, where that is not one value for one.
func printEnds(out io.Writer, g *ir.Graph) error {
	if len(g.Inputs) == 1 && len(g.Outputs) == 1 {
		return nil
	}
	type end struct{ kind, name, shape, layer string }
	var ends []end
	for _, n := range g.Inputs {
		ends = append(ends, end{"input", n.Name, fmt.Sprint(n.Shape), ""})
	}
	for _, o := range g.Outputs {
		ends = append(ends, end{"output", o.Name, fmt.Sprint(o.Node.Shape), o.Node.Name})
	}
	err := table(out, "\tname\tshape\tlayer\t", len(ends), func(w io.Writer, i int) {
		e := ends[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", e.kind, e.name, e.shape, e.layer)
	})
	fmt.Fprintln(out)
	return err
}
