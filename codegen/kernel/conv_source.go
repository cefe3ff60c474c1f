package kernel

// flat reports whether the pixels of several rows are computed together, as if they were one row: rows are shorter than
// tiles, and would leave registers without work. It takes copies of the input in which neighbouring rows of the output
// see neighbouring pixels (shifted). With a stride, these are more, and have to be few enough to be held for all panels
// (holdsStrips).
func (k *Conv) flat() bool {
	w := &k.Window
	if w.taps() == 1 || w.OutWidth >= 14 {
		return false
	}
	if w.Stride == Square(1) {
		return true
	}
	strips := k.stripCount()
	most := w.OutHeight + strips - 1 // rows, where strips are as high as the highest
	return k.Groups == 1 && strips <= mostHeldStrips &&
		blocksOf(k.InChannels)*w.taps()*most*w.OutWidth*lanes <= heldStripFloats
}

// copiedRows returns how many rows each copy of shifted has for some rows of the output, and how many lie between what
// a row of the window sees and what the next one sees. With a stride, each row of the window has rows of its own.
func (k *Conv) copiedRows(outRows int) (rows, apart int) {
	if k.Window.Stride == Square(1) {
		return stripOf(&k.Window, outRows).rows, k.Window.Dilation.Rows
	}
	return k.Window.Size.Rows * outRows, outRows
}

// stripFloats returns how much scratch a number of output rows need.
func (k *Conv) stripFloats(outRows int) int {
	if !padded(&k.Window) && !k.flat() {
		return 0
	}
	most := 0
	for b := range blocksOf(k.OutChannels) {
		begin, end := k.inputs(b)
		most = max(most, blocksOf(end)-begin/lanes)
	}
	if k.flat() {
		rows, _ := k.copiedRows(outRows)
		return most * k.Window.Size.Columns * rows * k.Window.OutWidth * lanes
	}
	strip := stripOf(&k.Window, outRows)
	return most * strip.blockFloats()
}

// stripsScratch returns how many floats of scratch there are for strips.
func (t *convTask) stripsScratch() int {
	if t.holdsStrips {
		return t.strips * t.stripScratch
	}
	return t.stripScratch
}

// source points the product at the inputs of a region and returns what its first row sees: the input itself or, where
// windows see padding, a strip in scratch, which it fills unless it is filled.
func (t *convTask) source(p *product, in, scratch []float32, r region, isFilled bool) []float32 {
	w := &t.Window
	begin, end := t.inputs(r.block)
	firstBlock, top := begin/lanes, r.row*w.Stride.Rows-w.Top
	strip := stripOf(w, r.endRow-r.row)
	if t.isFlat {
		rows, apart := t.copiedRows(r.endRow - r.row)
		p.rowPitch, p.columnPitch = apart*w.OutWidth*lanes, rows*w.OutWidth*lanes
		p.blockPitch, p.pixelPitch = w.Size.Columns*p.columnPitch, lanes
		if !isFilled {
			t.shifted(p, in, scratch, region{firstBlock, blocksOf(end), r.row, r.endRow})
		}
		p.setInputs(begin-firstBlock*lanes, end-firstBlock*lanes)
		return scratch
	}
	if !padded(w) {
		p.blockPitch, p.rowPitch = w.InHeight*w.InWidth*lanes, w.Dilation.Rows*w.InWidth*lanes
		p.setInputs(begin-firstBlock*lanes, end-firstBlock*lanes)
		return in[firstBlock*p.blockPitch+top*w.InWidth*lanes:]
	}
	p.blockPitch, p.rowPitch = strip.blockFloats(), w.Dilation.Rows*strip.width*lanes
	p.setInputs(begin-firstBlock*lanes, end-firstBlock*lanes)
	for b := firstBlock; b < blocksOf(end) && !isFilled; b++ {
		strip.fill(scratch[(b-firstBlock)*p.blockPitch:], in[b*w.InHeight*w.InWidth*lanes:], w, top)
	}
	return scratch
}

// shifted makes copies of what a region sees of the input, in scratch, one for every column of the window, which hold
// what the column sees of each row: the pixels of all rows then lie one behind the other. Of a window of three columns
// with padding 1, on rows of four pixels:
//
//	input      copy 0     copy 1     copy 2
//	a b c d    0 a b c    a b c d    b c d 0
//	e f g h    0 e f g    e f g h    f g h 0
//
// Output pixel p, counted over all rows, sees at (r, c) of the window pixel r·Dilation.Rows·4 + p of copy c. With a
// stride of two a copy has, one behind the other, what each row of the window sees, 0 being that of padding:
//
//	input      copy 0    copy 1    copy 2
//	a b c d    0 0       0 0       0 0       first row of the window
//	e f g h    0 f       e g       f h
//	i j k l    0 b       a c       b d       second
//	m n o p    0 j       i k       j l
//	           0 f       e g       f h       third
//	           0 n       m o       n p
func (t *convTask) shifted(p *product, in, scratch []float32, r region) {
	w := &t.Window
	outRows := r.endRow - r.row
	rows, _ := t.copiedRows(outRows)
	for b := r.block; b < r.endBlock; b++ {
		image := in[b*w.InHeight*w.InWidth*lanes:]
		for column := range w.Size.Columns {
			to := scratch[(b-r.block)*p.blockPitch+column*p.columnPitch:]
			for i := range rows {
				y := r.row - w.Top + i
				if w.Stride != Square(1) {
					y = (r.row+i%outRows)*w.Stride.Rows - w.Top + i/outRows*w.Dilation.Rows
				}
				line := to[i*w.OutWidth*lanes:][:w.OutWidth*lanes]
				if y < 0 || y >= w.InHeight {
					clear(line)
					continue
				}
				w.copySeen(line, image[y*w.InWidth*lanes:][:w.InWidth*lanes], column)
			}
		}
	}
}

// copySeen copies what a column of the window sees of a row of one block, for each pixel of the output.
func (w *Window) copySeen(to, row []float32, column int) {
	start, stride := column*w.Dilation.Columns-w.Left, w.Stride.Columns // what the first output pixel sees
	first := min(max((stride-1-start)/stride, 0), w.OutWidth)
	last := max(min((w.InWidth-1-start+stride)/stride, w.OutWidth), first)
	clear(to[:first*lanes])
	switch {
	case stride > 1:
		for x := first; x < last; x++ {
			copy(to[x*lanes:][:lanes], row[(start+x*stride)*lanes:])
		}
	case last > first:
		copy(to[first*lanes:last*lanes], row[(start+first)*lanes:])
	}
	clear(to[last*lanes:])
}
