package compiler_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

// TestSaid holds mistakes and warnings of whole programs, with their places and what they suggest, to what the test of
// compiler/build has written of its files.
func TestSaid(t *testing.T) {
	paths, err := filepath.Glob("build/testdata/*.net")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	t.Chdir("build/testdata")
	for _, path := range paths {
		name := filepath.Base(path)
		program, err := compiler.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		networks, err := program.BuildAll()
		var problems diag.List
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		var said strings.Builder
		for _, d := range append(problems, program.Warnings(networks)...) { // Render shows some of many
			if err := (diag.List{d}).Render(&said, false); err != nil {
				t.Fatal(err)
			}
		}
		golden := strings.TrimSuffix(name, ".net") + ".txt"
		if want, err := os.ReadFile(golden); err != nil || said.String() != string(want) {
			t.Errorf("%v\n%s", err, diff.Diff(golden, want, "said", []byte(said.String())))
		}
	}
}
