package kernel

// panelFloats bounds the pixels that are taken apart at a time: half of a second-level cache of two megabytes, which all processors with
// a matrix unit have at least.
const panelFloats = 1 << 18

// onMatrix reports whether the matrix unit is worth while.
func (s *pointwiseShape) onMatrix() bool {
	if level != amx || s.pixels < 2*tileHeight {
		return false
	}
	bands, _ := s.matrixCut()
	return matrixCost(s.pixels, s.in, s.out, 1, bands, 1) < productCost(s.pixels, s.in, s.out, 1)
}

// matrixCost returns about how many processor cycles the products of a number of pixels take on the matrix unit, where weights are taken apart
// so many times and pixels so many. productCost returns the same for AVX-512. Both were measured on a Xeon of 2024.
func matrixCost(pixels, in, out, taps, weightSplits, pixelSplits int) int {
	const (
		product = 25 // of two tiles
		split   = 20 // of two numbers in all lanes
		finish  = 4  // more than in a kernel whose sums stay in registers
	)
	tiles, blocks := (pixels+2*tileHeight-1)/(2*tileHeight)*2, blocksOf(out)
	return tiles*blocks*taps*3*blocksOf(in)*product + split*stepsOf(in)*(weightSplits*blocks*lanes*taps+pixelSplits*pixels) + finish*pixels*blocks
}

func productCost(pixels, in, out, taps int) int {
	const products = 27 // in a cycle
	return pixels * in * blocksOf(out) * lanes * taps / products
}

// matrixBlocks is how many blocks of outputs are computed together at most.
const matrixBlocks = 8

// matrixGroups returns into how many groups blocks of outputs are divided.
func matrixGroups(blocks int) int {
	if blocks < 4*matrixBlocks {
		return (blocks + matrixBlocks/2 - 1) / (matrixBlocks / 2)
	}
	return (blocks + matrixBlocks - 1) / matrixBlocks
}

// matrixGroup returns the blocks of a group. All but the last block go in twos.
func matrixGroup(blocks, groups, i int) (block, endBlock int) {
	block, endBlock = shareOf((blocks+1)/2, groups, i)
	return 2 * block, min(2*endBlock, blocks)
}

// matrixCut returns into how many bands the pixels are cut and into how many groups the blocks of outputs.
//
// A worker takes the pixels of a band apart once, and the weights of a group once for each band.
func (s *pointwiseShape) matrixCut() (bands, groups int) {
	const (
		enough    = 16  // items to share evenly
		fewPixels = 96  // of a band, for which taking weights apart takes a fifth of the time
		pixels    = 192 // of a band where there is a choice
	)
	groups = matrixGroups(blocksOf(s.out))
	floats := partsOf(s.in) * s.pixels * lanes
	if groups < 4 {
		bands = min((enough+groups-1)/groups, max(s.pixels/pixels, min(s.pixels/fewPixels, 2), 1))
	}
	return max(bands, (floats+panelFloats-1)/panelFloats), groups
}

// pointwiseWork is what a worker has at hand.
type pointwiseWork struct {
	*pointwiseShape
	floats                int
	part                  int // floats of one part of all pixels of a band
	pixels, weights, sums []float32
	scaledWeights         []float32 // for products without the matrix unit
}

// matrixWork divides scratch among what a worker needs.
func (s *pointwiseShape) matrixWork(scratch []float32) pointwiseWork {
	w := pointwiseWork{pointwiseShape: s}
	take := func(floats int) (piece []float32) {
		if scratch != nil {
			piece = scratch[w.floats : w.floats+floats]
		}
		w.floats += floats
		return piece
	}
	take(heldFloats)
	bands, _ := s.matrixCut()
	w.part = roomOf((s.pixels+bands-1)/bands) * lanes
	w.pixels = take(partsOf(s.in) * w.part)
	w.weights = take(matrixBlocks * stepsOf(s.in) * stepFloats)
	w.sums = take(sumsFloats)
	if s.scaled {
		w.scaledWeights = take(s.in * lanes)
	}
	return w
}

// pointwiseMatrix is pointwise on the matrix unit.
func (s *pointwiseShape) pointwiseMatrix(out, in, weights, bias, residual, scale, scratch []float32, first, last int) {
	w := s.matrixWork(scratch)
	bands, groups := s.matrixCut()
	pairs := blocksOf(s.in) / 2
	m := matrix{
		partPitch: w.part * 4, pairs: pairs, singles: blocksOf(s.in) - 2*pairs, pairPitch: 3 * w.part * 4, tapCount: 1,
	}
	held := heldIn(scratch)
	for item := first; item < last; item++ {
		band, group := item/groups, item%groups
		from, to := shareOf(s.pixels, bands, band)
		block, endBlock := matrixGroup(blocksOf(s.out), groups, group)
		if held.pixels != band+1 {
			held.pixels = band + 1
			held.finitePixels = oneIf(splitPixels(w.pixels, in[from*lanes:], scale, s.in, w.part, s.pixels*lanes, lanes*4, to-from))
		}
		if held.weights != group+1 {
			held.weights = group + 1
			held.finiteWeights = oneIf(splitBlocks(w.weights, weights, block, endBlock, s.in, 1))
		}
		if !held.finite() {
			w.products(out, in, weights, bias, residual, scale, block, endBlock, from, to)
			continue
		}
		m.pixels, m.weights, m.bias = w.pixels, w.weights, bias[block*lanes:endBlock*lanes]
		m.each(w.sums, to-from, endBlock-block, 2*stepsOf(s.in)*stepFloats, func(begin, end int, sums []float32, pitch int) {
			for b := block; b < endBlock; b++ {
				at := (b*s.pixels + from + begin) * lanes
				finishPixels(out[at:at+(end-begin)*lanes], sums[(b-block)*pitch:], residual, at, s.function)
			}
		})
	}
	held.keep(scratch)
}

// products computes some blocks of outputs for some pixels without the matrix unit.
func (w *pointwiseWork) products(out, in, weights, bias, residual, scale []float32, block, endBlock, from, to int) {
	p := product{
		outPitch: w.pointwiseShape.pixels * lanes, weightPitch: w.in * lanes,
		pixelPitch: lanes, blockPitch: w.pointwiseShape.pixels * lanes, rows: 1, columns: 1, function: w.function,
		in: in[from*lanes:], blocks: 1,
	}
	p.take(0, w.in)
	for b := block; b < endBlock; b++ {
		p.weights, p.bias = weights[b*p.weightPitch:(b+1)*p.weightPitch], bias[b*lanes:(b+1)*lanes]
		if w.scaled {
			scaleWeights(w.scaledWeights, p.weights, scale[:w.in])
			p.weights = w.scaledWeights
		}
		at := b*p.outPitch + from*lanes
		p.out = out[at:]
		if residual != nil {
			p.residual = residual[at:]
		}
		p.run(to - from)
	}
}
