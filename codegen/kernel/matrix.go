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
	settings       [64]byte      // of the tiles, as the processor wants them
	tapCount       int           // places of the window
	taps           [mostTaps]int // where each is, seen from the first
}

// mostTaps is how many places a window can have.
const mostTaps = 64

// tileHeight is how many pixels a tile has at most.
const tileHeight = 16

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
		}
		done(first, first+count, sums, pitch)
	}
}
