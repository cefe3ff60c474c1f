package kernel

// pointwiseShape holds the settings of a 1×1 convolution of stride 1.
type pointwiseShape struct {
	in, out, pixels int
	scaled          bool // every input channel is multiplied by a factor first
	function        function
}

// itemProducts is about how many multiplications by one block of weights, each of 16 lanes, make an item: some 10
// microseconds with AVX-512.
const itemProducts = 1 << 16

// chunks returns how many pieces the pixels are cut into, the product having a depth and at most four blocks wide.
func chunks(pixels, depth, blocks int) int {
	each := max(itemProducts/(depth*min(blocks, 4))/28*28, 28)
	return (pixels + each - 1) / each
}

// bandPixels is how many pixels a band has at least where there are several: scaling the weights for each then costs some percent of the products.
const bandPixels = 96

// cut returns into how many bands the pixels are cut, each band into chunks, and the output blocks into groups. Within a band, a group is
// computed for all chunks before the next one.
//
// Weights that are more than the input are read once: all pixels are one band. Otherwise a band is one chunk, which all groups find in the
// cache, unless weights are scaled, for each band anew; then there are up to four bands, for each worker to have pixels of its own.
func (s *pointwiseShape) cut() (bands, chunkCount, groups int) {
	blocks := blocksOf(s.out)
	groups = groupsOf(blocks)
	switch {
	case s.scaled:
		bands = min(max(s.pixels/bandPixels/2*2, 1), 4)
	case s.out > s.pixels:
		bands = 1
	default:
		return chunks(s.pixels, s.in, blocks), 1, groups
	}
	return bands, chunks(s.pixels/bands, s.in, blocks), groups
}

// items returns how many items the work is cut into.
func (s *pointwiseShape) items() int {
	if s.onMatrix() {
		bands, pairs := s.matrixCut()
		return bands * pairs
	}
	bands, chunkCount, groups := s.cut()
	return bands * chunkCount * groups
}

// scratchFloats returns how much scratch a worker needs.
func (s *pointwiseShape) scratchFloats() int {
	if s.onMatrix() {
		floats, _ := s.matrixRoom()
		return floats
	}
	if s.scaled {
		return s.in * 4 * lanes
	}
	return 0
}

// pointwise is a 1×1 convolution. Weights: [out/16][in][16]; biases [out/16][16]; residual, nil or like out, and perhaps
// out itself; scale, a vector with a factor for every input channel, if and only if the shape is scaled; scratch, used only
// then.
func pointwise(out, in, weights, bias, residual, scale, scratch []float32, s *pointwiseShape, first, last int) {
	if s.onMatrix() {
		s.pointwiseMatrix(out, in, weights, bias, residual, scale, scratch, first, last)
		return
	}
	bands, chunkCount, groups := s.cut()
	p := product{
		outPitch: s.pixels * lanes, weightPitch: s.in * lanes,
		pixelPitch: lanes, blockPitch: s.pixels * lanes, rows: 1, columns: 1, function: s.function,
	}
	p.take(0, s.in)
	scaledGroup := -1
	for item := first; item < last; item++ {
		chunk, group, band := item%chunkCount, item/chunkCount%groups, item/chunkCount/groups
		from, to := shareOf(s.pixels, bands, band)
		begin, end := shareOf(to-from, chunkCount, chunk)
		begin, end = from+begin, from+end
		block, endBlock := shareOf(blocksOf(s.out), groups, group)
		p.choose(weights, bias, block, endBlock)
		if s.scaled {
			scaled := scratch[:len(p.weights)]
			if group != scaledGroup {
				scaleWeights(scaled, p.weights, scale[:s.in])
				scaledGroup = group
			}
			p.weights = scaled
		}
		p.fetch(weights, endBlock, 2*endBlock-block, chunk, chunkCount)
		p.in = in[begin*lanes:]
		p.out = out[block*p.outPitch+begin*lanes:]
		if residual != nil {
			p.residual = residual[block*p.outPitch+begin*lanes:]
		}
		p.run(end - begin)
	}
}

// scaleWeights multiplies blocks of weights [in][16], one behind the other, by a factor for every input.
func scaleWeights(scaled, weights, scale []float32) {
	length := len(scale) * lanes
	for at := 0; at < len(weights); at += length {
		scaleRows(scaled[at:at+length], weights[at:at+length], scale)
	}
}
