package kernel

// productAVX512 computes a number of tiles of p, side by side, each so many pixels wide.
//
//go:noescape
func productAVX512(p *product, first, size, count int)

// productAVX2 does so for the first block.
//
//go:noescape
func productAVX2(p *product, first, size, count int)

// callProducts bounds a call of assembly, which the scheduler cannot interrupt: some 50 microseconds with AVX-512.
const callProducts = 1 << 18

// widestAVX2 is how many pixels the largest tile has, of one block; widestAVX512 the same, by number of blocks less
// one.
const widestAVX2 = 6

var widestAVX512 = [...]int{14, 14, 9, 7}

// bestBlocks returns how many blocks are best computed together for a row of pixels: four, or three if their tiles have
// room for more of what the registers hold.
func (has Features) bestBlocks(pixels int) int {
	if !has.has(AVX512) {
		return 4
	}
	used := func(blocks int) int { // registers, in sixteenths
		most := widestAVX512[blocks-1]
		return 16 * blocks * pixels / ((pixels + most - 1) / most)
	}
	if used(3) > used(4) {
		return 3
	}
	return 4
}

// run computes a number of pixels.
func (p *product) run(pixels int) {
	if p.has == portable {
		p.portable(pixels)
		return
	}
	if p.has.has(AVX512) {
		p.tiled(pixels)
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
	most := widestAVX2
	if p.has.has(AVX512) {
		most = widestAVX512[p.blocks-1]
	}
	tiles := (pixels + most - 1) / most
	size, larger := pixels/tiles, pixels%tiles
	p.calls(0, size+1, larger)
	p.calls((size+1)*larger, size, tiles-larger)
}

// calls computes a number of tiles of one size in calls that are not too long.
func (p *product) calls(first, size, count int) {
	each := max(callProducts/(p.depth()*p.blocks*size), 1)
	for count > 0 {
		n := min(count, each)
		if p.has.has(AVX512) {
			productAVX512(p, first, size, n)
		} else {
			productAVX2(p, first, size, n)
		}
		p.ahead = p.ahead[min(n*p.depth()*p.blocks*lanes/4, len(p.ahead)):]
		first += n * size
		count -= n
	}
}
