package kernel

// matrixFloats bounds the pixels that are split at a time, so that they stay in a second-level cache of two
// megabytes, which all processors with a matrix unit have at least.
const matrixFloats = 380_000

// fittingFloats is how many of these leave room for the weights, sums and results beside them.
const fittingFloats = 320_000

// How many items are enough to share evenly, and how many pixels a piece has at least where there is a choice.
const (
	enoughItems = 12
	piecePixels = 192
)

// piecesFor returns into how many pieces pixels are cut so that they and a number of pairs make enough items.
func piecesFor(pixels, pairs int) int {
	return max(min((enoughItems+pairs-1)/pairs, pixels/piecePixels), 1)
}

// matrixCost is what the time that products take on the matrix unit depends on.
type matrixCost struct {
	pixels, in, out, taps int
	bands                 int // into which the pixels are cut, for each of which the weights are split
	splits                int // how often a worker splits pixels
}

// For how many pixels the matrix unit is used at least; for less, splitting the weights takes too long.
const (
	enoughPixels       = 8 * tileHeight
	enoughWindowPixels = 2 * tileHeight // if each weight is used at several places
)

// enoughForWinograd decides where the plan has chosen Winograd's algorithm and the matrix unit pays for the direct one:
// from so many output pixels on, Winograd's is used all the same. With fewer, transforming the weights, which takes the
// same time for any number of pixels, is much of the work.
//
// It is a bound from measurements, and no term of the two cost models, which cannot be compared. That of the plan
// (plan/winograd.go) compares two algorithms on one unit, the vectors, by numbers of multiplications; AVX2 and NEON are
// slower at both, so the choice is the same. matrixCost compares two units at one algorithm, in cycles.
const enoughForWinograd = 400

// alwaysOnMatrix reports whether the matrix unit is used wherever it can be. A generated package whose network would
// not use it by itself has no routines for it, and does not then either.
func (m *Machine) alwaysOnMatrix() bool { return hasMatrixRoutines && m.Has.has(alwaysAMX) }

// areEnough reports whether there are enough pixels.
func (m *Machine) areEnough(pixels, enough int) bool {
	return pixels >= enough || m.alwaysOnMatrix()
}

// pays reports whether the matrix unit is faster than AVX-512, which computes a number of products a cycle, and may
// have fewer pixels to compute. The constants were measured on a Xeon of 2024.
func (c *matrixCost) pays(m *Machine, pixels, products int) bool {
	if m.alwaysOnMatrix() {
		return true
	}
	// In processor cycles.
	const (
		product      = 24      // of a tile of pixels and one of weights
		scarce       = 36      // likewise, if pixels have to come from beyond the second-level cache each time
		split        = 20      // of two numbers, in all lanes
		distantSplit = 32      // if they come from beyond the second-level cache
		distant      = 300_000 // floats
		finish       = 8       // of the sums of one pixel, more than in a kernel that keeps them in registers
	)
	const better, than = 8, 7 // for less it is not worth while: processors lower their clock when they use the unit
	each, eachProduct := split, product
	if c.pixels*c.in > distant {
		each = distantSplit
	}
	if c.taps == 1 && partsOf(c.in)*c.pixels/c.bands*lanes > fittingFloats {
		eachProduct = scarce
	}
	splits := c.splits
	if c.bands == 1 { // each worker does it
		splits *= 2
	}
	// In order: the products, of which each block of inputs has three for a tile, half of the six that the parts of a
	// pair have; making results of sums; splitting the weights, once for each band; splitting the pixels.
	blocks, slabs := blocksOf(c.out), pairsOf(c.in)
	tiles := c.bands * matrixTiles(c.pixels/c.bands-fewPixels)
	cost := tiles*blocks*c.taps*3*blocksOf(c.in)*eachProduct + finish*c.pixels*blocks +
		split*slabs*blocks*lanes*c.taps*c.bands + each*slabs*c.pixels*splits
	return cost*better < pixels*c.in*blocks*lanes*c.taps/products*than
}

// What AVX-512 computes in a cycle where it is good and elsewhere.
const (
	pointwiseProducts = 28
	windowProducts    = 23
)

// fewPixels is for how many pixels it is not worth while to compute a tile.
const fewPixels = 4
