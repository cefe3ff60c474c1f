package plan

import (
	"slices"
	"testing"
)

// TestOperators: the table has a row for every operation but a transposed convolution, which a pass takes apart.
func TestOperators(t *testing.T) {
	if lacks := operators.Lacks(); !slices.Equal(lacks, []string{"ConvTranspose"}) {
		t.Errorf("codegen/plan/operator.go has no row for %v", lacks)
	}
}
