//go:build !amd64 && !arm64

package kernel

// apply replaces every element of x by the function of it.
func (Features) apply(x []float32, f Function) { applyPortable(x, f) }
