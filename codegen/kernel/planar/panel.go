package kernel

// epilogue is what happens to a result before it is stored: residual, unless nil, is added, then the function is applied.
// The residual may be the output itself.
type epilogue struct {
	residual []float32
	function function
}

// multiplyPanel computes outputs × pixels results from a panel of inputs, each the sum of depth products and a bias:
//
//	out[o*rowLength + p] = bias[o] + Σ weights[o, k] · panel[k, p]
//
// The weights are packed in blocks of four outputs, [outputs/4][depth][4], the last block filled up with zeros, and so are
// the biases; the panel in tiles of two pixels, [pixels/2][depth][2], the last filled up with anything.
func multiplyPanel(out, panel, weights, bias []float32, e epilogue, outputs, depth, pixels, rowLength int) {
	var tile [8]float32
	for o := 0; o < outputs; o += 4 {
		w := weights[o*depth : (o+4)*depth]
		rows := min(4, outputs-o)
		for p := 0; p < pixels; p += 2 {
			multiplyTile(&tile, panel[p*depth:(p+2)*depth], w, (*[4]float32)(bias[o:]))
			columns := min(2, pixels-p)
			for r := range rows {
				at := (o+r)*rowLength + p
				for c := range columns {
					v := tile[2*r+c]
					if e.residual != nil {
						v += e.residual[at+c]
					}
					out[at+c] = v
				}
			}
		}
		if e.function != identity {
			for r := range rows {
				at := (o + r) * rowLength
				activate(out[at:at+pixels], e.function)
			}
		}
	}
}

// multiplyTile computes four outputs of two pixels.
func multiplyTile(tile *[8]float32, x, w []float32, bias *[4]float32) {
	a0, b0 := bias[0], bias[0]
	a1, b1 := bias[1], bias[1]
	a2, b2 := bias[2], bias[2]
	a3, b3 := bias[3], bias[3]
	for len(x) >= 2 && len(w) >= 4 {
		xa, xb := x[0], x[1]
		w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
		a0 += w0 * xa
		b0 += w0 * xb
		a1 += w1 * xa
		b1 += w1 * xb
		a2 += w2 * xa
		b2 += w2 * xb
		a3 += w3 * xa
		b3 += w3 * xb
		x, w = x[2:], w[4:]
	}
	*tile = [8]float32{a0, b0, a1, b1, a2, b2, a3, b3}
}
