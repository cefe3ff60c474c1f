package pass

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/compiler/ir"
)

// ordered are graphs that come out otherwise where two passes run in the wrong order, by the two passes.
var ordered = map[string]string{
	"fix-sizes drop-unreachable": `graph "an image that is read for its size alone"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
idle = MaxPool(Kernel: 2, Stride: 2) image : [2, 2, 2]
last = Resize() image idle : [2, 2, 2]
output last
`,
	"drop-unreachable fold-batch-norm": `graph "a convolution that one reads for nothing"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
idle = MaxPool(Kernel: 2, Stride: 2) conv : [2, 2, 2]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) conv : [2, 4, 4]
output norm
`,
	"drop-identities fold-batch-norm": `graph "an identity between a convolution and its batch norm"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
drop = Dropout(Rate: 0.5) conv : [2, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) drop : [2, 4, 4]
output norm
`,
	"phase-transposed fold-batch-norm": `graph "a transposed convolution of stride 1 and its batch norm"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = ConvTranspose(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) conv : [2, 4, 4]
output norm
`,
	"fold-batch-norm fold-batch-norm-of-concat": `graph "a batch norm behind one of joined convolutions, and one behind all"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
left = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
left.norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) left : [2, 4, 4]
right = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
both = Concat() left.norm right : [4, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) both : [4, 4, 4]
output norm
`,
	"fold-batch-norm fuse-residual-add": `graph "a batch norm between a convolution and an addition"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) conv : [2, 4, 4]
sum = Add() norm image : [2, 4, 4]
output sum
`,
	"fold-batch-norm-of-concat fuse-activation": `graph "a batch norm between joined convolutions and an activation"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
left = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
right = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
both = Concat() left right : [4, 4, 4]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.1) both : [4, 4, 4]
act = Activation(Function: ReLU) norm : [4, 4, 4]
output act
`,
	"fuse-residual-add fuse-activation": `graph "an addition between a convolution and an activation"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]
sum = Add() conv image : [2, 4, 4]
act = Activation(Function: ReLU) sum : [2, 4, 4]
output act
`,
}

// TestOrder holds the table of passes to the constraints on its order, and these to what the passes do: for each there
// is a graph that comes out otherwise when its two passes are exchanged, and neighbours without one may be exchanged.
func TestOrder(t *testing.T) {
	at := func(name string) int {
		return slices.IndexFunc(passes, func(p Pass) bool { return p.Name == name })
	}
	graphs := everyGraph(t)
	constrained := map[[2]int]bool{}
	for _, c := range order {
		first, then := at(c.first), at(c.then)
		if first < 0 || first >= then || c.why == "" {
			t.Errorf("%s (row %d) must stand before %s (row %d): %s", c.first, first, c.then, then, c.why)
			continue
		}
		constrained[[2]int{first, then}] = true
		two := []Pass{passes[first], passes[then]}
		g, err := ir.Parse(ordered[c.first+" "+c.then])
		if err != nil {
			t.Errorf("no graph shows that %s stands before %s: %v", c.first, c.then, err)
			continue
		}
		if right, wrong := after(g, two[0], two[1]), after(g, two[1], two[0]); right == wrong {
			t.Errorf("%s and %s may stand either way, for all that this graph shows:\n%s", c.first, c.then, right)
		}
	}
	for i, p := range passes[1:] {
		if constrained[[2]int{i, i + 1}] {
			continue
		}
		for name, g := range graphs {
			if before := passes[i]; after(g, before, p) != after(g, p, before) {
				t.Errorf("%s: no constraint says that %s stands before %s", name, before.Name, p.Name)
			}
		}
	}
}

// after returns the text of what passes make of a graph.
func after(g *ir.Graph, passes ...Pass) string {
	out, _ := runAll(passes, g, nil)
	return out.String()
}

// everyGraph returns the graphs of this file and of those in testdata.
func everyGraph(t *testing.T) map[string]*ir.Graph {
	t.Helper()
	texts := map[string]string{}
	for name, text := range ordered {
		texts[name] = text
	}
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no graphs: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(archive.Files[0].Data)
	}
	graphs := map[string]*ir.Graph{}
	for name, text := range texts {
		g, err := ir.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		graphs[name] = g
	}
	return graphs
}

// TestPipelines says which passes each pipeline has, and holds what is observed to them.
func TestPipelines(t *testing.T) {
	folds := []string{"fold-batch-norm", "fold-batch-norm-of-concat"}
	tidied := []string{"drop-unreachable", "drop-identities"}
	empty, err := ir.Parse("graph \"a\"\nimage = Input(Shape: {1, 1, 1}) : [1, 1, 1]\noutput image\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		pipeline Pipeline
		want     []string
	}{
		"canonical": {Canonical, tidied[:1]},
		"lowering": {Lowering, slices.Concat([]string{"fix-sizes"}, tidied, []string{"phase-transposed"}, folds,
			[]string{"fuse-residual-add", "fuse-activation"})},
		"adjacent":            {Adjacent, slices.Concat(tidied, folds[:1])},
		"export":              {Export(false, false), slices.Concat([]string{"fix-sizes"}, tidied)},
		"export, open":        {Export(false, true), tidied},
		"export, fold":        {Export(true, false), slices.Concat([]string{"fix-sizes"}, tidied, folds)},
		"export, fold, open":  {Export(true, true), slices.Concat(tidied, folds)},
		"canonical, lowering": {Canonical | Lowering, nil},
	} {
		var got []string
		for _, p := range test.pipeline.Passes() {
			got = append(got, p.Name)
			if p.Why == "" {
				t.Errorf("%s: nothing says why", p.Name)
			}
		}
		if test.want == nil { // all
			for _, p := range passes {
				test.want = append(test.want, p.Name)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		var observed []string
		Run(test.pipeline, empty, func(name string, _ *ir.Graph) { observed = append(observed, name) })
		if !slices.Equal(observed, test.want) {
			t.Errorf("%s: %v are observed, want %v", name, observed, test.want)
		}
	}
}
