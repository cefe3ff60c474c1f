package kernel

// poolShape holds the settings of a pooling layer.
type poolShape struct {
	channels     int
	window       window
	countPadding bool // for averages: padding counts as zeros
}

// items returns how many items the work is cut into: one for every row of every block.
func (s *poolShape) items() int { return blocksOf(s.channels) * s.window.outHeight }

// maxPool takes the largest element that each window sees; padding never wins, NaN always.
func maxPool(out, in []float32, s *poolShape, first, last int) { s.pool(out, in, first, last, true) }

// averagePool takes the mean of what each window sees.
func averagePool(out, in []float32, s *poolShape, first, last int) {
	s.pool(out, in, first, last, false)
}

// pool reduces rows: one pixel after the other where windows see padding, those between all at once.
func (s *poolShape) pool(out, in []float32, first, last int, largest bool) {
	w := &s.window
	inner, outer := w.inner()
	for item := first; item < last; item++ {
		image := in[item/w.outHeight*w.inHeight*w.inWidth*lanes:]
		row := out[item*w.outWidth*lanes : (item+1)*w.outWidth*lanes]
		y := item % w.outHeight
		for x := 0; x < w.outWidth; {
			end := x + 1
			if x == inner && outer > inner {
				end = outer
			}
			s.reduce(row[x*lanes:end*lanes], image, y, x, largest)
			x = end
		}
	}
}

// reduce computes output pixels that see the same columns of the window, from column x of row y on.
func (s *poolShape) reduce(out, image []float32, y, x int, largest bool) {
	w := &s.window
	rows, columns := w.rows(y), w.columns(x)
	seen := windows{
		rows: rows.last - rows.first, columns: columns.last - columns.first,
		rowPitch: w.dilation * w.inWidth * lanes, columnPitch: w.dilation * lanes, pixelPitch: w.stride * lanes,
	}
	if seen.rows > 0 && seen.columns > 0 {
		image = image[((rows.start+rows.first*w.dilation)*w.inWidth+columns.start+columns.first*w.dilation)*lanes:]
	}
	if largest {
		seen.max(out, image)
		return
	}
	seen.sum(out, image)
	count := seen.rows * seen.columns
	if s.countPadding {
		count = w.size * w.size
	}
	for i := range out {
		out[i] /= float32(count)
	}
}

// averageShape holds the settings of an average over all pixels, or over the sums that depthwise kernels leave.
type averageShape struct {
	channels, pixels int
	count            int // by what the sums are divided; that of all pixels that were summed
}

// items returns how many items the work is cut into: one for each block of channels.
func (s *averageShape) items() int { return blocksOf(s.channels) }

// globalAverage adds up the pixels of each channel and divides the sum by count. The result is a blocked vector.
func globalAverage(out, in []float32, s *averageShape, first, last int) {
	for b := first; b < last; b++ {
		mean := pixelLanes(out, b*lanes)
		sumPixels(mean, in[b*s.pixels*lanes:(b+1)*s.pixels*lanes])
		for lane := range mean {
			mean[lane] /= float32(s.count)
		}
	}
}
