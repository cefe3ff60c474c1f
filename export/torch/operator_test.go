package torch

import "testing"

// TestOperators: the table has a row for every operation.
func TestOperators(t *testing.T) {
	if lacks := operators.Lacks(); len(lacks) > 0 {
		t.Errorf("export/torch/operator.go has no row for %v", lacks)
	}
}
