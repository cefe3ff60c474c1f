package build_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/diag/diagtest"
)

var update = flag.Bool("update", false, "write what is said of the files in testdata")

// TestSaid holds all that is said of the files in testdata, the places it points at and what it suggests, to NAME.txt.
func TestSaid(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.net")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	t.Chdir("testdata")
	for _, path := range paths {
		name := filepath.Base(path)
		var said strings.Builder
		for _, d := range problemsOf(t, name) { // Render shows some of many
			if err := (diag.List{d}).Render(&said, false); err != nil {
				t.Fatal(err)
			}
		}
		golden := strings.TrimSuffix(name, ".net") + ".txt"
		if *update {
			if err := os.WriteFile(golden, []byte(said.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if said.String() != string(want) {
			t.Errorf("%s", diff.Diff(golden, want, "said", []byte(said.String())))
		}
	}
}

// problemsOf builds all variants of a file and returns its mistakes and warnings.
func problemsOf(t *testing.T, path string) diag.List {
	t.Helper()
	program, err := compiler.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	networks, err := program.BuildAll()
	var problems diag.List
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	return append(problems, program.Warnings(networks)...)
}

// TestMistakes holds building to the mistakes and warnings that the files in testdata say they have.
func TestMistakes(t *testing.T) {
	diagtest.Run(t, "testdata/*.net", problemsOf)
}
