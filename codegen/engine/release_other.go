//go:build !linux

package engine

// releaser returns what would give memory back to the system, which it knows how on Linux only.
func releaser([]byte) func([]byte) { return func([]byte) {} }
