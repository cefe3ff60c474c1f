package kernel

// winogradShape holds the settings of a 3×3 convolution of stride and dilation 1 that is computed by Winograd's algorithm.
type winogradShape struct {
	in, out  int
	window   window
	function function
}

// Bounds of what is in the second-level cache at a time, in floats: the transformed weights of a set of output blocks and the
// transformed input of a group of tiles.
const (
	winogradWeights = 300_000
	winogradInput   = 150_000
)

// across and down return how many tiles cover the output.
func (s *winogradShape) across() int { return (s.window.outWidth + tileSide - 1) / tileSide }
func (s *winogradShape) down() int   { return (s.window.outHeight + tileSide - 1) / tileSide }

// sets returns into how many sets the output blocks are divided.
func (s *winogradShape) sets() int {
	each := max(min(winogradWeights/(tilePoints*s.in*lanes), 4), 1)
	return (blocksOf(s.out) + each - 1) / each
}

// groups returns into how many groups the rows of tiles are divided.
func (s *winogradShape) groups() int {
	each := max(winogradInput/(tilePoints*s.across()*blocksOf(s.in)*lanes), 1)
	return (s.down() + each - 1) / each
}

// items returns how many items the work is cut into.
func (s *winogradShape) items() int {
	if direct, chosen := s.direct(); chosen {
		return direct.items()
	}
	return s.sets() * s.groups()
}

// direct returns the settings of the direct algorithm, and whether it is faster: on the matrix unit, where there are few tiles, for each of
// which all weights are transformed.
func (s *winogradShape) direct() (direct convShape, chosen bool) {
	const fewPixels = 400
	direct = convShape{1, s.in, s.out, s.window, s.function}
	return direct, s.window.outHeight*s.window.outWidth < fewPixels && direct.onMatrix()
}

// scratchFloats returns how much scratch a worker needs.
func (s *winogradShape) scratchFloats() int {
	if direct, chosen := s.direct(); chosen {
		return direct.scratchFloats()
	}
	w := s.work(nil)
	return w.floats
}

// work divides scratch among what a worker needs.
func (s *winogradShape) work(scratch []float32) winogradWork {
	rows := (s.down() + s.groups() - 1) / s.groups()
	blocks := (blocksOf(s.out) + s.sets() - 1) / s.sets()
	tiles := rows * s.across()
	w := winogradWork{
		winogradShape: s,
		strip:         strip{rows: rows*tileSide + 2, width: max(s.across()*tileSide+2, s.window.left+s.window.inWidth)},
		// A cache line more, so that the points of a transform do not fall into the same places of the cache.
		weightPitch: blocks*s.in*lanes + lanes,
		inputPitch:  blocksOf(s.in)*tiles*lanes + lanes,
		resultPitch: blocks*tiles*lanes + lanes,
	}
	take := func(floats int) (piece []float32) {
		if scratch != nil {
			piece = scratch[w.floats : w.floats+floats]
		}
		w.floats += floats
		return piece
	}
	w.weights = take(tilePoints * w.weightPitch)
	w.input = take(tilePoints * w.inputPitch)
	w.results = take(tilePoints * w.resultPitch)
	w.between = take(tilePoints * lanes)
	w.zeros = take(4 * lanes)
	w.padded = take(max(w.strip.blockFloats(), tileSide*tileSide*s.across()*lanes))
	return w
}

// winogradWork is what a worker has at hand: the transformed weights of a set, the transformed input of a group, and their products.
// Each is [tilePoints][its pitch]; within that, weights are [blocks][in][16], the others [blocks][tiles][16].
type winogradWork struct {
	*winogradShape
	floats                               int
	weights, input, results              []float32
	weightPitch, inputPitch, resultPitch int
	between, zeros                       []float32
	padded                               []float32 // a strip of one block of the input, or a row of tiles of the output
	strip                                strip

	block, endBlock int // the set
	row, endRow     int // the group's rows of tiles
}

// tiles returns how many tiles the group has.
func (w *winogradWork) tiles() int { return (w.endRow - w.row) * w.across() }

// winograd is conv without groups for windows of size 3, stride and dilation 1. Weights, biases and residual are those of conv.
//
// It takes a fourth of the multiplications, and is less exact by a digit. An infinity or NaN reaches all pixels of the tiles that see it,
// as NaN perhaps.
//
// Weights are transformed on the way, which is a small part of the work if there are tiles enough. A worker that computes items in
// succession keeps the transforms that they share.
func winograd(out, in, weights, bias, residual, scratch []float32, s *winogradShape, first, last int) {
	if direct, chosen := s.direct(); chosen {
		direct.convMatrix(out, in, weights, bias, residual, scratch, first, last)
		return
	}
	w := s.work(scratch) // a value, so that it takes no memory from the heap
	clear(w.zeros)
	sets, groups := s.sets(), s.groups()
	set, group := -1, -1
	for item := first; item < last; item++ {
		if item/groups != set {
			set = item / groups
			w.block, w.endBlock = shareOf(blocksOf(s.out), sets, set)
			w.transformWeights(weights)
		}
		if item%groups != group {
			group = item % groups
			w.row, w.endRow = shareOf(s.down(), groups, group)
			w.transformInput(in)
		}
		w.multiply()
		w.transformResults(out, bias, residual)
	}
}

// transformWeights fills weights for the set.
func (w *winogradWork) transformWeights(weights []float32) {
	const taps = 9
	for block := w.block; block < w.endBlock; block++ {
		for from := 0; from < w.in; from += lanes {
			depth := min(lanes, w.in-from)
			t := tile{
				in: weights[(block*w.in+from)*taps*lanes:], out: w.weights[((block-w.block)*w.in+from)*lanes:], between: w.between, count: depth,
				inRow: 3 * depth * lanes * 4, inColumn: depth * lanes * 4, inStep: lanes * 4,
				outRow: tileReach * w.weightPitch * 4, outColumn: w.weightPitch * 4, outStep: lanes * 4,
			}
			t.filter()
		}
	}
}

// transformInput fills input for the group.
func (w *winogradWork) transformInput(in []float32) {
	window, tiles := &w.window, w.tiles()
	strip := strip{rows: (w.endRow-w.row)*tileSide + 2, width: w.strip.width}
	for block := range blocksOf(w.in) {
		strip.fill(w.padded, in[block*window.inHeight*window.inWidth*lanes:], window, w.row*tileSide-window.top)
		for row := range w.endRow - w.row {
			t := tile{
				in: w.padded[row*tileSide*strip.width*lanes:], out: w.input[(block*tiles+row*w.across())*lanes:], between: w.between, count: w.across(),
				inRow: strip.width * lanes * 4, inColumn: lanes * 4, inStep: tileSide * lanes * 4,
				outRow: tileReach * w.inputPitch * 4, outColumn: w.inputPitch * 4, outStep: lanes * 4,
			}
			t.input()
		}
	}
}

// multiply fills results.
func (w *winogradWork) multiply() {
	tiles := w.tiles()
	p := product{
		blocks: w.endBlock - w.block, outPitch: tiles * lanes, weightPitch: w.in * lanes, pixelPitch: lanes, blockPitch: tiles * lanes,
		rows: 1, columns: 1, bias: w.zeros,
	}
	p.take(0, w.in)
	for point := range tilePoints {
		p.in, p.weights, p.out = w.input[point*w.inputPitch:], w.weights[point*w.weightPitch:], w.results[point*w.resultPitch:]
		p.run(tiles)
	}
}

// transformResults makes the output of results.
func (w *winogradWork) transformResults(out, bias, residual []float32) {
	window, across, tiles := &w.window, w.across(), w.tiles()
	line := window.outWidth * lanes
	for block := w.block; block < w.endBlock; block++ {
		for row := w.row; row < w.endRow; row++ {
			y := row * tileSide
			rows := min(tileSide, window.outHeight-y)
			at := (block*window.outHeight + y) * line
			to := out[at : at+rows*line]
			t := tile{
				in:  w.results[((block-w.block)*tiles+(row-w.row)*across)*lanes:],
				out: to, between: w.between, bias: bias[block*lanes : (block+1)*lanes], count: across,
				inRow: tileReach * w.resultPitch * 4, inColumn: w.resultPitch * 4, inStep: lanes * 4,
				outRow: line * 4, outColumn: lanes * 4, outStep: tileSide * lanes * 4,
			}
			if whole := rows == tileSide && across*tileSide == window.outWidth; whole && residual == nil {
				t.output()
			} else {
				t.out, t.outRow = w.padded, across*tileSide*lanes*4
				t.output()
				w.place(to, residual, at)
			}
			apply(to, w.function)
		}
	}
}

// place copies a row of tiles to the output, without what lies beyond its edges, and adds the residual that begins at a place.
func (w *winogradWork) place(to, residual []float32, at int) {
	line := w.window.outWidth * lanes
	for i := 0; i*line < len(to); i++ {
		from, row := w.padded[i*w.across()*tileSide*lanes:][:line], to[i*line:(i+1)*line]
		if residual == nil {
			copy(row, from)
		} else {
			addPixels(row, from, residual[at+i*line:][:line])
		}
	}
}
