//go:build !amd64 && !arm64

package kernel

func (Features) maxBlocks(out, in []float32, blocks, pitch int) {
	maxBlocksPortable(out, in, blocks, pitch)
}

func (Features) sumBlocks(out, in []float32, blocks, pitch int) {
	sumBlocksPortable(out, in, blocks, pitch)
}

func (Features) foldMax(x []float32) {
	foldMaxPortable(x)
}

func (Features) foldSum(x []float32) {
	foldSumPortable(x)
}

func (Features) addSquares(sums, in, means []float32, blocks, pitch int) {
	addSquaresPortable(sums, in, means, blocks, pitch)
}

func (Features) normalise(n *normalisation) {
	normalisePortable(n)
}

func (Features) exponentials(out, in, most, sums []float32, blocks, pitch int) {
	exponentialsPortable(out, in, most, sums, blocks, pitch)
}

func (Features) scaleBlocks(x, factors []float32, blocks, pitch int) {
	scaleBlocksPortable(x, factors, blocks, pitch)
}
