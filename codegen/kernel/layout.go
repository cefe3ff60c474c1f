package kernel

// blocksOf returns how many blocks a number of channels takes.
func blocksOf(channels int) int { return (channels + lanes - 1) / lanes }

// shareOf returns the i-th of n nearly equal shares of a number of things: from begin up to but not including end.
func shareOf(things, n, i int) (begin, end int) { return things * i / n, things * (i + 1) / n }

// pixelLanes returns the lanes of one pixel, found by the place where it begins.
func pixelLanes(x []float32, at int) *[lanes]float32 { return (*[lanes]float32)(x[at:]) }

// tileSizes returns the sizes of the tiles that some pixels make, none wider than widest: the first ones, larger in
// number, have size+1, the others size.
func tileSizes(pixels, widest int) (size, larger, tiles int) {
	tiles = (pixels + widest - 1) / widest
	return pixels / tiles, pixels % tiles, tiles
}
