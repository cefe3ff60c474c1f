package kernel

// convShape holds the settings of a convolution of any kind. in and out are all channels, of which each group has its share.
type convShape struct {
	groups, in, out int
	window          window
	function        function
}

// inputs returns the range of input channels that a block of output channels sees: those of all groups that have channels
// in the block.
func (s *convShape) inputs(block int) (begin, end int) {
	groupIn, groupOut := s.in/s.groups, s.out/s.groups
	last := min(block*lanes+lanes, s.out) - 1
	return block * lanes / groupOut * groupIn, (last/groupOut + 1) * groupIn
}

// depth returns how many products the output block with the most of them has.
func (s *convShape) depth() int {
	most := 0
	for b := range blocksOf(s.out) {
		begin, end := s.inputs(b)
		most = max(most, end-begin)
		if s.groups == 1 {
			break
		}
	}
	return most * s.window.size * s.window.size
}

// deep is the depth from which on output blocks are computed by twos rather than by fours, in wider tiles, so that their
// weights stay in the second-level cache.
const deep = 4096

// setsOf returns into how many sets a number of output blocks that see the same inputs is divided.
func (s *convShape) setsOf(blocks int) int {
	if s.depth() > deep {
		return (blocks + 1) / 2
	}
	return groupsOf(blocks)
}

// sets returns into how many sets the output blocks are divided, each of at most four that see the same inputs.
func (s *convShape) sets() int {
	groupOut := s.out / s.groups
	switch {
	case s.groups == 1:
		return s.setsOf(blocksOf(s.out))
	case groupOut%lanes == 0:
		return s.groups * s.setsOf(groupOut/lanes)
	}
	return blocksOf(s.out)
}

// set returns the output blocks of a set.
func (s *convShape) set(i int) (block, endBlock int) {
	groupOut := s.out / s.groups
	switch {
	case s.groups == 1:
		return shareOf(blocksOf(s.out), s.sets(), i)
	case groupOut%lanes == 0:
		blocks := groupOut / lanes
		each := s.setsOf(blocks)
		block, endBlock = shareOf(blocks, each, i%each)
		return i/each*blocks + block, i/each*blocks + endBlock
	}
	return i, i + 1
}

// fewItems is how many items are too few for an even share among workers.
const fewItems = 24

// strips returns into how many strips of rows the output is cut: high ones, which share more of what their windows see, unless
// there would be too few.
func (s *convShape) strips() int {
	sets := s.sets()
	cost := s.depth() * s.window.outWidth * ((blocksOf(s.out) + sets - 1) / sets)
	if strips := stripsFor(4*itemProducts, s.window.outHeight, cost); sets*strips >= fewItems {
		return strips
	}
	return stripsFor(itemProducts, s.window.outHeight, cost)
}

// flat reports whether the pixels of several rows are computed together, rows being shorter than tiles.
func (s *convShape) flat() bool {
	return s.window.stride == 1 && s.window.size > 1 && s.window.outWidth < 14
}

// items returns how many items the work is cut into.
func (s *convShape) items() int {
	if s.onMatrix() {
		strips, pairs := s.matrixCut()
		return strips * pairs
	}
	return s.sets() * s.strips()
}

// scratchFloats returns how much scratch a worker needs.
func (s *convShape) scratchFloats() int {
	if s.onMatrix() {
		floats, _ := s.matrixRoom()
		return max(floats, s.stripFloats(1))
	}
	strips := s.strips()
	return s.stripFloats((s.window.outHeight + strips - 1) / strips)
}

// stripFloats returns how much scratch a number of output rows need.
func (s *convShape) stripFloats(outRows int) int {
	if !padded(&s.window) && !s.flat() {
		return 0
	}
	most := 0
	for b := range blocksOf(s.out) {
		begin, end := s.inputs(b)
		most = max(most, blocksOf(end)-begin/lanes)
	}
	strip := stripOf(&s.window, outRows)
	if s.flat() {
		return most * s.window.size * strip.rows * s.window.outWidth * lanes
	}
	return most * strip.blockFloats()
}

// conv is a convolution of any kind. Weights: [out/16][depth][16], where the depth of a block of outputs runs over the
// blocks of the input channels it sees (see inputs), rows and columns of the window, and channels within the input block,
// with zeros for channels of other groups than that of the output; every block takes as much room as the one with the
// largest depth. biases [out/16][16]; residual, nil or like out, and perhaps out itself.
//
// Where groups share a block, infinities and NaN in one of them reach the others, being multiplied by zero.
func conv(out, in, weights, bias, residual, scratch []float32, s *convShape, first, last int) {
	if s.onMatrix() {
		s.convMatrix(out, in, weights, bias, residual, scratch, first, last)
		return
	}
	strips := s.strips()
	for item := first; item < last; item++ {
		block, endBlock := s.set(item / strips)
		row, endRow := shareOf(s.window.outHeight, strips, item%strips)
		s.products(out, in, weights, bias, residual, scratch, block, endBlock, row, endRow)
	}
}

// products computes some rows of some blocks that see the same inputs.
func (s *convShape) products(out, in, weights, bias, residual, scratch []float32, block, endBlock, row, endRow int) {
	w := &s.window
	outPixels, depth := w.outHeight*w.outWidth, s.depth()
	p := product{
		outPitch: outPixels * lanes, weightPitch: depth * lanes, pixelPitch: w.stride * lanes,
		rows: w.size, columns: w.size, columnPitch: w.dilation * lanes, function: s.function,
	}
	begin, end := s.inputs(block)
	from := s.source(&p, in, scratch, row, endRow, begin, end)
	p.choose(weights, bias, block, endBlock)
	n := max(w.outHeight/(endRow-row), 1)
	p.fetch(weights, endBlock, 2*endBlock-block, row*n/w.outHeight, n)
	together := 1
	if s.flat() {
		together = endRow - row
	}
	for y := row; y < endRow; y += together {
		p.in = from[(y-row)*w.stride*p.rowPitch/w.dilation:]
		at := block*p.outPitch + y*w.outWidth*lanes
		p.out = out[at:]
		if residual != nil {
			p.residual = residual[at:]
		}
		p.run(together * w.outWidth)
	}
}

// source points the product at the inputs of a range of output rows and returns what its first row sees: the input itself
// or, where windows see padding, a strip in scratch.
func (s *convShape) source(p *product, in, scratch []float32, row, endRow, begin, end int) []float32 {
	w := &s.window
	firstBlock := begin / lanes
	if s.flat() {
		s.shifted(p, in, scratch, row, stripOf(w, endRow-row).rows, firstBlock, blocksOf(end))
		p.take(begin-firstBlock*lanes, end-firstBlock*lanes)
		return scratch
	}
	if !padded(w) {
		p.blockPitch, p.rowPitch = w.inHeight*w.inWidth*lanes, w.dilation*w.inWidth*lanes
		p.take(begin-firstBlock*lanes, end-firstBlock*lanes)
		return in[firstBlock*p.blockPitch+row*w.stride*w.inWidth*lanes:]
	}
	strip := stripOf(w, endRow-row)
	p.blockPitch, p.rowPitch = strip.blockFloats(), w.dilation*strip.width*lanes
	p.take(begin-firstBlock*lanes, end-firstBlock*lanes)
	for b := firstBlock; b < blocksOf(end); b++ {
		strip.fill(scratch[(b-firstBlock)*p.blockPitch:], in[b*w.inHeight*w.inWidth*lanes:], w, row*w.stride-w.top)
	}
	return scratch
}

// shifted points the product at copies of the input in scratch, one for every column of the window, which hold what the column
// sees of each row: the pixels of all rows then lie one behind the other.
func (s *convShape) shifted(p *product, in, scratch []float32, row, rows, firstBlock, lastBlock int) {
	w := &s.window
	p.rowPitch, p.columnPitch = w.dilation*w.outWidth*lanes, rows*w.outWidth*lanes
	p.blockPitch = w.size * p.columnPitch
	for b := firstBlock; b < lastBlock; b++ {
		image := in[b*w.inHeight*w.inWidth*lanes:]
		for column := range w.size {
			to := scratch[(b-firstBlock)*p.blockPitch+column*p.columnPitch:]
			start := column*w.dilation - w.left // what the first output pixel sees
			first := min(max(-start, 0), w.outWidth)
			last := max(min(w.inWidth-start, w.outWidth), first)
			for i := range rows {
				line := to[i*w.outWidth*lanes : (i+1)*w.outWidth*lanes]
				y := row - w.top + i
				if y < 0 || y >= w.inHeight {
					clear(line)
					continue
				}
				clear(line[:first*lanes])
				if last > first {
					copy(line[first*lanes:last*lanes], image[(y*w.inWidth+start+first)*lanes:])
				}
				clear(line[last*lanes:])
			}
		}
	}
}
