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

// TestClasses holds the text of the classes of networks that are written in a line, and of the graphs that the exporter
// for ONNX is tested with: which parts are modules, what these are called and given, and what each step reads. That
// PyTorch computes the right numbers with them says little of that.
func TestClasses(t *testing.T) {
	networks := map[string]*ir.Graph{}
	for _, table := range []map[string]string{sharedLines, arithmeticLines} {
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
