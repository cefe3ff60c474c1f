package kernel

// matrix describes sums of products that the matrix unit computes, of numbers that have been split:
//
//	out[o, p, lane] = bias[o, lane] + Σ weights[k, o, lane] · pixels[p, k]
//
// where k runs over pairs of blocks and then a single one, each over the taps of a window. There are one or two
// blocks of outputs, and tiles of 16 pixels.
type matrix struct {
	out, pixels, weights, bias []float32

	outPitch           int // between blocks of outputs
	partPitch          int // between the parts of a pixel
	pairPitch          int // between the pixels of pairs
	slabPitch          int // between the weights of slabs
	pairs, singles     int
	groups             int // of tiles that are computed together
	accumulate         int // 1 if there are sums in out to which products are added, rather than to biases
	tapFirst, tapCount int // of the window
	waste              []float32
	ahead              []float32     // weights that are needed next, for the second-level cache
	aheadPitch         int           // between blocks of them
	taps               [mostTaps]int // how far from the first tap's pixel that of each tap lies
}

// finishing describes how results are made of sums, some rows of them: a residual is added, unless it is nil, and a
// function applied. Results and residual lie in the same way, in rows a pitch apart.
type finishing struct {
	out, sums, residual []float32
	rows, pixels        int // pixels of each row
	outPitch, sumsPitch int
	function            *activation // of which assembly takes the routine
}

// run makes the results.
func (f *finishing) run() {
	function := f.function
	f.function = function.routines()
	f.finish()
	if function.isLeft() {
		for row := range f.rows {
			function.apply(f.out[row*f.outPitch:][:f.pixels*lanes])
		}
	}
}

// mostTaps is how many taps a window can have: rows times columns.
const mostTaps = 64

// tileHeight is how many pixels a tile has, tileFloats how many sums or words.
const (
	tileHeight = 16
	tileFloats = tileHeight * lanes
)

// matrixTiles returns how many tiles so many pixels take.
func matrixTiles(pixels int) int { return (pixels + tileHeight - 1) / tileHeight }

// capacityOf returns for how many pixels there must be memory if a number of them is computed. The routines compute
// whole tiles, up to four in a call (products4x1), so the last call may read and write three tiles that have no pixels.
func capacityOf(pixels int) int { return (matrixTiles(pixels) + 3) * tileHeight }

// matrixWork is what a worker has at hand for products on the matrix unit. Weights are split some slabs at a time, so
// that they stay in the second-level cache, and the unit, which takes 0.3 to 0.4 µs to begin once it has rested as
// long, does not rest for long.
type matrixWork struct {
	matrix
	channels  int
	allTaps   int       // of the window
	all       []float32 // the pixels, of which each part takes a number of floats
	part      int
	kept      []float32 // all weights, if binding has split them: see splitWeights
	fewSlabs  []float32 // the weights of a few slabs, for two blocks of outputs
	biases    []float32
	sums      []float32 // [blocks][sumsPitch]
	sumsPitch int
}

// How much is computed at a time: with fewer slabs the sums would be loaded and stored more often, and the unit would
// rest more often; with many more, weights and pixels would not fit the second-level cache together.
const (
	slabsAtOnce  = 27  // taps of a window, for one pair of blocks or several
	pixelsAtOnce = 832 // whose sums fit the scratch; 28 rows of 28 with a column of padding are 812
	slabAhead    = 128 // floats of each block of outputs that a slab fetches ahead
)

// sumsFloats returns how many floats the sums of a number of pixels take, of two blocks of outputs.
func sumsFloats(pixels int) int { return 2 * capacityOf(min(pixels, pixelsAtOnce)) * lanes }

// workFloats is what a worker needs for products of a number of pixels, without the split pixels.
func workFloats(pixels int) int { return tileFloats + 2*slabsAtOnce*slabFloats + sumsFloats(pixels) }

// divide divides scratch of workFloats, for sums of a number of pixels.
func (w *matrixWork) divide(scratch []float32, pixels int) {
	w.waste, scratch = scratch[:tileFloats], scratch[tileFloats:]
	w.fewSlabs, scratch = scratch[:2*slabsAtOnce*slabFloats], scratch[2*slabsAtOnce*slabFloats:]
	w.sums, w.sumsPitch = scratch[:sumsFloats(pixels)], sumsFloats(pixels)/2
	w.partPitch, w.pairPitch, w.outPitch = w.part, 3*w.part, w.sumsPitch
}

// compute leaves the sums of some pixels of one or two blocks of outputs in sums. It reports whether all weights were
// finite.
func (w *matrixWork) compute(weights, bias []float32, r pixelRegion) bool {
	block, blocks := r.block, r.blocks()
	w.biases, w.accumulate = bias[block*lanes:r.endBlock*lanes], 0
	w.slabPitch = blocks * slabFloats
	w.aheadPitch = (blocks - 1) * w.allTaps * w.channels * lanes
	finite := w.kept == nil || *w.keptFinite(block) != 0
	for i := 0; finite && i < w.turns(); i++ {
		t := w.turn(i)
		if w.kept != nil {
			w.fewSlabs = w.keptSlabs(block, blocks, t)
			w.fetchKept(block, blocks, i+1)
		} else {
			finite = w.split(w.fewSlabs, weights, block, blocks, t)
			w.fetch(weights, block, blocks, i+1)
		}
		w.pairs, w.singles = t.endPair-t.pair, 0
		if single := blocksOf(w.channels)%2 == 1 && t.endPair == pairsOf(w.channels); single {
			w.pairs, w.singles = w.pairs-1, 1
		}
		w.tapFirst, w.tapCount = t.tap, t.taps()
		w.pass(blocks, t.pair, r.pixel, r.endPixel-r.pixel)
		w.accumulate = 1
	}
	return finite
}

// split splits the weights of one or two blocks of outputs that a turn is about. It reports whether all were finite.
func (w *matrixWork) split(to, weights []float32, block, blocks int, t turn) bool {
	floats, finite := w.allTaps*w.channels*lanes, true
	for b := range blocks {
		s := splitOfWeights(to[b*slabFloats:], weights[(block+b)*floats:(block+b+1)*floats], blocks*slabFloats)
		s.weights(w.channels, w.allTaps, t)
		finite = finite && s.finite()
	}
	return finite
}

// turn is a range of pairs of input blocks, of which the last may be single, and of taps of the window, whose weights
// are split together: all taps of some pairs, or some taps of one pair.
type turn struct{ pair, endPair, tap, endTap int }

// taps returns how many taps a turn is about.
func (t *turn) taps() int { return t.endTap - t.tap }

// turns returns how many turns it takes to go through all channels.
func (w *matrixWork) turns() int {
	if each := slabsAtOnce / w.allTaps; each > 0 {
		return (pairsOf(w.channels) + each - 1) / each
	}
	return pairsOf(w.channels) * w.tapShares()
}

// tapShares returns into how many turns the taps of one pair are divided, where they are too many for one.
func (w *matrixWork) tapShares() int { return (w.allTaps + slabsAtOnce - 1) / slabsAtOnce }

// turn returns the i-th turn.
func (w *matrixWork) turn(i int) turn {
	if w.allTaps <= slabsAtOnce {
		pair, endPair := shareOf(pairsOf(w.channels), w.turns(), i)
		return turn{pair, endPair, 0, w.allTaps}
	}
	shares := w.tapShares()
	tap, endTap := shareOf(w.allTaps, shares, i%shares)
	return turn{i / shares, i/shares + 1, tap, endTap}
}

// fetch sets what is fetched ahead: the weights of a turn of some blocks, or of the first turn of the next ones.
func (w *matrixWork) fetch(weights []float32, block, blocks, i int) {
	if i == w.turns() {
		block, i = block+blocks, 0
	}
	t := w.turn(i)
	floats := w.allTaps * w.channels * lanes
	begin, end := 2*t.pair*w.allTaps*tileFloats, min(2*t.endPair*w.allTaps*tileFloats, floats)
	w.ahead = nil
	if (block+blocks)*floats <= len(weights) && t.taps() == w.allTaps {
		w.ahead = weights[block*floats+begin : block*floats+end]
	}
}

// pass goes through the pixels with a few slabs.
func (w *matrixWork) pass(blocks, pair, first, pixels int) {
	tiles := matrixTiles(pixels)
	all := w.all[pair*3*w.part+first*lanes:]
	if blocks == 1 {
		threes := min((4-tiles%4)%4, tiles/3)
		fours := (tiles - 3*threes + 3) / 4
		w.tiles(all, 0, 0, fours, products4x1)
		w.tiles(all, 4*fours, 0, threes, products3x1)
		return
	}
	twos, three := tiles/2, 0
	switch {
	case tiles == 1:
		twos = 1
	case tiles%2 == 1:
		twos, three = twos-1, 1
	}
	w.tiles(all, 0, 0, twos, products2x2)
	w.tiles(all, 2*twos, 0, three, products3x1)
	w.tiles(all, 2*twos, 1, three, products3x1)
}

// tiles computes groups of tiles of pixels from the first on, for the given block of outputs and those after it.
func (w *matrixWork) tiles(pixels []float32, first, block, groups int, shape tileShape) {
	if groups == 0 {
		return
	}
	m := &w.matrix
	m.out, m.pixels = w.sums[block*w.sumsPitch+first*tileFloats:], pixels[first*tileFloats:]
	m.weights, m.bias, m.groups = w.fewSlabs[block*slabFloats:], w.biases[block*lanes:], groups
	m.run(shape)
	m.ahead = m.ahead[min(groups*(m.pairs+m.singles)*m.tapCount*slabAhead, len(m.ahead)):]
}

// tileShape is how many tiles of pixels and how many of outputs are computed together.
type tileShape int

const (
	products2x2 tileShape = iota
	products4x1
	products3x1
)
