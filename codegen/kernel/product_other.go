//go:build !amd64 && !arm64

package kernel

// bestBlocks returns how many blocks are best computed together.
func (Features) bestBlocks(int) int { return 4 }

// run computes a number of pixels.
func (p *product) run(pixels int) { p.portable(pixels) }
