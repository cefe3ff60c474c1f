//go:build !amd64

package kernel

// run computes all rows.
func (d *slide) run() { d.portable() }
