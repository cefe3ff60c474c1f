package eval

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestRandomGraphsHaveEveryOperation: what random graphs are compared for is compared for every operation.
func TestRandomGraphsHaveEveryOperation(t *testing.T) {
	count := map[string]int{}
	for seed := range uint64(300) {
		for _, g := range []*ir.Graph{RandomGraph(seed, seed%2 == 1), RandomTensors(seed)} {
			for _, n := range g.Nodes {
				count[ir.InfoOf(n.Op).Name]++
			}
		}
	}
	for _, info := range ir.Ops() {
		if count[info.Name] < 5 {
			t.Errorf("%d nodes of 600 random graphs are %s: settings by chance hardly ever fit it; "+
				"make it in random.go or random_tensor.go", count[info.Name], info.Name)
		}
	}
	t.Log(count)
}

var update = flag.Bool("update", false, "write what random graphs are made of into testdata/random.txt")

// TestRandomGraphsAre counts the settings and shapes of random graphs, and compares them with testdata/random.txt: a
// line is an operation's setting with how often it has each value. Whoever changes the generators reads there what has
// become more or less frequent.
func TestRandomGraphsAre(t *testing.T) {
	count := map[string]map[string]int{}
	add := func(what, value string) {
		if count[what] == nil {
			count[what] = map[string]int{}
		}
		count[what][value]++
	}
	for seed := range uint64(200) {
		for kind, g := range map[string]*ir.Graph{"graph": RandomGraph(seed, false), "lowered": RandomGraph(seed, true),
			"tensors": RandomTensors(seed)} {
			add(kind+" inputs", fmt.Sprint(len(g.Inputs)))
			add(kind+" outputs", fmt.Sprint(len(g.Outputs)))
			for _, n := range g.Nodes {
				op := ir.InfoOf(n.Op).Name
				add(kind, op)
				add(kind+" rank", fmt.Sprint(len(n.Shape)))
				add(kind+" last", fmt.Sprint(n.Shape[len(n.Shape)-1]))
				_, settings, _ := strings.Cut(strings.TrimSuffix(ir.OpString(n.Op), ")"), "(")
				for _, s := range setting.FindAllStringSubmatch(settings, -1) {
					add(op+" "+s[1], s[2])
				}
			}
		}
	}
	var got strings.Builder
	for _, what := range slices.Sorted(maps.Keys(count)) {
		got.WriteString(what + ":")
		values, rest := slices.Sorted(maps.Keys(count[what])), 0
		for _, v := range values {
			byChance := strings.Contains(v, ".") && len(v) > 5
			if n := count[what][v]; !byChance && (len(values) <= 40 || n > 20) {
				fmt.Fprintf(&got, " %s (%d)", v, n)
			} else {
				rest += n
			}
		}
		if rest > 0 {
			fmt.Fprintf(&got, " others (%d)", rest)
		}
		got.WriteByte('\n')
	}
	const golden = "testdata/random.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || got.String() != string(want) {
		t.Errorf("%v\n%s", err, diff.Diff("want", want, "random graphs", []byte(got.String())))
	}
}

// setting is one of an operation's text.
var setting = regexp.MustCompile(`(\w+): (\{[^}]*\}|[^,]+)`)

// TestRandomGraphsHaveAttention: some of them compute with heads as attention does, a product of scores and values.
func TestRandomGraphsHaveAttention(t *testing.T) {
	found := 0
	for seed := range uint64(300) {
		for _, n := range RandomTensors(seed).Nodes {
			if _, ok := n.Op.(ir.MatMul); !ok {
				continue
			}
			scores := n.Inputs[0]
			if _, ok := scores.Op.(ir.Softmax); !ok {
				continue
			}
			if product, ok := scores.Inputs[0].Op.(ir.MatMul); ok && product.Transpose && len(n.Shape) == 3 {
				found++
			}
		}
	}
	if found < 10 {
		t.Errorf("%d of 300 random graphs have attention", found)
	}
}

// TestRandomGraphsVary: convolutions have biases and none, and dilations of each axis; images become larger, smaller
// and of a size that nothing else has; matrices of each rank are multiplied; weights are shared.
func TestRandomGraphsVary(t *testing.T) {
	count := map[string]int{}
	for seed := range uint64(300) {
		for _, g := range []*ir.Graph{RandomGraph(seed, seed%2 == 1), RandomTensors(seed)} {
			sizes := map[ir.Pair]int{}
			for _, n := range g.Nodes {
				if n.Shape.IsImage() {
					sizes[ir.Pair{Height: n.Shape[1], Width: n.Shape[2]}]++
				}
			}
			for _, n := range g.Nodes {
				for _, what := range kindsOf(n, sizes) {
					count[what]++
				}
			}
		}
	}
	for _, what := range []string{"a bias", "no bias", "rows apart", "columns apart", "a size of its own",
		"the size of another", "fewer rows", "more rows", "matrices of rank 2", "matrices of rank 3",
		"weights of a Conv again", "weights of a ConvTranspose again", "weights of a BatchNorm again",
		"weights of a Linear again"} {
		if count[what] < 9 {
			t.Errorf("%d nodes of 600 random graphs have %s: %v", count[what], what, count)
		}
	}
}

// kindsOf says what is particular of a node among images of the given sizes.
func kindsOf(n *ir.Node, sizes map[ir.Pair]int) (kinds []string) {
	add := func(holds bool, what string) {
		if holds {
			kinds = append(kinds, what)
		}
	}
	add(n.Shared.Again, "weights of a "+ir.InfoOf(n.Op).Name+" again")
	switch op := n.Op.(type) {
	case ir.Conv:
		add(op.Bias, "a bias")
		add(!op.Bias, "no bias")
		add(op.Dilation.Height > 1 && op.Kernel.Height > 1, "rows apart")
		add(op.Dilation.Width > 1 && op.Kernel.Width > 1, "columns apart")
	case ir.Resize:
		size := ir.Pair{Height: n.Shape[1], Width: n.Shape[2]}
		add(len(n.Inputs) == 1 && sizes[size] == 1, "a size of its own")
		add(len(n.Inputs) == 2, "the size of another")
		add(size.Height < n.Inputs[0].Shape[1], "fewer rows")
		add(size.Height > n.Inputs[0].Shape[1], "more rows")
	case ir.MatMul:
		add(len(n.Shape) == 2, "matrices of rank 2")
		add(len(n.Shape) == 3, "matrices of rank 3")
	}
	return kinds
}
