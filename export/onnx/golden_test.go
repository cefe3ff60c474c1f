package onnx

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx/verify"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestWritten holds the text of what is written: of every test graph all of it, and of every other way to write it the
// lines that differ. That a model computes the right numbers says nothing of its names, types and shapes, nor of how
// many operations it takes for them.
func TestWritten(t *testing.T) {
	all := graphs(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		usual := described(t, all[name], Options{})
		fmt.Fprintf(&b, "== %s\n%s\n", name, strings.Join(usual, "\n"))
		for _, o := range everyOption[1:] {
			large := name == "attention.ir" || name == "shared.ir" // blocks of what is in others, too
			if o.Type == BFloat16 && o.KeepIO || large && o.Batch == 0 && o.Opset == 0 {
				continue
			}
			if _, err := Build(all[name], eval.Calibrated(all[name], 1).Values(), o); err != nil {
				fmt.Fprintf(&b, "-- %s\n%v\n", settings(o), err)
				continue
			}
			if changes := difference(usual, described(t, all[name], o)); len(changes) > 0 {
				fmt.Fprintf(&b, "-- %s\n%s\n", settings(o), strings.Join(changes, "\n"))
			}
		}
	}
	const path = "testdata/written.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it):\n%s", path,
			strings.Join(difference(strings.Split(string(want), "\n"), strings.Split(got, "\n")), "\n"))
	}
}

// settings prints the options that are set.
func settings(o Options) string {
	var words []string
	for word, set := range map[string]bool{
		"keep batch norm": o.KeepBatchNorm, "keep io": o.KeepIO, "dynamic size": o.DynamicSize,
		"preprocess": o.Preprocess, "softmax": o.Softmax, fmt.Sprint("batch ", o.Batch): o.Batch > 0,
		fmt.Sprint("opset ", o.Opset): o.Opset > 0, fmt.Sprint("top ", o.TopK): o.TopK > 0,
		o.Type.String(): o.Type != Float32, fmt.Sprint("features ", o.Features): o.Features != nil,
	} {
		if set {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// described prints a model, a line for each thing that it has. The type of the network and the batch, which every value
// would repeat, go without saying; tests of options hold them.
func described(t *testing.T, g *ir.Graph, o Options) []string {
	t.Helper()
	written := written(t, build(t, g, eval.Calibrated(g, 1), o))
	m, err := verify.Decode(written)
	if err != nil {
		t.Fatal(err)
	}
	kind := func(t verify.ElementType) string {
		if t.String() == o.Type.String() {
			return ""
		}
		return " " + t.String()
	}
	lines := []string{fmt.Sprintf("%s %d opset %d %s", m.Producer, m.IRVersion, m.Opset, m.Graph.Name)}
	for _, p := range m.Properties {
		lines = append(lines, fmt.Sprintf("property %s=%s", p.Key, p.Value))
	}
	values := func(what string, list []verify.Value) {
		for _, v := range list {
			dims := make([]string, len(v.Dims))
			for i, d := range v.Dims {
				if dims[i] = d.Symbol; d.Symbol == "" {
					dims[i] = fmt.Sprint(d.Size)
				}
				if i == 0 && o.Batch > 0 && dims[i] == fmt.Sprint(o.Batch) {
					dims[i] = "N"
				}
			}
			lines = append(lines, fmt.Sprintf("%s %s%s %s", what, v.Name, kind(v.Type), strings.Join(dims, ",")))
		}
	}
	values("input", m.Graph.Inputs)
	values("output", m.Graph.Outputs)
	for _, n := range m.Graph.Nodes {
		line := fmt.Sprintf("%s %s: %s → %s", n.Operator, n.Name, strings.Join(n.Inputs, " "),
			strings.Join(n.Outputs, " "))
		for _, a := range n.Attributes {
			value := map[verify.Kind]any{verify.FloatKind: a.Float, verify.IntKind: a.Int, verify.TextKind: a.Text,
				verify.IntsKind: a.Ints}[a.Kind]
			line += fmt.Sprintf(" %s=%v", a.Name, value)
		}
		lines = append(lines, line)
	}
	values("value", m.Graph.Infos)
	params := map[string]bool{}
	for _, p := range g.Params() {
		params[p.Name] = true
	}
	for _, c := range m.Graph.Initializers {
		line := fmt.Sprintf("constant %s%s %v", c.Name, kind(c.Type), c.Dims)
		v, _ := m.Constant(c.Name)
		round := func(x float64) bool { return x*1000 == math.Round(x*1000) }
		switch computed := slices.ContainsFunc(v.Floats, func(x float64) bool { return !round(x) }); {
		case params[c.Name] || computed || len(v.Ints)+len(v.Floats) > 8:
		case v.Floats != nil:
			line += fmt.Sprintf(" %g", v.Floats)
		default:
			line += fmt.Sprintf(" %d", v.Ints)
		}
		lines = append(lines, line)
	}
	return lines
}

// difference lists the lines of one text that the other has not, and the other way round.
func difference(before, after []string) (lines []string) {
	for i, sign := range []string{"- ", "+ "} {
		of, other := before, after
		if i == 1 {
			of, other = after, before
		}
		count := map[string]int{}
		for _, line := range other {
			count[line]++
		}
		for _, line := range of {
			if count[line]--; count[line] < 0 {
				lines = append(lines, sign+line)
			}
		}
	}
	return lines
}
