package kernel

// callProducts bounds a call of assembly, which the scheduler cannot interrupt: some 50 microseconds with AVX-512.
const callProducts = 1 << 18

// tiles computes a number of tiles, side by side, each so many pixels wide. It reports whether there is a routine for
// them.
func (p *product) tiles(first, size, count int) bool {
	if p.has.has(AVX512) {
		return p.tilesAVX512(first, size, count)
	}
	return p.has.has(AVX2) && p.tilesAVX2(first, size, count)
}
