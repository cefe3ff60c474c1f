package pass

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
)

var update = flag.Bool("update", false, "write what the passes make into testdata")

// byName finds a row of the table.
func byName(t *testing.T, name string) Pass {
	t.Helper()
	for _, p := range passes {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no pass %q", name)
	return Pass{}
}

// TestPasses runs the passes that a file's first line names, in that order, on the graph "in" and expects the graph
// "want". What comes out must be a sound graph, and the reference interpreter must compute from it what it computes
// from "in".
func TestPasses(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { testPass(t, path) })
	}
}

func testPass(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil || len(archive.Files) != 2 {
		t.Fatalf("%s must have the files in and want: %v", path, err)
	}
	names, _, _ := strings.Cut(string(archive.Comment), "\n")
	var passes []Pass
	for _, name := range strings.Fields(names) {
		passes = append(passes, byName(t, name))
	}
	in, err := ir.Parse(string(archive.Files[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	before, set := in.String(), eval.Calibrated(in, 1)
	out, derived := runAll(passes, in, func(name string, g *ir.Graph) {
		if err := ir.Verify(g); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	})
	if in.String() != before {
		t.Error("the graph that came in was changed")
	}
	outSet, err := derived.Values(set.Values()).Set(out)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		archive.Files[1].Data = []byte(out.String())
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want := string(archive.Files[1].Data); out.String() != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	sameResults(t, in, out, func(g *ir.Graph) [][]float32 {
		values := set
		if g == out {
			values = outSet
		}
		results, err := eval.Run(g, values, eval.Noise(in, 2, 1)[0])
		if err != nil {
			t.Fatal(err)
		}
		return results
	})
}

// sameResults allows each result the summed tolerances of the operations that made it.
func sameResults(t *testing.T, in, out *ir.Graph, run func(*ir.Graph) [][]float32) {
	t.Helper()
	tolerance := 0.0
	for _, n := range in.Nodes {
		tolerance += ir.InfoOf(n.Op).Tolerance
	}
	want, got := run(in), run(out)
	for i := range want {
		largest := 0.0
		for _, v := range want[i] {
			largest = max(largest, math.Abs(float64(v)))
		}
		for j := range want[i] {
			if difference := math.Abs(float64(got[i][j] - want[i][j])); !(difference <= tolerance*largest) {
				t.Fatalf("output %d[%d] is %g, was %g", i, j, got[i][j], want[i][j])
			}
		}
	}
}

// TestPipelinesSettle holds that no pass of the lower pipeline finds anything left to do after it ran.
func TestPipelinesSettle(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		g, err := ir.Parse(string(archive.Files[0].Data))
		if err != nil {
			t.Fatal(err)
		}
		lowered, _ := Run(Lowering, g, nil)
		for _, p := range Lowering.Passes() {
			if p.run(newDraft(lowered)) {
				t.Errorf("%s: %s still changes the lowered graph", path, p.Name)
			}
		}
	}
}
