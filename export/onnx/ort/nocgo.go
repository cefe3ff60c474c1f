//go:build !cgo

package ort

import (
	"errors"
	"testing"
)

// Model cannot be loaded without cgo.
type Model struct{}

// Load skips the test, or fails it where CI=true.
func Load(t testing.TB, model []byte, input, output string, threads int) *Model {
	t.Helper()
	missing(t, "ONNX Runtime is called through cgo: run the tests with CGO_ENABLED=1 and a C compiler")
	return nil
}

// Run always fails.
func (*Model) Run(image []float32, shape []int, length int) ([]float32, error) {
	return nil, errors.New("ort: built without cgo")
}
