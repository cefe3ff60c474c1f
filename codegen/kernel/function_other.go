//go:build !amd64 && !arm64

package kernel

// apply replaces every element of x by the function of it.
func apply(x []float32, f function) { applyPortable(x, f) }
