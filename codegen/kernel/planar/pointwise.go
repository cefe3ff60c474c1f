package kernel

// pointwiseShape holds the settings of a 1×1 convolution.
type pointwiseShape struct {
	in, out, pixels int
	strip           int // pixels per panel, an even number; scratch has room for in × strip
	function        function
}

// pointwise is a 1×1 convolution of stride 1. Weights and biases are packed as multiplyPanel has them.
func pointwise(out, in, weights, bias, residual, scratch []float32, s pointwiseShape) {
	for p := 0; p < s.pixels; p += s.strip {
		n := min(s.strip, s.pixels-p)
		for k := range s.in {
			row := in[k*s.pixels+p : k*s.pixels+p+n]
			to := scratch[2*k:]
			for len(row) >= 2 {
				to[0], to[1] = row[0], row[1]
				row = row[2:]
				if len(row) > 0 {
					to = to[2*s.in:]
				}
			}
			if len(row) > 0 {
				to[0], to[1] = row[0], 0
			}
		}
		e := epilogue{function: s.function}
		if residual != nil {
			e.residual = residual[p:]
		}
		multiplyPanel(out[p:], scratch, weights, bias, e, s.out, s.in, n, s.pixels)
	}
}
