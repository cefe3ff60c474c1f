//go:build !amd64

package kernel

// run computes a number of pixels.
func (p *product) run(pixels int) { p.portable(pixels) }
