//go:build !amd64 && !arm64

package kernel

// run computes all rows.
func (d *slide) run() { d.portable() }
