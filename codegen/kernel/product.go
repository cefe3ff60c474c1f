package kernel

// segment is a run of input blocks of which the same lanes take part in a product.
type segment struct {
	at     int // where the first block's first lane lies in the input, seen from the first pixel
	blocks int
	lanes  int // how many lanes from there on
}

// product describes sums of products for a line of output pixels, or several, and up to four blocks of output channels:
//
//	out[o, p, lane] = function(bias[o, lane] + Σ weights[o, k, lane] · in[p, k] + residual[o, p, lane])
//
// where k runs over segments, their blocks, rows and columns of the window, and lanes, in this order, which is that of
// the weights. All pitches are in floats.
type product struct {
	out, in, weights, bias, residual []float32 // residual may be nil; it lies as out does

	blocks               int // of output channels
	outPitch             int // between output blocks; output pixels lie side by side
	weightPitch          int // between the weights of output blocks
	pixelPitch           int // between the inputs of neighbouring output pixels
	blockPitch           int // between input blocks
	rows, rowPitch       int // of the window
	columns, columnPitch int
	segments             [3]segment
	segmentCount         int
	function             *activation
	routine              *activation // that, if it has a routine, for assembly

	// ahead holds weights that are needed next. Assembly brings them into the second-level cache while it computes: a
	// fourth of the size of the own weights with each tile.
	ahead []float32

	moreLines    int // of pixels, as long as the first; only where there are several do their pitches matter
	linePitch    int // between the inputs of lines
	outLinePitch int // between their outputs, and residuals

	// No more than half of the last block's lanes are of any output channel. Those of the others have no weights but
	// zeros, and assembly may leave out their products.
	halfLast bool

	has Features

	half        bool      // arithmetic is of float16
	halfScratch []float32 // then: halfScratchFloats floats of scratch
}

// depth returns how many products each sum has.
func (p *product) depth() int {
	n := 0
	for _, s := range p.segments[:p.segmentCount] {
		n += s.blocks * s.lanes * p.rows * p.columns
	}
	return n
}

// setInputs sets the segments to a range of input channels, the pixel's block 0 lying at the beginning of the input.
func (p *product) setInputs(begin, end int) {
	p.segmentCount = 0
	add := func(channel, blocks, count int) {
		if blocks > 0 && count > 0 {
			at := channel/lanes*p.blockPitch + channel%lanes
			p.segments[p.segmentCount] = segment{at, blocks, count}
			p.segmentCount++
		}
	}
	if start := (begin + lanes - 1) / lanes * lanes; start > begin {
		stop := min(start, end)
		add(begin, 1, stop-begin)
		begin = stop
	}
	whole := (end - begin) / lanes
	add(begin, whole, lanes)
	begin += whole * lanes
	add(begin, 1, end-begin)
}

// setOutputs sets the blocks of output channels, from block up to endBlock, whose weights are given. channels is the
// number of all outputs.
func (p *product) setOutputs(weights, bias []float32, block, endBlock, channels int) {
	width := lanes
	if p.half {
		width = halfLanes
	}
	p.blocks, p.halfLast = endBlock-block, endBlock*width-channels >= width/2
	p.weights = weights
	p.bias = bias[block*lanes : endBlock*lanes]
}

// setBlock makes of p the product of one block of another.
func (p *product) setBlock(all *product, block int) {
	p.blocks, p.halfLast = 1, all.halfLast && block+1 == all.blocks
	p.out = all.out[block*p.outPitch:]
	p.ahead = all.ahead
	if block+1 < all.blocks {
		next := all.weights[(block+1)*p.weightPitch:]
		// Of the last block of a part of the channels (Winograd) there may be less.
		p.ahead = next[:min(p.weightPitch, len(next))]
	}
	p.weights, p.bias = all.weights[block*p.weightPitch:], all.bias[block*lanes:]
	if all.residual != nil {
		p.residual = all.residual[block*p.outPitch:]
	}
}

// byPixel computes pixels in the smallest tiles, which every package has: a generated one has those that its network
// needs, and these for what nobody foresaw.
func (p *product) byPixel(first, count int) {
	one := *p
	for b := range p.blocks {
		one.setBlock(p, b)
		one.calls(first, 1, count)
	}
}

// bestBlocks returns how many blocks are best computed together for a row of pixels: four, or three if their tiles
// have room for more of what the registers hold.
func (has Features) bestBlocks(pixels int) int {
	widest := has.widestTiles()
	if len(widest) < 4 {
		return 4
	}
	used := func(blocks int) int { // registers, in sixteenths
		most := widest[blocks-1]
		return 16 * blocks * pixels / ((pixels + most - 1) / most)
	}
	if used(3) > used(4) {
		return 3
	}
	return 4
}

// widestTiles returns how many pixels the widest tile has, by number of blocks less one, or nil if there are no
// routines. It knows those of all processors, for whoever writes packages for others.
func (has Features) widestTiles() []int {
	switch {
	case has.has(AVX512):
		return widestAVX512[:]
	case has.has(AVX2):
		return widestAVX2[:]
	case has.has(NEON):
		return widestOfOne[:]
	}
	return nil
}

var (
	widestAVX512 = [...]int{14, 14, 9, 7}
	widestAVX2   = [...]int{6, 1, 1, 1} // but for one pixel, it computes one block at a time
	widestOfOne  = [...]int{6}          // as NEON does always
)

// tilesOf returns of how many of so many blocks a tile computes outputs, all or one, for a row of pixels, and how many
// pixels the widest such tile has; 0 if there are no routines.
func (has Features) tilesOf(blocks, pixels int) (together, widest int) {
	most := has.widestTiles()
	switch {
	case most == nil:
		return 0, 0
	case blocks <= len(most) && (most[blocks-1] > 1 || pixels == 1):
		return blocks, most[blocks-1]
	}
	return 1, most[0]
}

// isShort reports whether a row of so many pixels makes tiles that keep the units waiting: with AVX2, seven pixels are
// four and three, and the six sums of three, of which two can begin in a cycle, take four cycles each.
func (has Features) isShort(pixels int) bool {
	together, widest := has.tilesOf(1, pixels)
	if together == 0 || !has.has(AVX2) || has.has(AVX512) {
		return false
	}
	size, _, _ := tileSizes(pixels, widest)
	return size < 4
}

// line returns the product of some lines from the i-th on.
func (p *product) line(i, count int) product {
	part := *p
	p.setLine(&part, i, count)
	return part
}

// setLine makes of a copy of p the product of some lines from the i-th on.
func (p *product) setLine(part *product, i, count int) {
	part.in, part.out, part.moreLines = p.in[i*p.linePitch:], p.out[i*p.outLinePitch:], count-1
	if p.residual != nil {
		part.residual = p.residual[i*p.outLinePitch:]
	}
}

// run computes a number of pixels of each line.
func (p *product) run(pixels int) {
	together, widest := p.has.tilesOf(p.blocks, pixels)
	if together == 0 {
		for i := range p.moreLines + 1 {
			line := p.line(i, 1)
			line.portable(pixels)
		}
		return
	}
	p.routine = p.function.routines()
	switch depth := p.depth(); {
	case p.half && depth > halfDepth:
		p.deepBlocks(pixels, depth)
	case together == p.blocks:
		p.tiled(pixels, widest)
	default:
		p.byBlock(pixels, widest)
	}
	if p.function.isLeft() {
		for i := range p.moreLines + 1 {
			line := p.line(i, 1)
			line.activate(pixels)
		}
	}
}

// byBlock computes a block at a time, of so many lines that a call has work for some 10 microseconds: with more, what
// the block before has read would have left the caches.
func (p *product) byBlock(pixels, widest int) {
	const products = 1 << 15 // of 16 lanes
	lines, each := p.moreLines+1, max(products/(p.depth()*pixels), 1)
	all, one := *p, *p
	for i := 0; i < lines; i += each {
		p.setLine(&all, i, min(each, lines-i))
		p.setLine(&one, i, min(each, lines-i))
		for b := range p.blocks {
			one.setBlock(&all, b)
			one.tiled(pixels, widest)
		}
		all.ahead = one.ahead // what the last block has left
	}
	p.ahead = all.ahead
}

// activate applies the function.
func (p *product) activate(pixels int) {
	for o := range p.blocks {
		if out := p.out[o*p.outPitch:][:pixels*lanes]; p.half {
			p.function.applyHalf(out, p.halfScratch)
		} else {
			p.function.apply(out)
		}
	}
}

// tiled computes a number of pixels in tiles of nearly the same size.
func (p *product) tiled(pixels, widest int) {
	size, larger, tiles := tileSizes(pixels, widest)
	p.calls(0, size+1, larger)
	p.calls((size+1)*larger, size, tiles-larger)
}

// calls computes a number of tiles of one size, of each line, in calls that are not too long: of several lines, or of a
// part of one.
func (p *product) calls(first, size, count int) {
	if count == 0 {
		return
	}
	lines, each := p.moreLines+1, max(callProducts/(p.depth()*p.blocks*size), 1)
	together, part := max(each/count, 1), *p
	for i := 0; i < lines; i += together {
		p.setLine(&part, i, min(together, lines-i))
		for tile := 0; tile < count; tile += each {
			n := min(count-tile, each)
			if at := first + tile*size; !part.tiles(at, size, n) {
				part.byPixel(at, n*size)
			}
			part.fetched((part.moreLines + 1) * n)
		}
	}
	p.ahead = part.ahead
}

// fetched takes from ahead what a number of tiles have fetched.
func (p *product) fetched(tiles int) {
	p.ahead = p.ahead[min(tiles*p.depth()*p.blocks*lanes/4, len(p.ahead)):]
}

// panelsOf returns into how many panels of at most four, and as equal as can be, blocks are divided.
func panelsOf(blocks int) int { return (blocks + 3) / 4 }
