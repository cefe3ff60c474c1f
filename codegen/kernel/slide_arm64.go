package kernel

// tiles computes a number of tiles, side by side, each so many pixels wide. It reports whether there is a routine for
// them.
func (d *slide) tiles(first, size, count int) bool {
	if d.half {
		return d.has.has(FP16) && d.tilesHalf(first, size, count)
	}
	return d.has.has(NEON) && d.tilesNEON(first, size, count)
}
