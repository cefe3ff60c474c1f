package kernel

import "math"

// poolShape holds the settings of a pooling layer.
type poolShape struct {
	channels     int
	window       window
	countPadding bool // for averages: padding counts as zeros
}

// items returns how many items the work is cut into: one for every row of every block.
func (s *poolShape) items() int { return blocksOf(s.channels) * s.window.outHeight }

// maxPool takes the largest element that each window sees; padding never wins, NaN always.
func maxPool(out, in []float32, s *poolShape, first, last int) {
	w := &s.window
	for item := first; item < last; item++ {
		y, image := item%w.outHeight, in[item/w.outHeight*w.inHeight*w.inWidth*lanes:]
		for x := range w.outWidth {
			rows, columns := w.rows(y), w.columns(x)
			best := pixelLanes(out, (item*w.outWidth+x)*lanes)
			for i := range best {
				best[i] = float32(math.Inf(-1))
			}
			for i := rows.first; i < rows.last; i++ {
				for j := columns.first; j < columns.last; j++ {
					pixel := pixelLanes(image, ((rows.start+i*w.dilation)*w.inWidth+columns.start+j*w.dilation)*lanes)
					for lane, v := range pixel {
						best[lane] = max(best[lane], v)
					}
				}
			}
		}
	}
}

// averagePool takes the mean of what each window sees.
func averagePool(out, in []float32, s *poolShape, first, last int) {
	w := &s.window
	for item := first; item < last; item++ {
		y, image := item%w.outHeight, in[item/w.outHeight*w.inHeight*w.inWidth*lanes:]
		for x := range w.outWidth {
			rows, columns := w.rows(y), w.columns(x)
			sum := pixelLanes(out, (item*w.outWidth+x)*lanes)
			*sum = [lanes]float32{}
			for i := rows.first; i < rows.last; i++ {
				for j := columns.first; j < columns.last; j++ {
					pixel := pixelLanes(image, ((rows.start+i*w.dilation)*w.inWidth+columns.start+j*w.dilation)*lanes)
					for lane, v := range pixel {
						sum[lane] += v
					}
				}
			}
			count := (rows.last - rows.first) * (columns.last - columns.first)
			if s.countPadding {
				count = w.size * w.size
			}
			for lane := range sum {
				sum[lane] /= float32(count)
			}
		}
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
		var even, odd [lanes]float32
		at := b * s.pixels * lanes
		for p := range s.pixels {
			pixel := pixelLanes(in, at+p*lanes)
			if p%2 == 0 {
				for lane, v := range pixel {
					even[lane] += v
				}
			} else {
				for lane, v := range pixel {
					odd[lane] += v
				}
			}
		}
		to := pixelLanes(out, b*lanes)
		for lane := range to {
			to[lane] = (even[lane] + odd[lane]) / float32(s.count)
		}
	}
}
