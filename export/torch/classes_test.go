package torch

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// blockLines are networks of blocks that differ in nothing but the function that they apply, or in a figure alone.
var blockLines = map[string]string{
	"functions": "a = image -> Act(f: ReLU); b = a -> Act(f: Tanh); c = b -> Act(f: ReLU); return c",
	"slopes":    "a = image -> Act(f: LeakyReLU(0.1)); b = a -> Act(f: LeakyReLU(0.2)); return b",
}

// oddGraphs are networks with names that Python does not take, with what differs where it is mostly alike, and with
// nodes that nothing reads. The name of each begins with its graph's.
var oddGraphs = map[string]string{
	"3d-net: names that are no identifiers": `
seq.0-a = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [4, 8, 8]
seq.1-b = Activation(Function: ReLU) seq.0-a : [4, 8, 8]
plain.0 = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) seq.1-b : [4, 8, 8]
plain.1 = Activation(Function: ReLU) plain.0 : [4, 8, 8]
plain.3 = Activation(Function: Tanh) plain.1 : [4, 8, 8]
words.class = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) plain.3 : [4, 8, 8]
words.b = Activation(Function: ReLU) words.class : [4, 8, 8]
output words.b
`,
	"Net-S: classifiers of two sizes, and rates that differ": `
part.drop = DropPath(Rate: 0.1, Block: 1, Blocks: 2) image : [3, 8, 8]
other.drop = DropPath(Rate: 0.2, Block: 0, Blocks: 2) part.drop : [3, 8, 8]
pool = GlobalAvgPool() other.drop : [3, 1, 1]
flat = Flatten() pool : [3]
d1 = Dropout(Rate: 0.1) flat : [3]
d2 = Dropout(Rate: 0.2) flat : [3]
a = Linear(Out: 5) d1 : [5]
b = Linear(Out: 6) d2 : [6]
output a b
`,
	"net: classifiers of one size, and rates alike": `
part.drop = DropPath(Rate: 0.1, Block: 1, Blocks: 2) image : [3, 8, 8]
other.drop = DropPath(Rate: 0.1, Block: 0, Blocks: 2) part.drop : [3, 8, 8]
pool = GlobalAvgPool() other.drop : [3, 1, 1]
flat = Flatten() pool : [3]
d1 = Dropout(Rate: 0.1) flat : [3]
d2 = Dropout(Rate: 0.1) flat : [3]
a = Linear(Out: 5) d1 : [5]
b.fc = Linear(Out: 5) d2 : [5]
b.soft = Softmax() b.fc : [5]
output a b.soft
`,
	"Two: inputs, with features": `
left = Input(Shape: {2, 8, 8}) : [2, 8, 8]
joined = Concat() image left : [5, 8, 8]
conv = Conv(Out: 4, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) joined : [4, 8, 8]
act = Activation(Function: ReLU) conv : [4, 8, 8]
pool = GlobalAvgPool() act : [4, 1, 1]
flat = Flatten() pool : [4]
logits = Linear(Out: 5) flat : [5]
output logits
`,
	"Dead: nodes that nothing reads": `
a.conv = Conv(Out: 4, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [4, 8, 8]
a.unread = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) a.conv : [2, 8, 8]
a.act = Activation(Function: ReLU) a.conv : [4, 8, 8]
a.more = Activation(Function: ReLU) a.unread : [2, 8, 8]
output a.act
`,
	"Shared: parts used and missing": `
a.x = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [3, 8, 8] of cell at a
a.y = Activation(Function: ReLU) a.x : [3, 8, 8] of cell at a
b.x = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) a.y : [3, 8, 8] of cell at b
b.y = Activation(Function: ReLU) b.x : [3, 8, 8] of cell at b
sum = Add() b.x b.y : [3, 8, 8]
c.x = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) sum : [3, 8, 8] of cell at c
d.x = Conv(Out: 3, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) c.x : [3, 8, 8] of cell at d
d.y = Activation(Function: ReLU) d.x : [3, 8, 8] of cell at d
output d.y
`,
}

// TestClasses holds the text of the classes of networks that are written in a line, and of the graphs that the exporter
// for ONNX is tested with: which parts are modules, what these are called and given, and what each step reads. That
// PyTorch computes the right numbers with them says little of that.
func TestClasses(t *testing.T) {
	networks := map[string]*ir.Graph{}
	for _, table := range []map[string]string{sharedLines, arithmeticLines, blockLines} {
		for name, lines := range table {
			networks[name+": "+lines] = compiled(t, lines)
		}
	}
	files, err := filepath.Glob("../onnx/testdata/*.ir")
	if err != nil || len(files) == 0 {
		t.Fatalf("no graphs: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".ir")
		networks[name+".ir"] = parsed(name)()
	}
	for name, lines := range oddGraphs {
		graphName, _, _ := strings.Cut(name, ":")
		g, err := ir.Parse("graph \"" + graphName + "\"\nimage = Input(Shape: {3, 8, 8}) : [3, 8, 8]\n" +
			strings.TrimSpace(lines))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		networks[name] = g
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		g := networks[name]
		tree, err := newTree(g)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e := &emitter{graph: g, tree: tree, uses: map[helper]bool{}}
		root := e.network()
		fmt.Fprintf(&b, "### %s\n\n%s", name, e.takes(root.name))
		for _, c := range e.classes {
			fmt.Fprintf(&b, "\n%s", c.text(false))
		}
		b.WriteByte('\n')
	}
	path := filepath.Join("testdata", "classes.txt")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, after := strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")
	for i := range before {
		if i >= len(after) || before[i] != after[i] {
			t.Fatalf("%s differs from line %d on (go test -update rewrites it): want\n%s", path, i+1,
				strings.Join(before[i:min(i+10, len(before))], "\n"))
		}
	}
	if len(after) > len(before) {
		t.Errorf("%s ends early (go test -update rewrites it)", path)
	}
}
