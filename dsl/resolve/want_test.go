package resolve_test

import (
	"errors"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/diag/diagtest"
	"github.com/netc-lang/netc/dsl/resolve"
)

// TestMistakes holds the resolver to the mistakes and warnings that the files in testdata say they have.
func TestMistakes(t *testing.T) {
	diagtest.Run(t, "testdata/*.net", func(t testing.TB, path string) diag.List {
		program, err := resolve.Load(path)
		var problems diag.List
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		return append(problems, program.Warnings...)
	})
}
