package kernel

// linearShape holds the settings of a fully connected layer.
type linearShape struct {
	in, out  int
	function function
}

// linear multiplies a vector with a matrix. Weights are packed in blocks of four outputs, [out/4][in][4], the last block
// filled up with zeros, and so are the biases.
func linear(out, in, weights, bias, residual []float32, s linearShape) {
	x := in[:s.in]
	for o := 0; o < s.out; o += 4 {
		w := weights[o*s.in : (o+4)*s.in]
		b := (*[4]float32)(bias[o:])
		sums := *b
		a0, a1, a2, a3 := sums[0], sums[1], sums[2], sums[3]
		for _, v := range x {
			block := (*[4]float32)(w)
			a0 += block[0] * v
			a1 += block[1] * v
			a2 += block[2] * v
			a3 += block[3] * v
			w = w[4:]
		}
		sums = [4]float32{a0, a1, a2, a3}
		row := out[o:min(o+4, s.out)]
		for i := range row {
			v := sums[i]
			if residual != nil {
				v += residual[o+i]
			}
			row[i] = v
		}
		activate(row, s.function)
	}
}
