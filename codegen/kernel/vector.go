package kernel

import "math"

// scaleRowsPortable multiplies row k of [rows][16] by factors[k]. out may be in.
func scaleRowsPortable(out, in, factors []float32) {
	for k, factor := range factors {
		from, to := pixelLanes(in, k*lanes), pixelLanes(out, k*lanes)
		for i := range to {
			to[i] = from[i] * factor
		}
	}
}

// affinePixelsPortable multiplies every pixel by factors of the 16 lanes and adds offsets. out may be in.
func affinePixelsPortable(out, in []float32, factors, offsets *[lanes]float32) {
	for at := 0; at < len(out); at += lanes {
		from, to := pixelLanes(in, at), pixelLanes(out, at)
		for i := range to {
			to[i] = from[i]*factors[i] + offsets[i]
		}
	}
}

// addPixelsPortable adds two values. out may be either.
func addPixelsPortable(out, a, b []float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] + b[i]
	}
}

// multiplyPixelsPortable multiplies two values. out may be either.
func multiplyPixelsPortable(out, a, b []float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] * b[i]
	}
}

// sumPixelsPortable adds up the pixels of one block.
func sumPixelsPortable(sum *[lanes]float32, in []float32) {
	var even, odd [lanes]float32
	for at := 0; at < len(in); at += lanes {
		to := &even
		if at/lanes%2 > 0 {
			to = &odd
		}
		for i, v := range pixelLanes(in, at) {
			to[i] += v
		}
	}
	for i := range sum {
		sum[i] = even[i] + odd[i]
	}
}

// windows describes what a number of output pixels, side by side, see of one block; pitches are in floats.
type windows struct {
	rows, columns, rowPitch, columnPitch int
	pixelPitch                           int // between what neighbours see
}

// maxPortable takes the largest of what each pixel sees, and NaN if there is one.
func (w *windows) maxPortable(out, in []float32) {
	for at := 0; at < len(out); at += lanes {
		best := pixelLanes(out, at)
		for i := range best {
			best[i] = float32(math.Inf(-1))
		}
		for row := range w.rows {
			for column := range w.columns {
				for i, v := range pixelLanes(in, at/lanes*w.pixelPitch+row*w.rowPitch+column*w.columnPitch) {
					best[i] = max(best[i], v)
				}
			}
		}
	}
}

// sumPortable adds up what each pixel sees.
func (w *windows) sumPortable(out, in []float32) {
	for at := 0; at < len(out); at += lanes {
		sum := pixelLanes(out, at)
		*sum = [lanes]float32{}
		for row := range w.rows {
			for column := range w.columns {
				for i, v := range pixelLanes(in, at/lanes*w.pixelPitch+row*w.rowPitch+column*w.columnPitch) {
					sum[i] += v
				}
			}
		}
	}
}
