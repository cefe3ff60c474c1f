//go:build !cgo

package ort

import (
	"errors"
	"testing"
)

const available = false

// Model cannot be loaded without cgo.
type Model struct{}

// Load skips the test, or fails it where CI=true.
func Load(t testing.TB, model []byte, input, output string, threads int) *Model {
	t.Helper()
	Require(t)
	return nil
}

// LoadFile skips the test, or fails it where CI=true.
func LoadFile(t testing.TB, path, input, output string, threads int) *Model {
	t.Helper()
	Require(t)
	return nil
}

// Run always fails.
func (*Model) Run(image []float32, shape []int, length int) ([]float32, error) {
	return nil, errors.New("ort: built without cgo")
}
