package kernel

// tiles computes a number of tiles, side by side, each so many pixels wide. It reports whether there is a routine for
// them.
func (d *slide) tiles(first, size, count int) bool {
	if d.has.has(AVX512) {
		return d.tilesAVX512(first, size, count)
	}
	return d.has.has(AVX2) && d.tilesAVX2(first, size, count)
}
