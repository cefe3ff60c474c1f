package kernel

// phases holds a padded strip, split for the matrix unit, as Stride.Rows × Stride.Columns sub-images (space to depth).
// Each has every stride-th row and column, so that the inputs that one tap needs for neighbouring output pixels are
// contiguous.
//
//	a strip of stride 2:   a b a b a      sub-images:  a a a   b b   c c c   d d
//	                       c d c d c                   a a a   b b
//	                       a b a b a
//
// The rows of all sub-images lie one behind the other, each as long as the longest. Columns that fall between the ends
// of two output rows are computed and discarded.
type phases struct {
	window      Window
	side        Pair // how many sub-images there are in each direction
	rows, width int  // of an image
	outputs     int  // how many pixels from the first output's on to the last's
	capacity    int  // in pixels, those included that only the last tiles see
}

// phasesOf returns the sub-images that a number of output rows see.
func phasesOf(w *Window, outRows int) phases {
	strip := stripOf(w, outRows)
	p := phases{window: *w, side: w.Stride, rows: (strip.rows + w.Stride.Rows - 1) / w.Stride.Rows,
		width: (strip.width + w.Stride.Columns - 1) / w.Stride.Columns}
	if w.Size.Rows == 1 {
		p.side.Rows = 1
	}
	if w.Size.Columns == 1 {
		p.side.Columns = 1
	}
	if w.Stride.Columns == 1 { // what is to the right of a row is also what is to the left of the next one
		right := strip.width - w.Left - w.InWidth
		p.width = max(w.InWidth+max(w.Left, right), w.OutWidth)
	}
	p.outputs = (outRows-1)*p.width + w.OutWidth
	last := 0
	for tap := range w.taps() {
		last = max(last, p.tapPixel(tap))
	}
	p.capacity = max(p.images()*p.rows*p.width+w.Left, last+capacityOf(p.outputs))
	return p
}

// images returns how many sub-images there are.
func (p *phases) images() int { return p.side.Rows * p.side.Columns }

// tapPixel returns which pixel the first output sees at a tap of the window.
func (p *phases) tapPixel(tap int) int {
	w := &p.window
	y, x := tap/w.Size.Columns*w.Dilation.Rows, tap%w.Size.Columns*w.Dilation.Columns
	image := y%w.Stride.Rows*p.side.Columns + x%w.Stride.Columns
	return (image*p.rows+y/w.Stride.Rows)*p.width + x/w.Stride.Columns
}

// atOnce returns how many pixels are computed at a time, which are whole rows.
func (p *phases) atOnce() int { return pixelsAtOnce / p.width * p.width }

// fill splits a value, from a row on that may lie outside. Each part of all pixels takes a number of floats. It
// reports whether all numbers were finite.
func (p *phases) fill(to, in []float32, channels, part, top int) bool {
	w, finite := &p.window, true
	stride := w.Stride.Columns
	pixels := unsplit{channels: channels, blockPitch: w.InHeight * w.InWidth * lanes, pixelPitch: stride * lanes}
	if w.Size == Square(1) && w.Stride == Square(1) && !padded(w) {
		pixels.in, pixels.count = in[top*w.InWidth*lanes:], p.rows*p.width
		return pixels.split(to, part)
	}
	for image := range p.images() {
		column := image % p.side.Columns
		first := max((w.Left-column+stride-1)/stride, 0)
		last := max((w.Left+w.InWidth-column+stride-1)/stride, first)
		last = min(last, p.width)
		for row := range p.rows {
			at := (image*p.rows + row) * p.width
			y := top + row*w.Stride.Rows + image/p.side.Columns
			if y < 0 || y >= w.InHeight {
				clearParts(to, channels, part, at, at+p.width)
				continue
			}
			clearParts(to, channels, part, at, at+first)
			clearParts(to, channels, part, at+last, at+p.width)
			if last > first {
				x := column + first*stride - w.Left
				pixels.in, pixels.count = in[(y*w.InWidth+x)*lanes:], last-first
				all := pixels.split(to[(at+first)*lanes:], part)
				finite = finite && all
			}
		}
	}
	end := p.images() * p.rows * p.width
	clearParts(to, channels, part, end, end+w.Left)
	return finite
}

// clearParts sets the parts of some pixels to zero.
func clearParts(to []float32, channels, part, first, last int) {
	if last == first {
		return
	}
	for i := range partsOf(channels) {
		clear(to[i*part+first*lanes : i*part+last*lanes])
	}
}
