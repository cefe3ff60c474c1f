package eval

import (
	"slices"
	"testing"
)

// TestOperators: the table has a row for every operation but an input, whose value is given.
func TestOperators(t *testing.T) {
	if lacks := operators.Lacks(); !slices.Equal(lacks, []string{"Input"}) {
		t.Errorf("compiler/eval/operator.go has no row for %v", lacks)
	}
}
