package kernel

// matrix describes sums of products that the matrix unit computes, of numbers that have been taken apart (see split):
//
//	out[o, p, lane] = bias[o, lane] + Σ weights[k, o, lane] · pixels[p, k]
//
// where k runs over pairs of blocks and then a single one, each over the places of a window. There are one or two blocks of
// outputs. Pitches are in bytes.
type matrix struct {
	out, pixels, weights, bias []float32

	outPitch       int // between blocks of outputs
	partPitch      int // between the parts of a pixel
	pairs, singles int // steps
	pairPitch      int
	height         int           // pixels of a tile
	groups         int           // of tiles: two of them, or four if there is one block of outputs
	waste          []float32     // room for a tile that is stored to no purpose
	ahead          []float32     // weights that are needed next, for the second-level cache
	settings       [64]byte      // of the tiles, as the processor wants them
	tapCount       int           // places of the window
	taps           [mostTaps]int // where each is, seen from the first
}

// mostTaps is how many places a window can have.
const mostTaps = 64

// tileHeight is how many pixels a tile has at most.
const tileHeight = 16

// matrixFloats bounds what is taken apart at a time, pixels and weights, so that it stays in a second-level cache of two megabytes, which
// all processors with a matrix unit have at least.
const matrixFloats = 440_000

// matrixBlocks is how many blocks of outputs are computed together at most, and matrixWeights how many floats their weights take at most,
// unless two blocks take more.
const (
	matrixBlocks  = 8
	matrixWeights = 110_000
)

// matrixGroups returns into how many groups blocks of outputs are divided, each of which sees so many channels at a number of places.
func matrixGroups(blocks, channels, taps int) int {
	each := matrixBlocks
	for each > 2 && (blocks < 4*each || each*stepsOf(channels)*taps*stepFloats > matrixWeights) {
		each /= 2
	}
	return (blocks + each - 1) / each
}

// groupFloats returns how many floats the weights of the largest group take.
func groupFloats(blocks, groups, channels, taps int) int {
	most := 0
	for i := range groups {
		block, endBlock := matrixGroup(blocks, groups, i)
		most = max(most, (endBlock-block+1)/2*2)
	}
	return most * stepsOf(channels) * taps * stepFloats
}

// matrixGroup returns the blocks of a group. All but the last block go in twos.
func matrixGroup(blocks, groups, i int) (block, endBlock int) {
	block, endBlock = shareOf((blocks+1)/2, groups, i)
	return 2 * block, min(2*endBlock, blocks)
}

// matrixCost is what the time that products take on the matrix unit depends on.
type matrixCost struct {
	pixels, in, out, taps int
	bands                 int // into which the pixels are cut, for each of which the weights are taken apart
	splits                int // how often pixels are taken apart
}

// pays reports whether the matrix unit is faster than AVX-512, which has to compute fewer pixels perhaps, at so many products a cycle. What
// it costs was measured on a Xeon of 2024.
func (c *matrixCost) pays(pixels, products int) bool {
	// In processor cycles.
	const (
		product      = 26      // of a tile of pixels and one of weights
		split        = 20      // of two numbers, in all lanes
		distantSplit = 32      // if they come from beyond the second-level cache
		distant      = 300_000 // floats
		finish       = 8       // of the sums of one pixel, more than in a kernel that keeps them in registers
	)
	const better, than = 8, 7 // for less it is not worth while
	each := split
	if c.pixels*c.in > distant {
		each = distantSplit
	}
	blocks, steps := blocksOf(c.out), stepsOf(c.in)
	tiles := c.bands * ((c.pixels/c.bands + 2*tileHeight - 1) / (2 * tileHeight) * 2)
	cost := tiles*blocks*c.taps*3*blocksOf(c.in)*product + finish*c.pixels*blocks +
		split*steps*blocks*lanes*c.taps*c.bands + each*steps*c.pixels*c.splits
	return cost*better < pixels*c.in*blocks*lanes*c.taps/products*than
}

// What AVX-512 computes in a cycle where it is good and elsewhere.
const (
	pointwiseProducts = 28
	windowProducts    = 23
)

// held is what a worker has taken apart, which it finds in its scratch when it goes on with a step.
type held struct {
	pixels, weights             int // which of them, counted from 1
	finitePixels, finiteWeights int // 1 if all were finite
}

// heldFloats is the room that this takes, at the beginning of scratch.
const heldFloats = lanes

// heldIn returns what scratch says that it holds.
func heldIn(scratch []float32) held {
	if scratch[0] != 1 {
		return held{}
	}
	return held{int(scratch[1]), int(scratch[2]), int(scratch[3]), int(scratch[4])}
}

// finite reports whether no number is infinite or NaN. If there are, the products of the parts do not add up to those of the numbers.
func (h *held) finite() bool { return h.finitePixels == 1 && h.finiteWeights == 1 }

// keep writes down what scratch holds.
func (h *held) keep(scratch []float32) {
	for i, v := range [...]int{1, h.pixels, h.weights, h.finitePixels, h.finiteWeights} {
		scratch[i] = float32(v)
	}
}

// oneIf returns 1 for true.
func oneIf(condition bool) int {
	if condition {
		return 1
	}
	return 0
}

// sumsAtOnce is how many sums of one pixel and one block lie in scratch before they are finished. They are many, for the matrix unit takes its
// time to begin when it has been idle for a microsecond.
const sumsAtOnce = 4096

// sumsFloats is how much room there is for sums.
const sumsFloats = (sumsAtOnce + 8*4*tileHeight + tileHeight) * lanes

// roomOf returns how many pixels there must be room for if a number of them are computed: the last tiles may have more.
func roomOf(pixels int) int { return pixels + pixels/tileHeight + 8 }

// tiles returns how many tiles make a group.
func groupTiles(blocks int) int { return 4 / blocks }

// stepAhead is how many floats each step fetches ahead.
const stepAhead = 512

// cut sets how the pixels are divided into tiles, of nearly the same height, and for how many blocks of outputs.
func (m *matrix) cut(pixels, blocks int) {
	tiles := groupTiles(blocks)
	m.groups = (pixels + tiles*tileHeight - 1) / (tiles * tileHeight)
	m.height = (pixels + tiles*m.groups - 1) / (tiles * m.groups)
	m.settings = [64]byte{0: 1}
	for tile := range 8 {
		m.settings[16+2*tile] = 64 // bytes of a row
		m.settings[48+tile] = tileHeight
		if tile < 8-[...]int{3, 2}[blocks-1] { // the others hold weights
			m.settings[48+tile] = byte(m.height)
		}
	}
}

// each computes all pixels, some of them at a time, and calls done for each range of them with their sums, [blocks][pitch]. The weights
// of every two blocks of outputs take a number of floats.
func (m *matrix) each(sums []float32, pixels, blocks, weightsPitch int, done func(first, last int, sums []float32, pitch int)) {
	weights, bias, all := m.weights, m.bias, m.pixels
	m.waste, sums = sums[:tileHeight*lanes], sums[tileHeight*lanes:]
	atOnce := max(sumsAtOnce/blocks/(4*tileHeight), 1) * 4 * tileHeight
	for first := 0; first < pixels; first += atOnce {
		count := min(pixels-first, atOnce)
		pitch := roomOf(count) * lanes
		m.pixels, m.outPitch = all[first*lanes:], pitch*4
		for block := 0; block < blocks; block += 2 {
			m.out, m.weights, m.bias = sums[block*pitch:], weights[block/2*weightsPitch:], bias[block*lanes:]
			m.cut(count, min(blocks-block, 2))
			m.run(min(blocks-block, 2))
			m.ahead = m.ahead[min(m.groups*(m.pairs+m.singles)*m.tapCount*stepAhead, len(m.ahead)):]
		}
		done(first, first+count, sums, pitch)
	}
}

// fetch sets what is fetched ahead: the weights of some blocks, or of those that there are.
func (m *matrix) fetch(weights []float32, block, endBlock, blockFloats int) {
	m.ahead = weights[min(block*blockFloats, len(weights)):min(endBlock*blockFloats, len(weights))]
}
