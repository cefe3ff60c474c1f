package kernel

// rollingStrip is a depthwise convolution of what another convolution makes of its input, a strip of rows at a time, so
// that what lies between the two never leaves the cache. The strip lies in scratch, some blocks of channels one behind
// the other.
//
// A strip that follows the one before it still holds the rows that the windows of both see.
type rollingStrip struct {
	window   *Window // of the depthwise convolution
	function *activation
	has      Features

	// The strip that scratch holds.
	scratch []float32
	held    strip
	top     int // its first row, in rows of what lies between

	// Of how many rows of scratch, all blocks together, the margins are zero. As rows of all strips are as wide, and
	// begin at multiples of that, nothing but zeros is ever written there.
	cleared int

	out, weights, bias, sums []float32 // as depthwise has them

	eights   bool      // it is a convolution of groups of eight channels, and weights are those of a Conv
	channels int       // then: how many
	padded   []float32 // and scratch for the weights of the last block

	half        bool      // arithmetic is of float16
	halfScratch []float32 // then: halfScratchFloats floats of scratch
}

// mostStripFloats keeps a strip within half of a second-level cache of one megabyte.
const mostStripFloats = 1 << 17

// fittingStrips returns into how many strips, a given number or more, the output of a window is cut for some blocks to
// fit.
func fittingStrips(w *Window, strips, blocks int) int {
	for strips < w.OutHeight && blocks*tallestOf(w, strips).blockFloats() > mostStripFloats {
		strips++
	}
	return strips
}

// tallestOf returns the tallest of a number of strips.
func tallestOf(w *Window, strips int) strip { return stripOf(w, (w.OutHeight+strips-1)/strips) }

// advance prepares the strip that a region of the output needs and returns which rows of what lies between are to be
// computed: from first up to but not including last. If the strip that scratch holds is of the same blocks and above
// it, the rows that both have are moved rather than computed.
func (r *rollingStrip) advance(output region, continues bool) (first, last int) {
	w, blocks := r.window, output.blocks()
	next := stripOf(w, output.endRow-output.row)
	top := output.row*w.Stride.Rows - w.Top
	common := 0
	if continues {
		common = max(min(r.top+r.held.rows-top, next.rows), 0)
		if common > 0 { // strides that are larger than the window have no row in common
			r.move(next, blocks, top-r.top, common)
		}
	}
	for ; r.cleared < blocks*next.rows; r.cleared++ {
		next.margins(r.line(next, r.cleared), w)
	}
	for i := common; i < next.rows; i++ {
		if y := top + i; y < 0 || y >= w.InHeight {
			for b := range blocks {
				clear(r.line(next, b*next.rows+i))
			}
		}
	}
	r.held, r.top = next, top
	return max(top+common, 0), min(top+next.rows, w.InHeight)
}

// line returns a row of a strip in scratch, by its number in all blocks.
func (r *rollingStrip) line(s strip, row int) []float32 {
	return r.scratch[row*s.width*lanes:][:s.width*lanes]
}

// move moves rows of the held strip, from a row on, to the beginning of the next one. Strips may differ in height, so
// that blocks move too: towards the front in ascending order, towards the back in descending order.
func (r *rollingStrip) move(next strip, blocks, from, rows int) {
	length := rows * next.width * lanes
	for i := range blocks {
		b := i
		if next.rows > r.held.rows {
			b = blocks - 1 - i
		}
		old := r.scratch[b*r.held.blockFloats()+from*next.width*lanes:][:length]
		copy(r.scratch[b*next.blockFloats():][:length], old)
	}
}

// row returns where the first pixel of a row of what lies between belongs, in the first block.
func (r *rollingStrip) row(y int) []float32 {
	return r.scratch[((y-r.top)*r.held.width+r.window.Left)*lanes:]
}

// convolve computes a region of the output, whose rows are one of a number of strips.
func (r *rollingStrip) convolve(output region, strip, strips int) {
	w := r.window
	taps := w.taps() * lanes
	d := slideOf(groupIf(r.eights), w, r.function, r.has)
	d.half, d.halfScratch = r.half, r.halfScratch
	d.rows, d.rowPitch = output.endRow-output.row, r.held.width*lanes
	for b := output.block; b < output.endBlock; b++ {
		d.bias = r.bias[b*lanes : (b+1)*lanes]
		if r.eights {
			d.weights = weightsOfEights(r.weights, r.padded, b, r.channels, w.taps())
		} else {
			d.weights = r.weights[b*taps : (b+1)*taps]
		}
		d.in = r.scratch[(b-output.block)*r.held.blockFloats():]
		d.out = r.out[(b*w.OutHeight+output.row)*w.OutWidth*lanes:]
		if r.sums != nil {
			d.sumsAt(r.sums, b, strip, strips)
		}
		d.run()
	}
}
