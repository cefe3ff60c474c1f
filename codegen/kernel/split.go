package kernel

// split describes numbers that are taken apart for the matrix unit, which multiplies bfloat16: each is the sum of three of these, its
// parts, as exactly as float32 has it. Of the nine products of the parts of two numbers, the six largest make up their product with an
// error of less than float32's own. This is done in the same way for pixels and for weights.
//
// Numbers come in two blocks of 16 lanes, low and high, and result in a row of 16 words for each part: the part of a low number in the
// lower half of a word, that of a high one in the upper half. This is done in a number of steps, which lie a pitch apart. Pitches are
// in bytes.
type split struct {
	out                 []float32
	low, high           []float32
	lowScale, highScale []float32 // factors of the lanes, those of the next step 32 further on
	lowLanes, highLanes int       // how many lanes there are; the others count as zero
	partPitch           int       // between the rows of a number's parts
	pitch               int       // between numbers
	count               int       // numbers in each step
	steps               int
	stepPitch, outPitch int            // between the steps of what is taken apart, and of the results
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

// splitPixels takes a number of pixels apart, from the place where the first lies in the first block of the input. The first of the
// results has its high part at the beginning of to, in which each part of all pixels that there is room for takes a number of floats.
// Channels are taken two blocks at a time; if their number is odd, the last is single, and its words hold two parts of one number.
// Scale holds factors of all channels, or is nil. The input's pitch between blocks is in floats, that of pixels in bytes. It reports
// whether all numbers were finite.
func splitPixels(to, in, scale []float32, channels, part, blockPitch, pixelPitch, count int) bool {
	s := split{partPitch: part * 4, pitch: pixelPitch, count: count, lowLanes: lanes, stepPitch: 2 * blockPitch * 4, outPitch: 3 * part * 4}
	some := func(block, steps, lowLanes, highLanes int) {
		s.out, s.low, s.steps = to[block/2*3*part:], in[block*blockPitch:], steps
		s.high, s.lowLanes, s.highLanes = s.low, lowLanes, highLanes
		if scale != nil {
			s.lowScale = scale[block*lanes:]
			s.highScale = s.lowScale
		}
		if highLanes == 0 {
			s.singles()
			return
		}
		s.high = in[(block+1)*blockPitch:]
		if scale != nil {
			s.highScale = scale[(block+1)*lanes:]
		}
		s.pairs()
	}
	whole := channels / (2 * lanes)
	if whole > 0 {
		some(0, whole, lanes, lanes)
	}
	if rest := channels - whole*2*lanes; rest > 0 {
		some(2*whole, 1, min(rest, lanes), max(rest-lanes, 0))
	}
	return s.finite()
}

// partsOf returns how many rows of words each pixel of so many channels takes.
func partsOf(channels int) int {
	blocks := blocksOf(channels)
	return blocks/2*3 + blocks%2*2
}

// stepFloats is the room that a step of a product takes for the weights of one block: three tiles.
const stepFloats = 3 * lanes * lanes

// stepsOf returns how many steps the products of a number of channels have for each place of a window.
func stepsOf(channels int) int { return (blocksOf(channels) + 1) / 2 }

// splitBlocks takes the weights of some blocks of outputs apart, those of every two together. It reports whether all were finite.
func splitBlocks(to, weights []float32, block, endBlock, channels, taps int) bool {
	steps, all := taps*stepsOf(channels), true
	for b := block; b < endBlock; b++ {
		together := min(2, endBlock-b+(b-block)%2)
		at := (b-block)/2*2*steps*stepFloats + (b-block)%2*stepFloats
		if !splitWeights(to[at:], weights[b*taps*channels*lanes:(b+1)*taps*channels*lanes], channels, taps, together*stepFloats) {
			all = false
		}
	}
	return all
}

// splitWeights takes the weights of a block of outputs apart, which are [input blocks][taps][lanes][16]. Each step of the products, two
// input blocks or a single one, and a tap, has three tiles. Between the steps is a pitch in floats. It reports whether all were finite.
func splitWeights(to, weights []float32, channels, taps, pitch int) bool {
	const block = lanes * lanes
	s := split{lowLanes: lanes, highLanes: lanes, partPitch: 4 * block, pitch: 4 * lanes, outPitch: 4 * pitch, count: lanes}
	whole := channels / (2 * lanes)
	if taps == 1 && whole > 0 {
		s.out, s.low, s.high, s.steps, s.stepPitch = to, weights, weights[block:], whole, 2*4*block
		s.pairs()
	} else {
		s.steps, s.stepPitch = taps, 4*block
		for i := range whole {
			s.out, s.low, s.high = to[i*taps*pitch:], weights[2*i*taps*block:], weights[(2*i+1)*taps*block:]
			s.pairs()
		}
	}
	if rest := channels - whole*2*lanes; rest > lanes {
		s.lastPair(to[whole*taps*pitch:], weights[2*whole*taps*block:], taps, rest-lanes)
	} else if rest > 0 {
		s.lastSingle(to[whole*taps*pitch:], weights[2*whole*taps*block:], taps, rest)
	}
	return s.finite()
}

// lastPair takes the weights of the last two input blocks apart, of which the second has fewer lanes perhaps.
func (s *split) lastPair(to, weights []float32, taps, depth int) {
	const block = lanes * lanes
	for tap := range taps {
		s.out, s.low, s.high, s.steps, s.count, s.highLanes = to[tap*s.outPitch/4:], weights[tap*block:], weights[taps*block+tap*depth*lanes:], 1, depth, lanes
		s.pairs()
		if depth < lanes {
			s.out, s.low, s.count, s.highLanes = s.out[depth*lanes:], s.low[depth*lanes:], lanes-depth, 0
			s.high = s.low
			s.pairs()
		}
	}
}

// lastSingle takes the weights of the last input block apart, if it is no pair's.
func (s *split) lastSingle(to, weights []float32, taps, depth int) {
	s.count, s.steps, s.stepPitch = depth, taps, 4*depth*lanes
	s.out, s.low, s.high = to, weights, weights
	s.singleWeights()
	for tap := range taps {
		for part := range 3 {
			clear(to[tap*s.outPitch/4:][(part*lanes+depth)*lanes : (part+1)*lanes*lanes])
		}
	}
}
