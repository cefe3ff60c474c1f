package kernel

// run computes a number of pixels.
func (p *product) run(pixels int) { p.portable(pixels) }
