package build_test

import (
	"errors"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/diag/diagtest"
)

// TestMistakes holds building to the mistakes and warnings that the files in testdata say they have.
func TestMistakes(t *testing.T) {
	diagtest.Run(t, "testdata/*.net", func(t *testing.T, path string) diag.List {
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
	})
}
