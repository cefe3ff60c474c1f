package kernel

// halfDepth is how many products of float16 are added up as float16, at most. Sums of more are sums of such sums, as
// float32: an error of the last place of the whole then enters with each of these, not with each product.
const halfDepth = 4 * halfLanes

// noBias is that of sums that are added to others.
var noBias [lanes]float32

// setHalfInputs sets the segments to a number of input channels of float16.
func (p *product) setHalfInputs(depth int) {
	p.segmentCount = 0
	for _, s := range []segment{
		{0, depth / halfLanes, halfLanes}, {depth / halfLanes * p.blockPitch, 1, depth % halfLanes},
	} {
		if s.blocks > 0 && s.lanes > 0 {
			p.segments[p.segmentCount] = s
			p.segmentCount++
		}
	}
}

// deepBlocks computes a number of pixels of each line, block by block.
func (p *product) deepBlocks(pixels, depth int) {
	for i := range p.moreLines + 1 {
		line := p.line(i, 1)
		one := line
		for b := range p.blocks {
			one.setBlock(&line, b)
			one.deep(pixels, depth)
		}
	}
}

// deep computes sums of many products for one block, some pixels at a time: of each chunk of the depth but the last the
// product, which is added to sums of float32. These, which began with the residual, are what the last chunk begins
// with.
func (p *product) deep(pixels, depth int) {
	blocks := halfBlocksOf(depth)
	chunks := (blocks*halfLanes + halfDepth - 1) / halfDepth
	sums, chunk := p.halfScratch[:halfScratchPixels*halfLanes], p.halfScratch[halfScratchPixels*halfLanes:]
	whole := chunk[halfScratchPixels*lanes:]
	for from := 0; from < pixels; from += halfScratchPixels {
		n := min(halfScratchPixels, pixels-from)
		if p.residual == nil {
			clear(sums[:n*halfLanes])
		} else {
			p.has.widenPixels(sums, sums[lanes:], p.residual[from*lanes:], halfLanes, n)
		}
		for i := range chunks {
			begin, end := shareOf(blocks, chunks, i)
			q := *p
			q.in = p.in[begin*p.blockPitch+from*p.pixelPitch:]
			q.weights = p.weights[begin*halfLanes*lanes:]
			q.setHalfInputs(min(end*halfLanes, depth) - begin*halfLanes)
			if i < chunks-1 {
				q.out, q.bias, q.residual, q.routine, q.ahead = chunk, noBias[:], nil, nil, nil
				q.tiled(n, widestOfOne[0])
				p.has.addWidened(sums, chunk, n)
				continue
			}
			p.has.narrowPixels(whole, sums, sums[lanes:], halfLanes, n)
			q.out, q.residual = p.out[from*lanes:], whole
			q.tiled(n, widestOfOne[0])
			p.ahead = q.ahead
		}
	}
}
