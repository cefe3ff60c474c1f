package kernel

// callProducts bounds a call of assembly, which the scheduler cannot interrupt: some 100 microseconds of a small core.
const callProducts = 1 << 17

// tiles computes a number of tiles, side by side, each so many pixels wide. It reports whether there is a routine for
// them.
func (p *product) tiles(first, size, count int) bool {
	if p.half {
		return p.has.has(FP16) && p.tilesHalf(first, size, count)
	}
	return p.has.has(NEON) && p.tilesNEON(first, size, count)
}
