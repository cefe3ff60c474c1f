package kernel

// The routines work on pixels of 16 lanes and blocks, of which there is at least one.

//go:noescape
func maxBlocksNEON(out, in *float32, blocks, pitch, pixels int)

//go:noescape
func sumBlocksNEON(out, in *float32, blocks, pitch, pixels int)

//go:noescape
func foldMaxNEON(x *float32, pixels int)

//go:noescape
func foldSumNEON(x *float32, pixels int)

//go:noescape
func addSquaresNEON(sums, in, means *float32, blocks, pitch, pixels int)

//go:noescape
func normaliseNEON(out, in, means, inverses, factors, offsets *float32, blocks, pitch, pixels int)

//go:noescape
func exponentialsNEON(out, in, most, sums *float32, blocks, pitch, pixels int)

//go:noescape
func scaleBlocksNEON(x, factors *float32, blocks, pitch, pixels int)

// maxBlocks replaces out by the largest of what it holds and the pixels of all blocks, lane by lane. NaN may be lost.
func (has Features) maxBlocks(out, in []float32, blocks, pitch int) {
	switch {
	case blocks == 0:
	case has.has(NEON):
		maxBlocksNEON(&out[0], &in[0], blocks, pitch, len(out)/lanes)
	default:
		maxBlocksPortable(out, in, blocks, pitch)
	}
}

// sumBlocks adds the pixels of all blocks to what out holds, lane by lane.
func (has Features) sumBlocks(out, in []float32, blocks, pitch int) {
	switch {
	case blocks == 0:
	case has.has(NEON):
		sumBlocksNEON(&out[0], &in[0], blocks, pitch, len(out)/lanes)
	default:
		sumBlocksPortable(out, in, blocks, pitch)
	}
}

// foldMax replaces the lanes of each pixel by the largest of them. If one of them is NaN, some become that.
func (has Features) foldMax(x []float32) {
	switch {
	case has.has(NEON):
		foldMaxNEON(&x[0], len(x)/lanes)
	default:
		foldMaxPortable(x)
	}
}

// foldSum replaces the lanes of each pixel by their sum.
func (has Features) foldSum(x []float32) {
	switch {
	case has.has(NEON):
		foldSumNEON(&x[0], len(x)/lanes)
	default:
		foldSumPortable(x)
	}
}

// addSquares adds to sums the squares of what pixels differ from their means.
func (has Features) addSquares(sums, in, means []float32, blocks, pitch int) {
	switch {
	case blocks == 0:
	case has.has(NEON):
		addSquaresNEON(&sums[0], &in[0], &means[0], blocks, pitch, len(sums)/lanes)
	default:
		addSquaresPortable(sums, in, means, blocks, pitch)
	}
}

func (has Features) normalise(n *normalisation) {
	switch {
	case n.blocks == 0:
	case has.has(NEON):
		normaliseNEON(&n.out[0], &n.in[0], &n.means[0], &n.inverses[0], &n.factors[0], &n.offsets[0], n.blocks,
			n.pitch, len(n.inverses))
	default:
		normalisePortable(n)
	}
}

// exponentials computes those of what pixels are more than most, at most zero, and adds them to sums. out may be in.
func (has Features) exponentials(out, in, most, sums []float32, blocks, pitch int) {
	switch {
	case blocks == 0:
	case has.has(NEON):
		exponentialsNEON(&out[0], &in[0], &most[0], &sums[0], blocks, pitch, len(most)/lanes)
	default:
		exponentialsPortable(out, in, most, sums, blocks, pitch)
	}
}

// scaleBlocks multiplies pixels by factors.
func (has Features) scaleBlocks(x, factors []float32, blocks, pitch int) {
	switch {
	case blocks == 0:
	case has.has(NEON):
		scaleBlocksNEON(&x[0], &factors[0], blocks, pitch, len(factors))
	default:
		scaleBlocksPortable(x, factors, blocks, pitch)
	}
}
