package build_test

import (
	"flag"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/dsl/diag/diagtest"
)

var update = flag.Bool("update", false, "write what is said of the files in testdata")

// TestSaid holds all that is said of the files in testdata, the places it points at and what it suggests, to NAME.txt.
func TestSaid(t *testing.T) { diagtest.Said(t, "testdata", *update, compilertest.Problems) }

// TestMistakes holds building to the mistakes and warnings that the files in testdata say they have.
func TestMistakes(t *testing.T) {
	diagtest.Run(t, "testdata/*.net", compilertest.Problems)
}
