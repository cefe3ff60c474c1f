package kernel

// productNEON computes a number of tiles of p, side by side, each so many pixels wide, for the first block.
//
//go:noescape
func productNEON(p *product, first, size, count int)

// callProducts bounds a call of assembly, which the scheduler cannot interrupt: some 100 microseconds of a small core.
const callProducts = 1 << 17

// widestNEON is how many pixels the largest tile has.
const widestNEON = 6

// bestBlocks returns how many blocks are best computed together.
func (Features) bestBlocks(int) int { return 4 }

// run computes a number of pixels, block by block.
func (p *product) run(pixels int) {
	if p.has == portable {
		p.portable(pixels)
		return
	}
	one := *p
	for b := range p.blocks {
		one.pick(p, b)
		one.tiled(pixels)
	}
}

// tiled computes a number of pixels in tiles of nearly the same size.
func (p *product) tiled(pixels int) {
	tiles := (pixels + widestNEON - 1) / widestNEON
	size, larger := pixels/tiles, pixels%tiles
	p.calls(0, size+1, larger)
	p.calls((size+1)*larger, size, tiles-larger)
}

// calls computes a number of tiles of one size in calls that are not too long.
func (p *product) calls(first, size, count int) {
	each := max(callProducts/(p.depth()*size), 1)
	for count > 0 {
		n := min(count, each)
		productNEON(p, first, size, n)
		p.ahead = p.ahead[min(n*p.depth()*lanes/4, len(p.ahead)):]
		first += n * size
		count -= n
	}
}
