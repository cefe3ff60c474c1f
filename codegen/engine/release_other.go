//go:build !linux

package engine

// releaser returns what would give memory back to the system, which it knows how on Linux only.
func releaser([]float32) func([]float32) { return func([]float32) {} }
