package kernel

// strip is a piece of a blocked value, a range of rows surrounded by the padding that windows see: [blocks][rows][width][16].
type strip struct {
	rows, width int // of a block, padding included
}

// stripOf returns the strip that a number of output rows needs.
func stripOf(w *window, outRows int) strip {
	reach := (w.size - 1) * w.dilation
	return strip{
		rows:  (outRows-1)*w.stride + reach + 1,
		width: max((w.outWidth-1)*w.stride+reach+1, w.left+w.inWidth),
	}
}

// blockFloats returns the length of one block.
func (s strip) blockFloats() int { return s.rows * s.width * lanes }

// padded reports whether the window sees padding.
func padded(w *window) bool {
	reach := (w.size-1)*w.dilation + 1
	return w.top > 0 || w.left > 0 || (w.outHeight-1)*w.stride+reach > w.inHeight || (w.outWidth-1)*w.stride+reach > w.inWidth
}

// fill copies the rows of one block of a value that begin with row top, which may lie outside, and surrounds them with zeros.
func (s strip) fill(to, in []float32, w *window, top int) {
	for row := range s.rows {
		line := to[row*s.width*lanes : (row+1)*s.width*lanes]
		if y := top + row; y < 0 || y >= w.inHeight {
			clear(line)
		} else {
			s.margins(line, w)
			copy(line[w.left*lanes:], in[y*w.inWidth*lanes:(y+1)*w.inWidth*lanes])
		}
	}
}

// margins clears what lies to the left and to the right of a row.
func (s strip) margins(line []float32, w *window) {
	clear(line[:w.left*lanes])
	clear(line[(w.left+w.inWidth)*lanes:])
}

// stripsFor returns into how many strips rows are cut when a row costs a number of products and a strip is to cost about
// as many as the target says.
func stripsFor(target, height, cost int) int {
	each := max(target/cost, 1)
	return (height + each - 1) / each
}
