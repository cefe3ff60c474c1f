package kernel

// strip is a piece of a blocked value, a range of rows surrounded by the padding that windows see:
// [blocks][rows][width][16].
type strip struct {
	rows, width int // of a block, padding included
}

// stripOf returns the strip that a number of output rows needs.
func stripOf(w *Window, outRows int) strip {
	reach := w.reach()
	return strip{
		rows:  (outRows-1)*w.Stride.Rows + reach.Rows,
		width: max((w.OutWidth-1)*w.Stride.Columns+reach.Columns, w.Left+w.InWidth),
	}
}

// blockFloats returns the length of one block.
func (s strip) blockFloats() int { return s.rows * s.width * lanes }

// padded reports whether the window sees padding.
func padded(w *Window) bool {
	reach := w.reach()
	return w.Top > 0 || w.Left > 0 || (w.OutHeight-1)*w.Stride.Rows+reach.Rows > w.InHeight ||
		(w.OutWidth-1)*w.Stride.Columns+reach.Columns > w.InWidth
}

// fill copies the rows of one block of a value that begin with row top, which may lie outside, and surrounds them with
// zeros.
func (s strip) fill(to, in []float32, w *Window, top int) {
	for row := range s.rows {
		line := to[row*s.width*lanes : (row+1)*s.width*lanes]
		if y := top + row; y < 0 || y >= w.InHeight {
			clear(line)
		} else {
			s.margins(line, w)
			copy(line[w.Left*lanes:], in[y*w.InWidth*lanes:(y+1)*w.InWidth*lanes])
		}
	}
}

// margins clears what lies to the left and to the right of a row.
func (s strip) margins(line []float32, w *Window) {
	clear(line[:w.Left*lanes])
	clear(line[(w.Left+w.InWidth)*lanes:])
}

// stripsFor returns into how many strips rows are cut when a row costs a number of products and a strip is to cost
// about as many as the target says.
func stripsFor(target, height, cost int) int {
	each := max(target/cost, 1)
	return (height + each - 1) / each
}
