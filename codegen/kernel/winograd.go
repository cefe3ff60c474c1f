package kernel

// Winograd is a Conv of one group with a window of size 3, stride and dilation 1, which is computed by Winograd's
// algorithm. Weights are those of that Conv.
//
// It takes a fourth of the multiplications. Its rounding errors are up to 2.3 times as large as those of the direct
// algorithm with few channels, and no larger with 256. An infinity or NaN reaches all pixels of the tiles that see it,
// as NaN perhaps.
//
// Weights are transformed on the way, which is a small part of the work if there are tiles enough. A worker that
// computes items in succession keeps the transforms that they share. Where the machine allows it (Machine.Repack),
// and it is worth while, binding transforms them once.
type Winograd struct {
	Out      Ref `op:"out"`
	In       Ref `op:"in"`
	Weights  Ref `op:"weights" holds:"f32,f16"`
	Bias     Ref `op:"weights"`    // [out/16][16]
	Residual Ref `op:"in,inplace"` // may be absent

	InChannels, OutChannels int
	Window                  Window
	Function                Function
}

func (k *Winograd) Describe() string {
	return k.Window.String() + " convolution (Winograd)" + residualText(k.Residual) + k.Function.then()
}

// Bind chooses the direct algorithm where it is faster: on the matrix unit (see enoughForWinograd).
func (k *Winograd) Bind(m *Machine, _ []Task) Task {
	bound := *k
	direct := &Conv{
		Out: k.Out, In: k.In, Weights: k.Weights, Bias: k.Bias, Residual: k.Residual,
		Groups: 1, InChannels: k.InChannels, OutChannels: k.OutChannels, Window: k.Window, Function: k.Function,
	}
	if k.Window.OutHeight*k.Window.OutWidth < enoughForWinograd && direct.paysOnMatrix(m) {
		direct.Weights = m.floats(k.Weights)
		return direct.on(m, true)
	}
	bound.Weights = m.stored(k.Weights)
	return bound.on(m)
}

// winogradTask has an item for each panel of output blocks and band of rows of tiles.
type winogradTask struct {
	*Winograd
	work
	has      Features
	function *activation
	kept     Ref // the transformed weights of all panels, [panels][tilePoints][their pitch]; may be absent
}

func (k *Winograd) on(m *Machine) *winogradTask {
	// With more tiles the transforms are little of the work; with more floats they have to come from beyond the
	// second-level cache, which takes longer than to make them.
	const mostTiles, mostKept = 64, 1 << 20
	t := &winogradTask{Winograd: k, work: work{items: k.panels() * k.bands()}, has: m.Has,
		function: m.Has.bind(k.Function)}
	if k.Weights.Present() && k.across()*k.down() <= mostTiles && k.panels()*k.panelFloats() <= mostKept {
		t.kept = m.kept(k.Weights, k.panels()*k.panelFloats(), func(kept, weights []float32) {
			k.transform(m.Has, kept, weights)
		})
	}
	t.scratch = k.divide(nil, t.kept.Present()).floats
	return t
}

// transform fills memory for the transformed weights of all panels.
func (k *Winograd) transform(has Features, kept, weights []float32) {
	w := winogradWork{Winograd: k, has: has, weightPitch: k.weightPitch(), between: make([]float32, tilePoints*lanes)}
	for panel := range k.panels() {
		w.block, w.endBlock = shareOf(blocksOf(k.OutChannels), k.panels(), panel)
		w.weights = kept[panel*k.panelFloats():][:k.panelFloats()]
		all := k.storedIn(weights, has, make([]float32, k.blockWeights()))
		w.transformWeights(&all)
	}
}

// storedIn describes the weights in memory, float32 or float16, to those who read them block by block. If they are
// float16, those of one block at a time are widened into scratch, which has blockWeights floats.
func (k *Winograd) storedIn(memory []float32, has Features, scratch []float32) stored {
	return stored{memory: memory, halves: isHalf(&k.Weights), pitch: k.blockWeights(), has: has, scratch: scratch}
}

// blockWeights returns how many weights a block of outputs has.
func (k *Winograd) blockWeights() int { return k.InChannels * 9 * lanes }

// Bounds of what is in the second-level cache at a time, in floats: the transformed weights of a panel of output blocks
// and the transformed input of a band of tiles.
const (
	winogradWeights = 300_000
	winogradInput   = 150_000
)

// across and down return how many tiles cover the output.
func (k *Winograd) across() int { return (k.Window.OutWidth + tileSide - 1) / tileSide }
func (k *Winograd) down() int   { return (k.Window.OutHeight + tileSide - 1) / tileSide }

// panels returns into how many panels the output blocks are divided.
func (k *Winograd) panels() int {
	each := max(min(winogradWeights/(tilePoints*k.InChannels*lanes), 4), 1)
	return (blocksOf(k.OutChannels) + each - 1) / each
}

// bands returns into how many bands the rows of tiles are divided.
func (k *Winograd) bands() int {
	each := max(winogradInput/(tilePoints*k.across()*blocksOf(k.InChannels)*lanes), 1)
	return (k.down() + each - 1) / each
}

// panelBlocks returns how many output blocks the largest panel has.
func (k *Winograd) panelBlocks() int { return (blocksOf(k.OutChannels) + k.panels() - 1) / k.panels() }

// weightPitch returns how many floats lie between points of the transformed weights of a panel: a cache line more than
// they take, so that the points of a transform do not fall into the same places of the cache.
func (k *Winograd) weightPitch() int { return k.panelBlocks()*k.InChannels*lanes + lanes }

// panelFloats returns how many floats the transformed weights of a panel take.
func (k *Winograd) panelFloats() int { return tilePoints * k.weightPitch() }

// divide divides scratch among what a worker needs, with transformed weights or without.
func (k *Winograd) divide(scratch []float32, kept bool) winogradWork {
	rows := (k.down() + k.bands() - 1) / k.bands()
	blocks := k.panelBlocks()
	tiles := rows * k.across()
	w := winogradWork{
		Winograd: k,
		strip:    strip{rows: rows*tileSide + 2, width: max(k.across()*tileSide+2, k.Window.Left+k.Window.InWidth)},
		// A cache line more here too.
		weightPitch: k.weightPitch(),
		inputPitch:  blocksOf(k.InChannels)*tiles*lanes + lanes,
		resultPitch: blocks*tiles*lanes + lanes,
	}
	take := func(floats int) (piece []float32) {
		if scratch != nil {
			piece = scratch[w.floats : w.floats+floats]
		}
		w.floats += floats
		return piece
	}
	if !kept {
		w.weights = take(k.panelFloats())
	}
	if isHalf(&k.Weights) {
		w.widened = take(k.blockWeights())
	}
	w.input = take(tilePoints * w.inputPitch)
	w.results = take(tilePoints * w.resultPitch)
	w.between = take(tilePoints * lanes)
	w.zeros = take(4 * lanes)
	w.padded = take(max(w.strip.blockFloats(), tileSide*tileSide*k.across()*lanes))
	return w
}

// winogradWork is what a worker has at hand: the transformed weights of a panel, the transformed input of a band, and
// their products. Each is [tilePoints][its pitch]; within that, weights are [blocks][in][16], the others
// [blocks][tiles][16].
type winogradWork struct {
	*Winograd
	has      Features
	function *activation

	floats                               int
	weights, input, results              []float32
	weightPitch, inputPitch, resultPitch int
	between, zeros                       []float32
	padded                               []float32 // a strip of one block of the input, or a row of tiles of the output
	strip                                strip
	widened                              []float32 // the weights of a block, if they are float16

	block, endBlock int // the panel
	row, endRow     int // the band's rows of tiles
}

// tiles returns how many tiles the band has.
func (w *winogradWork) tiles() int { return (w.endRow - w.row) * w.across() }

func (t *winogradTask) Run(worker *Worker, m Memory, first, last int) {
	kept := t.kept.Present()
	w := t.divide(worker.Scratch, kept) // a value, so that it takes no memory from the heap
	w.has, w.function = t.has, t.function
	clear(w.zeros)
	panels, bands := t.panels(), t.bands()
	panel, band := -1, -1
	for item := first; item < last; item++ {
		if item/bands != panel {
			panel = item / bands
			w.block, w.endBlock = shareOf(blocksOf(t.OutChannels), panels, panel)
			if kept {
				w.weights = m.at(t.kept)[panel*t.panelFloats():][:t.panelFloats()]
			} else {
				all := t.storedIn(m.at(t.Weights), t.has, w.widened)
				w.transformWeights(&all)
			}
		}
		if item%bands != band {
			band = item % bands
			w.row, w.endRow = shareOf(t.down(), bands, band)
			w.transformInput(m.at(t.In))
		}
		w.multiply()
		w.transformResults(m)
	}
}

// transformWeights fills weights for the panel.
func (w *winogradWork) transformWeights(weights *stored) {
	const taps = 9
	for block := w.block; block < w.endBlock; block++ {
		all := weights.blocks(block, block+1)
		for from := 0; from < w.InChannels; from += lanes {
			depth := min(lanes, w.InChannels-from)
			t := tile{
				in:  all[from*taps*lanes:],
				out: w.weights[((block-w.block)*w.InChannels+from)*lanes:], between: w.between, count: depth,
				inRow: 3 * depth * lanes, inColumn: depth * lanes, inSquare: lanes,
				outRow: tileReach * w.weightPitch, outColumn: w.weightPitch, outSquare: lanes,
			}
			t.filter(w.has)
		}
	}
}

// transformInput fills input for the band.
func (w *winogradWork) transformInput(in []float32) {
	window, tiles := &w.Window, w.tiles()
	strip := strip{rows: (w.endRow-w.row)*tileSide + 2, width: w.strip.width}
	for block := range blocksOf(w.InChannels) {
		strip.fill(w.padded, in[block*window.InHeight*window.InWidth*lanes:], window, w.row*tileSide-window.Top)
		for row := range w.endRow - w.row {
			t := tile{
				in: w.padded[row*tileSide*strip.width*lanes:], out: w.input[(block*tiles+row*w.across())*lanes:],
				between: w.between, count: w.across(),
				inRow: strip.width * lanes, inColumn: lanes, inSquare: tileSide * lanes,
				outRow: tileReach * w.inputPitch, outColumn: w.inputPitch, outSquare: lanes,
			}
			t.input(w.has)
		}
	}
}

// mostSummed is how many channels are summed at a time, and these sums then: rounding errors grow with the number of
// terms, and the transform of the results magnifies them. 256 channels are as exact by it as the direct algorithm is,
// and half as exact without.
const mostSummed = 64

// multiply fills results.
func (w *winogradWork) multiply() {
	tiles := w.tiles()
	p := product{
		blockPitch: tiles * lanes, pixelPitch: lanes, rows: 1, columns: 1, bias: w.zeros, has: w.has,
		blocks: w.endBlock - w.block, outPitch: tiles * lanes, weightPitch: w.InChannels * lanes,
	}
	blocks := blocksOf(w.InChannels)
	sums := (w.InChannels + mostSummed - 1) / mostSummed
	for point := range tilePoints {
		p.out, p.residual = w.results[point*w.resultPitch:], nil
		for i := range sums {
			block, endBlock := shareOf(blocks, sums, i)
			p.setInputs(0, min(endBlock*lanes, w.InChannels)-block*lanes)
			p.in = w.input[point*w.inputPitch+block*p.blockPitch:]
			p.weights = w.weights[point*w.weightPitch+block*lanes*lanes:]
			p.run(tiles)
			p.residual = p.out
		}
	}
}

// transformResults makes the output of results.
func (w *winogradWork) transformResults(m Memory) {
	out, bias, residual := m.at(w.Out), m.at(w.Bias), m.at(w.Residual)
	window, across, tiles := &w.Window, w.across(), w.tiles()
	line := window.OutWidth * lanes
	for block := w.block; block < w.endBlock; block++ {
		for row := w.row; row < w.endRow; row++ {
			y := row * tileSide
			rows := min(tileSide, window.OutHeight-y)
			at := (block*window.OutHeight + y) * line
			to := out[at : at+rows*line]
			t := tile{
				in:  w.results[((block-w.block)*tiles+(row-w.row)*across)*lanes:],
				out: to, between: w.between, bias: bias[block*lanes : (block+1)*lanes], count: across,
				inRow: tileReach * w.resultPitch, inColumn: w.resultPitch, inSquare: lanes,
				outRow: line, outColumn: lanes, outSquare: tileSide * lanes,
			}
			if whole := rows == tileSide && across*tileSide == window.OutWidth; whole && residual == nil {
				t.output(w.has)
			} else {
				t.out, t.outRow = w.padded, across*tileSide*lanes
				t.output(w.has)
				w.copyTiles(to, residual, at)
			}
			w.function.apply(to)
		}
	}
}

// copyTiles copies a row of tiles to the output, without what lies beyond its edges, and adds the residual that begins
// at a float.
func (w *winogradWork) copyTiles(to, residual []float32, at int) {
	line := w.Window.OutWidth * lanes
	for i := 0; i*line < len(to); i++ {
		from, row := w.padded[i*w.across()*tileSide*lanes:][:line], to[i*line:(i+1)*line]
		if residual == nil {
			copy(row, from)
		} else {
			w.has.addPixels(row, from, residual[at+i*line:][:line])
		}
	}
}
