package kernel

import "fmt"

// slide describes a depthwise convolution of one block of channels, from a strip that holds its padding:
//
//	out[y, x, lane] = function(bias[lane] + residual[y, x, lane]
//		+ Σ weights[i, j, lane] · in[y·rowStride + i·rowDilation, x·stride + j·dilation, lane])
//
// or one of groups of eight channels:
//
//	out[y, x, lane] = function(bias[lane] + residual[y, x, lane]
//		+ Σ weights[i, j, lane/8·8 + k, lane] · in[y·rowStride + i·rowDilation, x·stride + j·dilation, lane/8·8 + k])
//
// Pitches are in floats.
type slide struct {
	out, in, weights, bias, residual []float32 // residual may be nil; it lies as out does
	sums                             []float32 // unless nil, its 16 lanes become the sums of what is written

	rows, width            int // of the output, whose rows lie one behind the other
	rowPitch               int // between rows of the input
	size, stride, dilation int // of the window's columns
	function               *activation
	routine                *activation // that, if it has a routine, for assembly

	has Features

	rowSize, rowStride, rowDilation int // of the window's rows

	hasRoutines bool // for the window
	group       int  // channels of a group: 1 or eight, of which there are routines alone

	half        bool      // arithmetic is of float16; there are routines then
	upper       []float32 // sums of the last 16 of 32 lanes, or nil: see sumsAt
	halfScratch []float32 // halfScratchFloats floats of scratch
}

// eight is the number of channels of the groups for which there are routines.
const eight = 8

// groupIf returns how many channels a group has, if there are groups of eight or if each channel stands alone.
func groupIf(eights bool) int {
	if eights {
		return eight
	}
	return 1
}

// itemSteps is about how many multiplications of 16 lanes make an item of work: some 5 microseconds if it is depthwise.
const itemSteps = 1 << 14

// slideOf returns the slide of a window. Which rows, and where they lie, is still to be said.
func slideOf(group int, w *Window, f *activation, has Features) slide {
	return slide{width: w.OutWidth, size: w.Size.Columns, stride: w.Stride.Columns, dilation: w.Dilation.Columns,
		rowSize: w.Size.Rows, rowStride: w.Stride.Rows, rowDilation: w.Dilation.Rows, function: f, has: has,
		hasRoutines: hasSlide(group, w), group: group}
}

// hasSlide reports whether there are routines for a window. Stride and dilation of its rows may be any: where a routine
// cannot compute several rows for them, run calls it for each row.
func hasSlide(group int, w *Window) bool {
	size := w.Size.Columns
	return w.Size.isSquare() && w.Dilation.Columns == 1 && w.Stride.Columns <= 2 &&
		(group == 1 && size%2 == 1 && size >= 3 && size <= 9 || group == eight && size == 3)
}

// HasHalfSlide reports whether there are routines of float16 for a window: without, nothing computes it.
func HasHalfSlide(w *Window) bool { return hasSlide(1, w) }

// HasEightsSlide reports whether there are routines for a window of groups of eight channels.
func HasEightsSlide(w *Window) bool { return hasSlide(eight, w) }

// slides returns how many lanes a routine computes at a time, and how many pixels the widest tile has, but for those of
// wideSlide; 0 if there are no routines. It knows those of all processors, for whoever writes packages for others.
func (has Features) slides() (across, widest int) {
	switch {
	case has.has(AVX512):
		return 16, 14
	case has.has(AVX2):
		return 8, 8
	case has.has(NEON):
		return 4, 8
	}
	return 0, 0
}

// wideSlide returns how many pixels a wide tile has, or 0 if there is none for a window.
func (has Features) wideSlide(group, size int) int {
	if has.has(NEON) && group == 1 && size <= 5 {
		return 14
	}
	return 0
}

// wideTiles returns how many wide tiles a row of pixels has, before others. Where the last of them and what is left
// would be no more than two of the others, these are as many, and more alike.
func wideTiles(pixels, widest, wide int) int {
	if wide == 0 {
		return 0
	}
	tiles, left := pixels/wide, pixels%wide
	if tiles > 0 && left > 0 && wide+left <= 2*widest {
		tiles--
	}
	return tiles
}

// weightsOfEights returns the weights of a block of groups of eight channels, those of 16 inputs for each place of the
// window. Where the last block has one group, only eight inputs have weights, and the others get zeros, in memory for
// 256 numbers of each place.
func weightsOfEights(all, padded []float32, block, channels, taps int) []float32 {
	own := all[block*taps*lanes*lanes:]
	if (block+1)*lanes <= channels {
		return own
	}
	padded = padded[:taps*lanes*lanes]
	clear(padded)
	for tap := range taps {
		copy(padded[tap*lanes*lanes:], own[tap*eight*lanes:(tap+1)*eight*lanes])
	}
	return padded
}

// run computes all rows.
func (d *slide) run() {
	across, widest := d.has.slides()
	if across == 0 || !d.hasRoutines {
		d.portable()
		return
	}
	if d.sums != nil {
		clear(d.sums[:lanes])
		clear(d.upper)
	}
	d.routine = d.function.routines()
	part := *d
	part.rowPitch = d.rowPitch * d.rowDilation
	if d.rowStride != d.stride || d.rowDilation > 1 {
		part.rows = 1 // routines know one stride: each row of results is a slide of its own
	}
	t := d.cut(widest)
	for row := 0; row < d.rows; row += part.rows {
		for lane := 0; lane < lanes; lane += across {
			d.setPart(&part, row, lane)
			part.calls(0, t.wide, t.wides)
			part.calls(t.first, t.size+1, t.larger)
			part.calls(t.first+(t.size+1)*t.larger, t.size, t.smaller)
		}
	}
	switch {
	case !d.function.isLeft():
	case d.half:
		d.finishHalf()
	default:
		d.function.apply(d.out[:d.rows*d.width*lanes])
		d.sum()
	}
}

// slideTiles are the tiles of a row: wide ones and, from a pixel on, others of nearly the same size.
type slideTiles struct {
	wide, wides           int // pixels of a wide tile, and how many there are
	first                 int // pixel of the others
	size, smaller, larger int // tiles of so many pixels, and tiles of one more, which come first
}

// cut cuts a row into tiles.
func (d *slide) cut(widest int) slideTiles {
	wide := d.has.wideSlide(d.group, d.size)
	t := slideTiles{wide: wide, wides: wideTiles(d.width, widest, wide)}
	if t.first = t.wides * wide; t.first < d.width {
		size, larger, tiles := tileSizes(d.width-t.first, widest)
		t.size, t.smaller, t.larger = size, tiles-larger, larger
	}
	return t
}

// calls computes tiles of one size, if there are any.
func (d *slide) calls(first, size, count int) {
	if count == 0 || d.tiles(first, size, count) {
		return
	}
	// A generated package has the sizes that its network needs, and the smallest for what nobody foresaw.
	if !d.tiles(first, 1, size*count) {
		panic(fmt.Sprintf("kernel: there is no routine for a %d×%d window of stride %d, groups of %d channels "+
			"(float16: %t) with %v", d.rowSize, d.size, d.stride, d.group, d.half, d.has))
	}
}

// setPart makes of a copy of d the slide of its number of rows, from one on, over the lanes from one on, for assembly
// whose registers have fewer than sixteen.
func (d *slide) setPart(part *slide, row, lane int) {
	at := row*d.width*lanes + lane
	first := lane // channel of the first group
	if d.group > 1 {
		first = lane / d.group * d.group
	}
	part.out, part.in = d.out[at:], d.in[row*d.rowStride*d.rowPitch+first:]
	part.weights, part.bias = d.weights[lane:], d.bias[lane:]
	if d.group > 1 {
		part.weights = d.weights[first*lanes+lane:]
	}
	if d.residual != nil {
		part.residual = d.residual[at:]
	}
	if d.sums != nil {
		part.sums = d.partSums(lane)
	}
}
