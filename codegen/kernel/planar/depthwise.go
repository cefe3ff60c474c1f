package kernel

// depthwiseShape holds the settings of a convolution in which each channel stands alone.
type depthwiseShape struct {
	channels int
	window   window
	function function
}

// depthwise convolves each channel with a window of its own. Weights: [channels, size, size]; biases: [channels].
func depthwise(out, in, weights, bias, residual []float32, s depthwiseShape) {
	w := &s.window
	inPixels, outPixels := w.inHeight*w.inWidth, w.outHeight*w.outWidth
	taps := w.size * w.size
	inner, outer := w.inner()
	for c := range s.channels {
		image := in[c*inPixels : (c+1)*inPixels]
		kernel := weights[c*taps : (c+1)*taps]
		for y := range w.outHeight {
			at := c*outPixels + y*w.outWidth
			var added []float32
			if residual != nil {
				added = residual[at : at+w.outWidth]
			}
			row := out[at : at+w.outWidth]
			depthwiseEdge(row, image, kernel, added, bias[c], y, 0, inner, w)
			x := inner
			for ; x+4 <= outer; x += 4 {
				depthwiseFour((*[4]float32)(row[x:]), image, kernel, added, bias[c], y, x, w)
			}
			depthwiseEdge(row, image, kernel, added, bias[c], y, x, w.outWidth, w)
			activate(row, s.function)
		}
	}
}

// depthwiseFour computes the four outputs from column x on, which see no padding to their left or right.
func depthwiseFour(out *[4]float32, image, kernel, added []float32, bias float32, y, x int, w *window) {
	top := y*w.stride - w.top
	first, last := w.reach(top, w.inHeight)
	stride, dilation := w.stride, w.dilation
	a, b, c, d := bias, bias, bias, bias
	for i := first; i < last; i++ {
		from := (top+i*dilation)*w.inWidth + x*stride - w.left
		line := image[from : from+3*stride+(w.size-1)*dilation+1]
		at := 0
		for _, v := range kernel[i*w.size : (i+1)*w.size] {
			a += v * line[at]
			b += v * line[at+stride]
			c += v * line[at+2*stride]
			d += v * line[at+3*stride]
			at += dilation
		}
	}
	if added != nil {
		a, b, c, d = a+added[x], b+added[x+1], c+added[x+2], d+added[x+3]
	}
	*out = [4]float32{a, b, c, d}
}

// depthwiseEdge computes the outputs of a row from column begin up to but not including end.
func depthwiseEdge(row, image, kernel, added []float32, bias float32, y, begin, end int, w *window) {
	top := y*w.stride - w.top
	firstRow, lastRow := w.reach(top, w.inHeight)
	for x := begin; x < end; x++ {
		left := x*w.stride - w.left
		first, last := w.reach(left, w.inWidth)
		sum := bias
		for i := firstRow; i < lastRow; i++ {
			from := (top+i*w.dilation)*w.inWidth + left
			for j := first; j < last; j++ {
				sum += kernel[i*w.size+j] * image[from+j*w.dilation]
			}
		}
		if added != nil {
			sum += added[x]
		}
		row[x] = sum
	}
}
