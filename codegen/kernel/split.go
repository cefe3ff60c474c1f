package kernel

// split decomposes float32 numbers for the matrix unit, which multiplies bfloat16: each is the sum of three of these,
// its parts (high, middle, low), as exactly as float32 has it. Of the nine products of the parts of two numbers, the
// six largest make up their product with an error of less than float32's own. This is done in the same way for pixels
// and for weights.
//
// Numbers come in two blocks of 16 lanes, low and high, and result in a row of 16 words for each part: the part of a
// low number in the lower half of a word, that of a high one in the upper half. This is done in a number of slabs,
// which lie a pitch apart.
type split struct {
	out                 []float32
	low, high           []float32
	lowScale, highScale []float32 // factors of the lanes, those of the next slab 32 further on
	lowLanes, highLanes int       // how many lanes there are; the others count as zero
	partPitch           int       // between the rows of a number's parts
	pitch               int       // between numbers
	count               int       // numbers in each slab
	slabs               int
	slabPitch, outPitch int            // between the slabs of what is split, and of the results
	trace               [lanes]float32 // becomes NaN in a lane where a number is infinite or NaN
}

// finite reports whether all numbers were. An enormous number may count as none.
func (s *split) finite() bool {
	for _, v := range s.trace {
		if v != v {
			return false
		}
	}
	return true
}

// unsplit is pixels of a blocked value that are to be split.
type unsplit struct {
	in         []float32 // it begins with the first of them, in the first block of channels
	scale      []float32 // a factor for each channel, or nil
	channels   int
	count      int // of pixels
	blockPitch int // between blocks of channels
	pixelPitch int // between pixels of a block
}

// split splits the pixels, their blocks by twos, to
//
//	[pairs of blocks][3: high, middle, low][pixels][16 words], each word the part of a lane of either block
//	[2: high and middle, high and low][pixels][16 words], of a last single block
//
// where the pixels of a row lie at the beginning of part floats, which may have room for more of them. It reports
// whether all numbers were finite.
func (p *unsplit) split(to []float32, part int) bool {
	s := split{partPitch: part, pitch: p.pixelPitch, count: p.count, lowLanes: lanes,
		slabPitch: 2 * p.blockPitch, outPitch: 3 * part}
	some := func(block, slabs, lowLanes, highLanes int) {
		s.out, s.low, s.slabs = to[block/2*3*part:], p.in[block*p.blockPitch:], slabs
		s.high, s.lowLanes, s.highLanes = s.low, lowLanes, highLanes
		if p.scale != nil {
			s.lowScale = p.scale[block*lanes:]
			s.highScale = s.lowScale
		}
		if highLanes == 0 {
			s.singles()
			return
		}
		s.high = p.in[(block+1)*p.blockPitch:]
		if p.scale != nil {
			s.highScale = p.scale[(block+1)*lanes:]
		}
		s.pairs()
	}
	whole := p.channels / (2 * lanes)
	if whole > 0 {
		some(0, whole, lanes, lanes)
	}
	if rest := p.channels - whole*2*lanes; rest > 0 {
		some(2*whole, 1, min(rest, lanes), max(rest-lanes, 0))
	}
	return s.finite()
}

// partsOf returns how many rows of words each pixel of so many channels takes.
func partsOf(channels int) int {
	blocks := blocksOf(channels)
	return blocks/2*3 + blocks%2*2
}

// slabFloats is how many floats a slab of a product takes for the weights of one block: three tiles.
const slabFloats = 3 * lanes * lanes

// pairsOf returns how many pairs of blocks, of which the last may be single, a number of channels has: a slab of the
// products each.
func pairsOf(channels int) int { return (blocksOf(channels) + 1) / 2 }

// splitOfWeights returns what splits the weights of a block of outputs, [input blocks][taps][lanes][16]. Each slab of
// the products, two input blocks or a single one, and a tap of the window, has three tiles. The slabs lie a pitch
// apart.
func splitOfWeights(to, weights []float32, pitch int) split {
	return split{out: to, low: weights, partPitch: tileFloats, pitch: lanes, outPitch: pitch}
}

// weights splits the weights of a turn, of a window that has so many taps in all.
func (s *split) weights(channels, taps int, t turn) {
	const block = tileFloats
	to, all := s.out, s.low
	s.lowLanes, s.highLanes, s.count = lanes, lanes, lanes
	whole := min(t.endPair, channels/(2*lanes))
	each, pitch := 1, block
	if taps == 1 { // pairs lie as the taps of one do
		each, pitch = whole-t.pair, 2*block
	}
	for i := t.pair; i < whole; i += each {
		s.out = to[(i-t.pair)*t.taps()*s.outPitch:]
		s.low, s.high = all[(2*i*taps+t.tap)*block:], all[((2*i+1)*taps+t.tap)*block:]
		s.slabs, s.slabPitch = each*t.taps(), pitch
		s.pairs()
	}
	if whole == t.endPair {
		return
	}
	to, all = to[(whole-t.pair)*t.taps()*s.outPitch:], all[2*whole*taps*block:]
	if rest := channels - 2*whole*lanes; rest > lanes {
		s.lastPair(to, all[t.tap*block:], all[taps*block+t.tap*(rest-lanes)*lanes:], rest-lanes, t.taps())
	} else {
		s.lastSingle(to, all[t.tap*rest*lanes:], rest, t.taps())
	}
}

// lastPair splits the weights that some taps have of the last two input blocks, of which the second, high, has fewer
// lanes: depth.
func (s *split) lastPair(to, low, high []float32, depth, taps int) {
	s.slabs = 1
	for tap := range taps {
		s.out, s.low, s.count = to, low[tap*tileFloats:], depth
		s.high, s.highLanes = high[tap*depth*lanes:], lanes
		s.pairs()
		s.out, s.low, s.count, s.highLanes = to[depth*lanes:], s.low[depth*lanes:], lanes-depth, 0
		s.high = s.low
		s.pairs()
		to = to[min(s.outPitch, len(to)):]
	}
}

// lastSingle splits the weights that some taps have of the last input block, if it is no pair's. It has depth lanes.
func (s *split) lastSingle(to, weights []float32, depth, taps int) {
	s.count, s.slabs, s.slabPitch = depth, taps, depth*lanes
	s.out, s.low, s.high = to, weights, weights
	s.singleWeights()
	for range taps {
		for part := range 3 {
			clear(to[(part*lanes+depth)*lanes : (part+1)*lanes*lanes])
		}
		to = to[min(s.outPitch, len(to)):]
	}
}
