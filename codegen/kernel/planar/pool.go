package kernel

import "math"

// poolShape holds the settings of a pooling layer.
type poolShape struct {
	channels     int
	window       window
	countPadding bool // for averages: padding counts as zeros
}

// maxPool takes the largest element that each window sees; padding never wins, NaN always.
func maxPool(out, in []float32, s poolShape) {
	w := &s.window
	inPixels, outPixels := w.inHeight*w.inWidth, w.outHeight*w.outWidth
	for c := range s.channels {
		image := in[c*inPixels : (c+1)*inPixels]
		result := out[c*outPixels : (c+1)*outPixels]
		for p := range result {
			top, left := p/w.outWidth*w.stride-w.top, p%w.outWidth*w.stride-w.left
			firstRow, lastRow := w.reach(top, w.inHeight)
			first, last := w.reach(left, w.inWidth)
			best := float32(math.Inf(-1))
			for i := firstRow; i < lastRow; i++ {
				from := (top+i)*w.inWidth + left
				for j := first; j < last; j++ {
					best = max(best, image[from+j])
				}
			}
			result[p] = best
		}
	}
}

// averagePool takes the mean of what each window sees.
func averagePool(out, in []float32, s poolShape) {
	w := &s.window
	inPixels, outPixels := w.inHeight*w.inWidth, w.outHeight*w.outWidth
	for c := range s.channels {
		image := in[c*inPixels : (c+1)*inPixels]
		result := out[c*outPixels : (c+1)*outPixels]
		for p := range result {
			top, left := p/w.outWidth*w.stride-w.top, p%w.outWidth*w.stride-w.left
			firstRow, lastRow := w.reach(top, w.inHeight)
			first, last := w.reach(left, w.inWidth)
			sum := float32(0)
			for i := firstRow; i < lastRow; i++ {
				from := (top+i)*w.inWidth + left
				for j := first; j < last; j++ {
					sum += image[from+j]
				}
			}
			count := (lastRow - firstRow) * (last - first)
			if s.countPadding {
				count = w.size * w.size
			}
			result[p] = sum / float32(count)
		}
	}
}

// globalAverage takes the mean of each channel.
func globalAverage(out, in []float32, channels, pixels int) {
	for channel := range channels {
		var a, b, c, d float32
		image := in[channel*pixels : (channel+1)*pixels]
		for len(image) >= 4 {
			a += image[0]
			b += image[1]
			c += image[2]
			d += image[3]
			image = image[4:]
		}
		for _, v := range image {
			a += v
		}
		out[channel] = ((a + b) + (c + d)) / float32(pixels)
	}
}
