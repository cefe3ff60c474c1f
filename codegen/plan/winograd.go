package plan

import "github.com/netc-lang/netc/codegen/kernel"

// What the parts of Winograd's algorithm cost, in multiplications of 16 lanes with addition, as measured with AVX-512:
// the transforms of a tile of 16 channels of the input and of the output, and of the weights that 16 outputs have for
// one input. AVX2 takes about twice as long for everything.
const (
	tileInput  = 600
	tileOutput = 600
	tileFilter = 500
)

// fewChannels is for how many input channels Winograd's algorithm is not used although it would be faster. Its errors
// are twice the direct algorithm's with 32 channels and fewer, where sums are too short for the latter's to have grown;
// and convolutions of so few stand at the beginning of a network, where all layers behind them magnify the errors.
const fewChannels = 32

// prefersWinograd chooses between the direct algorithm and Winograd's, which has a fourth of the multiplications and
// the transforms in addition. A matrix unit is no matter of the plan: where there is one, binding the kernel may choose
// the direct algorithm all the same (enoughForWinograd in kernel/matrix_cost.go).
func prefersWinograd(groups, in, out int, w kernel.Window) bool {
	one := kernel.Square(1)
	return groups == 1 && in > fewChannels && w.Size == kernel.Square(3) && w.Stride == one && w.Dilation == one &&
		winogradCost(in, out, w) < directCost(in, out, w)
}

// directCost returns the cost of a dense convolution that goes through all products.
func directCost(in, out int, w kernel.Window) int {
	return w.OutHeight * w.OutWidth * w.Size.Rows * w.Size.Columns * in * blocksOf(out)
}

// winogradCost returns the cost of the same convolution by Winograd's algorithm. Tiles reach beyond the edges of the
// output. At 7×7 pixels the transforms of the weights alone cost more than is saved.
func winogradCost(in, out int, w kernel.Window) int {
	const side = kernel.TileSide
	tiles := (w.OutHeight + side - 1) / side * ((w.OutWidth + side - 1) / side)
	perTile := kernel.TilePoints*in*blocksOf(out) + tileInput*blocksOf(in) + tileOutput*blocksOf(out)
	return tiles*perTile + tileFilter*in*blocksOf(out)
}
