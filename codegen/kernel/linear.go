package kernel

// linearShape holds the settings of a fully connected layer.
type linearShape struct {
	in, out  int
	function function
}

// items returns how many items the work is cut into: one for every four blocks of outputs.
func (s *linearShape) items() int { return groupsOf(blocksOf(s.out)) }

// linear multiplies a vector with a matrix. Weights: [out/16][in][16]; biases [out/16][16]; residual, nil or a vector.
func linear(out, in, weights, bias, residual []float32, s *linearShape, first, last int) {
	p := product{
		in: in, outPitch: lanes, weightPitch: s.in * lanes,
		pixelPitch: lanes, blockPitch: lanes, rows: 1, columns: 1, function: s.function,
	}
	p.take(0, s.in)
	for group := first; group < last; group++ {
		block, endBlock := shareOf(blocksOf(s.out), s.items(), group)
		p.choose(weights, bias, block, endBlock)
		p.out = out[block*lanes : endBlock*lanes]
		if residual != nil {
			p.residual = residual[block*lanes : endBlock*lanes]
		}
		p.run(1)
	}
}
