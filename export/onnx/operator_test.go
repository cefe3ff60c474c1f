package onnx

import (
	"slices"
	"testing"
)

// TestOperators: the table has a row for every operation but an input, and those that Export drops.
func TestOperators(t *testing.T) {
	if lacks := operators.Lacks(); !slices.Equal(lacks, []string{"Input", "Dropout", "DropPath"}) {
		t.Errorf("export/onnx/operator.go has no row for %v", lacks)
	}
}
