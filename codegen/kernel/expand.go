package kernel

// expandDepthwiseShape holds the settings of a 1×1 convolution followed by a depthwise one.
type expandDepthwiseShape struct {
	in, channels   int      // of the input, and of what the 1×1 convolution makes of it
	window         window   // of the depthwise convolution
	expandFunction function // of the 1×1 convolution
	function       function // of the depthwise convolution
}

// mostStripFloats bounds the strip that holds the expanded rows: half of a second-level cache of one megabyte.
const mostStripFloats = 1 << 17

// strips returns into how many strips of rows the output is cut.
func (s *expandDepthwiseShape) strips() int {
	w := &s.window
	blocks := min(blocksOf(s.channels), 4)
	cost := blocks * (w.inWidth*w.stride*s.in + w.outWidth*(w.size*w.size+4))
	strips := stripsFor(2*itemProducts, w.outHeight, cost)
	if s.onMatrix() {
		strips = 1 // the matrix unit takes its time to begin
	}
	for strips < w.outHeight && blocks*stripOf(w, (w.outHeight+strips-1)/strips).blockFloats() > mostStripFloats {
		strips++
	}
	return strips
}

// groups returns how many groups the blocks of channels are divided into. If there are several and all rows are one strip, their
// number is even, for two workers to have as much to do.
func (s *expandDepthwiseShape) groups() int {
	groups := groupsOf(blocksOf(s.channels))
	if groups > 1 && groups%2 > 0 && s.strips() == 1 {
		groups++
	}
	return groups
}

// items returns how many items the work is cut into.
func (s *expandDepthwiseShape) items() int { return s.groups() * s.strips() }

// sumRows returns how many rows of sums the kernel leaves for each block: one for every strip.
func (s *expandDepthwiseShape) sumRows() int { return s.strips() }

// scratchFloats returns how much scratch a worker needs.
func (s *expandDepthwiseShape) scratchFloats() int {
	strips := s.strips()
	floats, _ := s.matrixRoom()
	return floats + min(blocksOf(s.channels), 4)*stripOf(&s.window, (s.window.outHeight+strips-1)/strips).blockFloats()
}

// expandDepthwise is pointwise followed by depthwise, up to four blocks of channels and a strip of rows at a time, so that
// what lies between them never leaves the cache. Weights, biases and sums are those of the two kernels (sums
// [channels/16][sumRows][16] or nil).
//
// Strips of one group of blocks follow each other. A worker that computes two in succession keeps the rows that the windows
// of both see.
func expandDepthwise(out, in, weights, bias, depthwiseWeights, depthwiseBias, sums, scratch []float32, s *expandDepthwiseShape, first, last int) {
	w := &s.window
	e := expansion{s: s, in: in, weights: weights, bias: bias, scratch: scratch}
	if s.onMatrix() {
		floats, _ := s.matrixRoom()
		e.scratch = scratch[floats:]
		e.begin(scratch)
	}
	strips, groups, taps := s.strips(), s.groups(), w.size*w.size*lanes
	d := slide{width: w.outWidth, size: w.size, stride: w.stride, dilation: w.dilation, function: s.function}
	for item := first; item < last; item++ {
		block, endBlock := shareOf(blocksOf(s.channels), groups, item/strips)
		row, endRow := shareOf(w.outHeight, strips, item%strips)
		strip := e.expand(block, endBlock, row, endRow, item > first && item%strips > 0)
		d.rows, d.rowPitch = endRow-row, strip.width*lanes
		for b := block; b < endBlock; b++ {
			d.weights, d.bias = depthwiseWeights[b*taps:(b+1)*taps], depthwiseBias[b*lanes:(b+1)*lanes]
			d.in = e.scratch[(b-block)*strip.blockFloats():]
			d.out = out[(b*w.outHeight+row)*w.outWidth*lanes:]
			if sums != nil {
				d.sums = sums[(b*strips+item%strips)*lanes:][:lanes]
			}
			d.run()
		}
	}
}

// expansion fills strips with the results of a 1×1 convolution.
type expansion struct {
	s                          *expandDepthwiseShape
	in, weights, bias, scratch []float32

	// The strip that scratch holds.
	held strip
	top  int // its first row, in rows of the input

	work   matrixWork // if the matrix unit is used
	finite bool       // all numbers of the input
}

// expand fills the strip that a range of output rows needs for some blocks. If the strip that scratch holds is of the same
// blocks and above it, the rows that both have are moved rather than computed.
func (e *expansion) expand(block, endBlock, row, endRow int, continues bool) strip {
	w := &e.s.window
	next := stripOf(w, endRow-row)
	top := row*w.stride - w.top
	kept := 0
	if continues {
		kept = max(min(e.top+e.held.rows-top, next.rows), 0)
		e.move(next, endBlock-block, top-e.top, kept)
	}
	for i := kept; i < next.rows; i++ {
		y := top + i
		for b := range endBlock - block {
			line := e.scratch[b*next.blockFloats()+i*next.width*lanes:][:next.width*lanes]
			if y < 0 || y >= w.inHeight {
				clear(line)
			} else {
				next.margins(line, w)
			}
		}
	}
	first, last := max(top+kept, 0), min(top+next.rows, w.inHeight)
	if first < last && !(e.finite && e.multiply(next, block, endBlock, top, first, last)) {
		e.products(next, block, endBlock, top, first, last)
	}
	e.held, e.top = next, top
	return next
}

// products computes rows of the input for a strip that begins with row top, for some blocks.
func (e *expansion) products(next strip, block, endBlock, top, first, last int) {
	w := &e.s.window
	p := product{
		outPitch: next.blockFloats(), weightPitch: e.s.in * lanes, pixelPitch: lanes,
		blockPitch: w.inHeight * w.inWidth * lanes, rows: 1, columns: 1, function: e.s.expandFunction,
		blocks:  endBlock - block,
		weights: e.weights[block*e.s.in*lanes : endBlock*e.s.in*lanes], bias: e.bias[block*lanes : endBlock*lanes],
	}
	p.take(0, e.s.in)
	once := e.s.strips() == 1
	for y := first; y < last; y++ {
		if once { // or else the next strip needs the same weights
			p.fetch(e.weights, endBlock, 2*endBlock-block, y-first, last-first)
		}
		p.in = e.in[y*w.inWidth*lanes:]
		p.out = e.scratch[((y-top)*next.width+w.left)*lanes:]
		p.run(w.inWidth)
	}
}

// move moves rows of the held strip, from a row on, to the beginning of the next one. Strips may differ in height, so that
// blocks move too: towards the front in ascending order, towards the back in descending order.
func (e *expansion) move(next strip, blocks, from, rows int) {
	length := rows * next.width * lanes
	for i := range blocks {
		b := i
		if next.rows > e.held.rows {
			b = blocks - 1 - i
		}
		old := e.scratch[b*e.held.blockFloats()+from*next.width*lanes:][:length]
		copy(e.scratch[b*next.blockFloats():][:length], old)
	}
}
