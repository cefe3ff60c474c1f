package main

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler"
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

// layerRow is one layer as "summary --json" and "diff --json" print it. In is the shape of the first input; what has no
// window has no kernel, stride and groups.
type layerRow struct {
	Name   string     `json:"name"`
	Op     string     `json:"op"`
	In     ir.Shape   `json:"in"`
	Inputs []ir.Shape `json:"inputs"`
	Out    ir.Shape   `json:"out"`
	Kernel pair       `json:"kernel,omitzero"`
	Stride pair       `json:"stride,omitzero"`
	Groups int        `json:"groups,omitempty"`
	Params int64      `json:"params"`
	MACs   int64      `json:"macs"`

	settings []string // all that the operation has: "Kernel: 3"
	from     []string // the layers whose results are its inputs
}

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
	rows := layerRows(network.Graph)
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

func printLayers(out io.Writer, rows []layerRow) error {
	return table(out, "layer\top\tin\tout\tkernel\tstride\tgroups\tparams\tMACs\t", len(rows),
		func(w io.Writer, i int) {
			r := rows[i]
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Name, r.Op, r.inputs(), r.Out,
				r.Kernel, r.Stride, unlessZero(r.Groups),
				thousands(r.Params), thousands(r.MACs))
		})
}

// inputs lists the shapes of all inputs.
func (r layerRow) inputs() string {
	var shapes []string
	for _, s := range r.Inputs {
		shapes = append(shapes, fmt.Sprint(s))
	}
	return strings.Join(shapes, " ")
}

func unlessZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// printLines sums up the layers of each line of the network's body: those whose names begin with its name.
func printLines(out io.Writer, rows []layerRow, macs int64) error {
	var lines []layerRow
	for _, r := range rows {
		name, _, _ := strings.Cut(r.Name, ".")
		if n := len(lines); n == 0 || lines[n-1].Name != name {
			lines = append(lines, layerRow{Name: name})
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

func layerRows(g *ir.Graph) []layerRow {
	var rows []layerRow
	for _, n := range g.Nodes {
		if len(n.Inputs) > 0 {
			rows = append(rows, layerRowOf(n))
		}
	}
	return rows
}

func layerRowOf(n *ir.Node) layerRow {
	r := layerRow{Name: n.Name, Op: ir.InfoOf(n.Op).Name, In: n.Inputs[0].Shape, Inputs: n.InputShapes(), Out: n.Shape,
		Params: n.ParamCount(), MACs: n.MACs()}
	r.settings = settingsOf(n.Op)
	for _, in := range n.Inputs {
		r.from = append(r.from, in.Name)
	}
	if w, ok := ir.WindowOf(n.Op); ok {
		r.Kernel, r.Stride = pair(w.Kernel), pair(w.Stride)
	}
	switch op := n.Op.(type) {
	case ir.Activation:
		r.Op = string(op.Function)
	case ir.Conv:
		r.Groups = op.Groups
	case ir.ConvTranspose:
		r.Kernel, r.Stride, r.Groups = pair(op.Kernel), pair(op.Stride), op.Groups
	}
	return r
}

// pair is a kernel or stride in tables and JSON: nothing for what has none, one number for a square one, and a list of
// height and width, [1, 7], for others.
type pair ir.Pair

func (p pair) String() string {
	if p == (pair{}) {
		return ""
	}
	return ir.Pair(p).String()
}

// MarshalJSON writes 3 or [1, 7].
func (p pair) MarshalJSON() ([]byte, error) {
	if ir.Pair(p).IsSquare() {
		return json.Marshal(p.Height)
	}
	return json.Marshal([]int{p.Height, p.Width})
}

var braces = regexp.MustCompile(`\{[^}]*\}`)

// settingsOf lists the settings of an operation, "Kernel: 3", a padding in one: "Pad: {1 1 1 1}".
func settingsOf(op ir.Op) []string {
	_, text, _ := strings.Cut(strings.TrimSuffix(ir.OpString(op), ")"), "(")
	text = braces.ReplaceAllStringFunc(text, func(s string) string { return strings.ReplaceAll(s, ",", "") })
	return strings.Split(text, ", ")
}
