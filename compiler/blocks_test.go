package compiler

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// referenceNetwork is one network of testdata/reference/networks: its blocks in order, with each convolution as input
// and output channels, kernel, stride and groups.
type referenceNetwork struct {
	Stem, Head int
	Act        string
	SqueezeAct []string `json:"se_acts"`
	Gates      []string `json:"se_gates"`
	Blocks     []map[string]json.RawMessage
}

// blockParts lists a block's parts in the order in which they run, by the kind of the block.
var blockParts = map[string][]string{
	"ConvBnAct":                 {"conv"},
	"DepthwiseSeparableConv":    {"conv_dw", "se", "conv_pw"},
	"InvertedResidual":          {"conv_pw", "conv_dw", "se", "conv_pwl"},
	"EdgeResidual":              {"conv_exp", "se", "conv_pwl"},
	"UniversalInvertedResidual": {"dw_start", "pw_exp", "dw_mid", "se", "pw_proj"},
}

// TestBlocks holds every convolution of the families, in order, and every skip against the reference implementations'.
func TestBlocks(t *testing.T) {
	files, err := filepath.Glob("../testdata/reference/networks/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no reference networks", err)
	}
	for _, file := range files {
		family := strings.TrimSuffix(filepath.Base(file), ".json")
		networks := map[string]referenceNetwork{}
		readJSON(t, file, &networks)
		program := loadExample(t, family)
		for variant, reference := range networks {
			t.Run(family+"/"+variant, func(t *testing.T) {
				n, err := program.Build(variant, nil)
				if err != nil {
					t.Fatal(err)
				}
				checkBlocks(t, n.Graph, reference)
			})
		}
	}
}

func checkBlocks(t *testing.T, g *ir.Graph, reference referenceNetwork) {
	want := reference.steps(t)
	got := graphSteps(g)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i].text != want[i] {
			t.Fatalf("step %d: got %v, want %v", i, got[i:min(i+3, len(got))], want[i:min(i+3, len(want))])
		}
	}
	for _, n := range g.Nodes {
		if a, ok := n.Op.(ir.Activation); ok {
			if !strings.EqualFold(string(a.Function), reference.Act) {
				t.Errorf("%s: got %s, want %s", n.Name, a.Function, reference.Act)
			}
			break
		}
	}
	for _, n := range g.Nodes {
		if _, ok := n.Op.(ir.Mul); ok {
			gate, expand := n.Inputs[1], n.Inputs[1].Inputs[0]
			checkFunction(t, gate, reference.Gates)
			checkFunction(t, expand.Inputs[0], reference.SqueezeAct)
		}
	}
}

func checkFunction(t *testing.T, n *ir.Node, want []string) {
	a, ok := n.Op.(ir.Activation)
	if !ok || !slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, string(a.Function)) }) {
		t.Errorf("%s: got %v, want one of %v", n.Name, n.Op, want)
	}
}

// steps lists the convolutions and skips from the stem to the last block. Those in parts are a line each.
func (r referenceNetwork) steps(t *testing.T) []string {
	steps := []string{convStep(3, r.Stem, 3, 2, 1)}
	for _, block := range r.Blocks {
		var kind string
		var skip bool
		decode(t, block["t"], &kind)
		decode(t, block["skip"], &skip)
		parts, ok := blockParts[kind]
		if !ok {
			t.Fatalf("no block is called %s", kind)
		}
		for _, part := range parts {
			if block[part] == nil {
				continue
			}
			var figures []any
			decode(t, block[part], &figures)
			if part == "se" {
				c, reduced := int(figures[0].(float64)), int(figures[1].(float64))
				steps = append(steps, convStep(c, reduced, 1, 1, 1), convStep(reduced, c, 1, 1, 1))
			} else {
				steps = append(steps, convSteps(figures)...)
			}
		}
		if skip {
			steps = append(steps, "skip")
		}
	}
	return steps
}

// convSteps lists a convolution's parts: one, or one for each kernel of a list.
func convSteps(f []any) []string {
	number := func(v any) int { return int(v.(float64)) }
	kernels, mixed := f[2].([]any)
	if !mixed {
		return []string{convStep(number(f[0]), number(f[1]), number(f[2]), number(f[3]), number(f[4]))}
	}
	var steps []string
	for i, k := range kernels {
		in, out := part(number(f[0]), len(kernels), i), part(number(f[1]), len(kernels), i)
		steps = append(steps, convStep(in, out, number(k), number(f[3]), number(f[4].([]any)[i])))
	}
	return steps
}

// part is the size of part i of n: the first takes the remainder.
func part(whole, n, i int) int {
	if i == 0 {
		return whole/n + whole%n
	}
	return whole / n
}

func convStep(in, out, kernel, stride, groups int) string {
	return fmt.Sprintf("%d to %d, kernel %d, stride %d, groups %d", in, out, kernel, stride, groups)
}

func decode(t *testing.T, text json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// graphStep is a convolution or a skip of a graph.
type graphStep struct {
	name, text string
}

func (s graphStep) String() string { return s.name + ": " + s.text }

// graphSteps lists the convolutions and skips of a graph up to its head, which is what follows the last block.
func graphSteps(g *ir.Graph) []graphStep {
	var steps []graphStep
	for _, n := range g.Nodes {
		if strings.HasPrefix(n.Name, "head") {
			break
		}
		switch op := n.Op.(type) {
		case ir.Conv:
			steps = append(steps, graphStep{n.Name, convStep(n.Inputs[0].Shape[0], op.Out, op.Kernel.Height,
				op.Stride.Height, op.Groups)})
		case ir.Add:
			steps = append(steps, graphStep{n.Name, "skip"})
		}
	}
	return steps
}
