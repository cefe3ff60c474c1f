//go:build !amd64 && !arm64

package kernel

// run computes all squares.
func (t *transposed) run(out, in []float32) { t.portable(out, in) }
