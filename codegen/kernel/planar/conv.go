package kernel

// convShape holds the settings of a convolution. Channels are those of one group.
type convShape struct {
	groups, in, out int
	window          window
	strip           int // pixels per panel, an even number; scratch has room for in × size × size × strip
	function        function
}

// conv is a convolution of any kind, as a product of matrices: the pixels that each output sees are gathered into a
// panel, strip by strip. Weights and biases are packed, group by group, as multiplyPanel has them, with the depth running
// over channel, row and column of the window.
func conv(out, in, weights, bias, residual, scratch []float32, s convShape) {
	w := &s.window
	depth := s.in * w.size * w.size
	padded := (s.out + 3) / 4 * 4
	inPixels, outPixels := w.inHeight*w.inWidth, w.outHeight*w.outWidth
	for g := range s.groups {
		source := in[g*s.in*inPixels : (g+1)*s.in*inPixels]
		target := out[g*s.out*outPixels:]
		groupWeights := weights[g*padded*depth : (g+1)*padded*depth]
		groupBias := bias[g*padded : (g+1)*padded]
		for p := 0; p < outPixels; p += s.strip {
			n := min(s.strip, outPixels-p)
			for i := range n {
				gather(scratch[i/2*2*depth+i%2:], source, s.in, p+i, w)
			}
			e := epilogue{function: s.function}
			if residual != nil {
				e.residual = residual[g*s.out*outPixels+p:]
			}
			multiplyPanel(target[p:], scratch, groupWeights, groupBias, e, s.out, depth, n, outPixels)
		}
	}
}

// gather writes what the window sees at one output pixel into every second element of a panel tile, with zeros for
// the padding.
func gather(tile, in []float32, channels, pixel int, w *window) {
	y := pixel/w.outWidth*w.stride - w.top
	x := pixel%w.outWidth*w.stride - w.left
	firstRow, lastRow := w.reach(y, w.inHeight)
	first, last := w.reach(x, w.inWidth)
	at := 0
	for range channels {
		for row := range w.size {
			if row < firstRow || row >= lastRow {
				for range w.size {
					tile[at] = 0
					at += 2
				}
				continue
			}
			from := (y+row*w.dilation)*w.inWidth + x
			for column := range w.size {
				if column >= first && column < last {
					tile[at] = in[from+column*w.dilation]
				} else {
					tile[at] = 0
				}
				at += 2
			}
		}
		in = in[w.inHeight*w.inWidth:]
	}
}
