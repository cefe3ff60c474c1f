package tiling

import (
	"fmt"

	"github.com/netc-lang/netc/codegen/asm/isa"
)

// The frame of a product.
const (
	inTile = 8 * iota // what the tile's first pixel sees
	outTile
	residualTile
	tilesLeft
	weightsStart
	segmentsLeft
	nextSegment
	blockStart
	blocksLeft
	rowStart
	rowsLeft
	columnStart
	columnsLeft
	blockPitch
	rowPitch
	columnPitch
	approachPitch // to the block after the next one, or 0 where a segment has no such block
	outPitch
	laneCount
	aheadEnd
	lineIn // what the line's first tile sees
	lineOut
	lineResidual
	linesLeft
	productFrame
)

// The integer registers of a product.
const (
	pSettings    = isa.I0 // the struct
	pWork        = isa.I1
	pPixelPitch  = isa.I2
	pWeightPitch = isa.I3 // between the weights of output blocks
	pIn          = isa.I4 // the input at the current lane; between lanes, what is needed
	pWeights     = isa.I5 // the weights at the current lane; in the epilogue, the pitch of outputs
	pAhead       = isa.I12

	// Those of the loop for whole blocks, which tiles of one block and at most six pixels leave.
	pBeyond = isa.I11 // from behind a pixel of a block to that pixel of the next one
	pNear   = pWeightPitch
)

// pPixelSpare is what addresses the pixels of a tile; the fourth of them serves the weights where a tile has four
// blocks, and few pixels.
var pPixelSpare = []isa.Int{isa.I6, isa.I7, isa.I8, isa.I9, isa.I10, isa.I11}

// productKernel writes the routine of one tile.
type productKernel struct {
	writer
	inputs, weights, outputs isa.Row
	blocks, pixels           int
	wholeBlocks              bool
}

// Product writes, for every size of tile, the routine that computes sums of products for a number of tiles, side by
// side, on some lines: dense kernels.
//
// For each tile it starts with the biases and runs over the segments, blocks, rows and columns of what the pixels see,
// and for each over the lanes of a block. A lane of every pixel is multiplied with the 16 weights of every output
// block:
//
//	acc[block][pixel] += weights[block][lane] · broadcast(in[pixel][lane])
//
// Seven pixels by four blocks, for instance, are 28 accumulators of AVX-512.
//
// Where a machine asks for it (isa.Machine's WholeBlocks), windows of one tap go over the whole blocks of a segment in
// a loop of their own, which has all lanes of a block and keeps its count and addresses in registers. The lanes of one
// load are a macro then. There are two such loops: where no more than half of the outputs' lanes are of any channel,
// one leaves out the products of the others.
func Product(m isa.Machine) {
	for i, most := range m.Set().MostPixels {
		for pixels := 1; pixels <= most; pixels++ {
			k := &productKernel{writer: writer{m}, blocks: i + 1, pixels: pixels, wholeBlocks: m.WholeBlocks()}
			k.inputs = m.RowOf(pIn, pPixelPitch, pPixelSpare...)
			k.weights = m.RowOf(pWeights, pWeightPitch, isa.I9)
			k.outputs = m.RowOf(pIn, pWeights, pWork)
			k.write()
		}
	}
}

func (k *productKernel) write() {
	k.inputs.Use(k.pixels)
	k.weights.Use(k.blocks)
	k.outputs.Use(k.blocks)
	if k.wholeBlocks {
		for _, halves := range k.widths() {
			k.Text(k.lanesText(halves), func() { k.byElement(0, k.LanesPerLoad(), halves) })
		}
	}
	k.Routine(k.Set().Product(k.blocks, k.pixels), "func(p *byte, first, count int)")
	k.Compute(productFrame)
	k.prologue()
	k.tiles()
	k.Finish(productFrame)
}

// widths are of how many registers of a pixel the loop for whole blocks computes products: all, or the first half of
// them, where the others have no outputs.
func (k *productKernel) widths() []int { return []int{k.halves(), k.halves() / 2} }

// lanesText is the name of the macro that multiplies the lanes of one load with the weights of some registers.
func (k *productKernel) lanesText(halves int) string {
	name := "productLanes"
	if halves < k.halves() {
		name = "productFewLanes"
	}
	return fmt.Sprintf("%s%dx%d%s", name, k.pixels, k.blocks, k.name())
}

// prologue computes pitches in bytes and where the first line lies.
func (k *productKernel) prologue() {
	const first = pWork
	k.LoadInt(isa.Param("p", 0), pSettings)
	k.LoadInt(isa.Param("first", 1), first)
	k.loadFloats(productPixelPitch, pPixelPitch)
	k.loadFloats(productWeightPitch, pWeightPitch)
	for _, pitch := range []struct{ offset, to int }{
		{productBlockPitch, blockPitch}, {productRowPitch, rowPitch},
		{productColumnPitch, columnPitch}, {productOutPitch, outPitch},
	} {
		k.loadFloats(pitch.offset, pIn)
		k.StoreInt(pIn, isa.Local(pitch.to))
	}
	k.copyLocal(isa.At(pSettings, productWeights), weightsStart, pIn)
	k.LoadInt(isa.At(pSettings, productAhead), pAhead)
	k.LoadInt(isa.At(pSettings, productAheadLength), pIn)
	k.Address(isa.Indexed(pAhead, pIn, 4, 0), pIn)
	k.StoreInt(pIn, isa.Local(aheadEnd))
	k.CopyInt(first, pIn)
	k.MulInt(pPixelPitch, pIn)
	k.AddMem(isa.At(pSettings, productIn), pIn)
	k.StoreInt(pIn, isa.Local(lineIn))
	k.ShiftLeft(6, first)
	k.LoadInt(isa.At(pSettings, productOut), pIn)
	k.AddInt(first, pIn)
	k.StoreInt(pIn, isa.Local(lineOut))
	k.LoadInt(isa.At(pSettings, productResidual), pIn)
	k.JumpIfZero(pIn, "withoutResidual")
	k.AddInt(first, pIn)
	k.Label("withoutResidual")
	k.StoreInt(pIn, isa.Local(lineResidual))
	k.LoadInt(isa.At(pSettings, productMoreLines), pIn)
	k.AddConst(1, pIn)
	k.StoreInt(pIn, isa.Local(linesLeft))
	k.inputs.SetPitch()
}

// line goes to the first tile of a line.
func (k *productKernel) line() {
	for _, place := range []struct{ from, to int }{
		{lineIn, inTile}, {lineOut, outTile}, {lineResidual, residualTile},
	} {
		k.copyLocal(isa.Local(place.from), place.to, pWork)
	}
}

// loadFloats loads a number of floats as a number of bytes.
func (k *productKernel) loadFloats(offset int, to isa.Int) {
	k.loadBytes(isa.At(pSettings, offset), to)
}

// sum returns the accumulator of a pixel.
func (k *productKernel) sum(block, half, pixel int) isa.Vec {
	return k.accumulator((block*k.halves()+half)*k.pixels + pixel)
}

// results returns how many accumulators the tile has.
func (k *productKernel) results() int { return k.blocks * k.halves() * k.pixels }

// each calls a function for every half block of the tile.
func (k *productKernel) each(do func(block, half, displacement int)) {
	for block := range k.blocks {
		k.eachHalf(func(half, displacement int) { do(block, half, displacement) })
	}
}

// first calls a function for the first halves of every block of the tile.
func (k *productKernel) first(halves int, do func(block, half, displacement int)) {
	k.each(func(block, half, displacement int) {
		if half < halves {
			do(block, half, displacement)
		}
	})
}

// tiles writes the loops over the lines and their tiles.
func (k *productKernel) tiles() {
	if k.blocks == 4 {
		k.weights.SetPitch()
	}
	k.Label("line")
	k.line()
	k.copyLocal(isa.Param("count", 2), tilesLeft, pWork)
	k.Label("tile")
	k.LoadInt(isa.At(pSettings, productBias), pWork)
	k.each(func(block, half, displacement int) {
		k.Load(isa.At(pWork, pixel*block+displacement), k.sum(block, half, 0))
		for pixel := 1; pixel < k.pixels; pixel++ {
			k.Load(k.sum(block, half, 0), k.sum(block, half, pixel))
		}
	})
	k.segments()
	k.epilogue()
	k.advance()
	k.RepeatMem(isa.Local(tilesLeft), "tile")
	k.next()
	k.RepeatMem(isa.Local(linesLeft), "line")
}

// segments writes the loops over segments, blocks, rows and columns of the input.
func (k *productKernel) segments() {
	k.LoadInt(isa.Local(weightsStart), pWeights)
	k.weights.Start()
	k.Address(isa.At(pSettings, productSegments), pWork)
	k.StoreInt(pWork, isa.Local(nextSegment))
	k.copyLocal(isa.At(pSettings, productSegmentCount), segmentsLeft, pWork)

	k.Label("part")
	k.LoadInt(isa.Local(nextSegment), pWork)
	k.LoadInt(isa.At(pWork, segmentAt), pIn)
	k.ShiftLeft(2, pIn)
	k.AddMem(isa.Local(inTile), pIn)
	k.StoreInt(pIn, isa.Local(blockStart))
	k.copyLocal(isa.At(pWork, segmentBlocks), blocksLeft, pIn)
	k.copyLocal(isa.At(pWork, segmentLanes), laneCount, pIn)
	k.AddConstToMem(segmentSize, isa.Local(nextSegment))
	if k.wholeBlocks {
		k.whole()
		k.Label("walk")
	}
	k.LoadInt(isa.Local(blocksLeft), pIn)
	k.LoadInt(isa.Local(blockPitch), pWork)
	k.ShiftLeft(1, pWork)
	k.JumpIfAbove(pIn, 2, "approach")
	k.SetInt(0, pWork)
	k.Label("approach")
	k.StoreInt(pWork, isa.Local(approachPitch))

	k.Label("block")
	k.copyLocal(isa.Local(blockStart), rowStart, pIn)
	k.approach()
	k.copyLocal(isa.At(pSettings, productRows), rowsLeft, pIn)
	k.Label("row")
	k.copyLocal(isa.Local(rowStart), columnStart, pIn)
	k.copyLocal(isa.At(pSettings, productColumns), columnsLeft, pIn)
	k.Label("column")
	k.LoadInt(isa.Local(columnStart), pIn)
	k.inputs.Start()
	k.lanes()

	for _, loop := range []struct {
		name               string
		left, start, pitch int
	}{
		{"column", columnsLeft, columnStart, columnPitch},
		{"row", rowsLeft, rowStart, rowPitch},
		{"block", blocksLeft, blockStart, blockPitch},
	} {
		k.LoadInt(isa.Local(loop.pitch), pWork)
		k.AddToMem(pWork, isa.Local(loop.start))
		k.RepeatMem(isa.Local(loop.left), loop.name)
	}
	if k.wholeBlocks {
		k.Label("parted")
	}
	k.RepeatMem(isa.Local(segmentsLeft), "part")
}

// whole writes the loop over the blocks of a segment that has all of their lanes, seen through a window of one tap. It
// goes on behind the loops for any segment; what it is not for walks through them. The lanes are in pIn.
func (k *productKernel) whole() {
	blockLanes := pixel / k.Element()
	for _, count := range []int{productRows, productColumns} {
		k.LoadInt(isa.At(pSettings, count), pWork)
		k.JumpIfAbove(pWork, 1, "walk")
	}
	k.JumpIfAtMost(pIn, blockLanes-1, "walk")
	k.LoadInt(isa.Local(blockStart), pIn)
	k.inputs.Start()
	k.LoadInt(isa.Local(blocksLeft), pWork)
	k.LoadInt(isa.Local(blockPitch), pBeyond)
	k.AddConst(-pixel, pBeyond)
	k.LoadByte(isa.At(pSettings, productHalfLast), pNear)
	k.JumpIfZero(pNear, "whole")
	for _, loop := range []struct {
		label  string
		halves int
	}{{"narrow", k.halves() / 2}, {"whole", k.halves()}} {
		k.Label(loop.label)
		for lane := 0; lane < blockLanes; lane += k.LanesPerLoad() {
			k.Insert(k.lanesText(loop.halves))
			k.inputs.Advance(k.Element() * k.LanesPerLoad())
			k.weights.Advance(pixel * k.LanesPerLoad())
			if lane == 0 {
				k.wholeAhead(blockLanes, loop.label+"Fetched")
			}
		}
		k.inputs.AdvanceBy(pBeyond)
		k.Repeat(pWork, loop.label)
		k.Jump("parted")
	}
}

// wholeAhead fetches what whole needs later, behind the first lanes of a block: their products take their time, of
// which this takes none.
func (k *productKernel) wholeAhead(lanes int, label string) {
	// As approach does, but also where a segment has no block after the next one: to ask would take registers.
	seen := k.Element() * k.LanesPerLoad()
	k.Address(isa.Indexed(pIn, pBeyond, 2, 2*pixel-seen), pNear)
	for range k.pixels {
		k.Prefetch(isa.At(pNear, 0), 1)
		k.AddInt(pPixelPitch, pNear)
	}
	k.ahead(lanes, label)
}

// approach brings what the pixels see in the block after the next one closer. It may lie in another core's cache, and
// then takes longer than the processor looks ahead by itself.
func (k *productKernel) approach() {
	k.AddMem(isa.Local(approachPitch), pIn)
	k.inputs.Start()
	for pixel := range k.pixels {
		k.Prefetch(k.inputs.At(pixel, 0), 1)
	}
}

// lanes writes the loop over the lanes of a pixel.
func (k *productKernel) lanes() {
	k.LoadInt(isa.Local(laneCount), pWork)
	switch {
	case k.Unroll() == 2:
		k.lanePairs()
	case k.blocks == 1 && k.LanesPerLoad() == 1: // it does not need the pitch of weights, whose register pNear is
		k.LoadByte(isa.At(pSettings, productHalfLast), pNear)
		k.JumpIfZero(pNear, "wide")
		k.someLanes(k.Unroll(), k.halves()/2, "Narrow")
		k.Jump("summed")
		k.Label("wide")
		k.someLanes(k.Unroll(), k.halves(), "")
		k.Label("summed")
	default:
		k.someLanes(k.Unroll(), k.halves(), "")
	}
}

// someLanes multiplies some lanes at a time, and the rest one by one, for all halves of the blocks or the first one.
// The suffix makes the labels its own.
func (k *productKernel) someLanes(n, halves int, suffix string) {
	k.Less(n, pWork, "ones"+suffix)
	k.Label("some" + suffix)
	if k.wholeBlocks { // n is what one load has
		k.Insert(k.lanesText(halves))
	} else {
		for lane := 0; lane < n; lane += k.LanesPerLoad() {
			k.multiply(lane, k.LanesPerLoad(), halves)
		}
	}
	k.ahead(n, "fetched"+suffix)
	k.inputs.Advance(k.Element() * n)
	k.weights.Advance(pixel * n)
	k.Enough(n, pWork, "some"+suffix)
	k.Label("ones" + suffix)
	k.Restore(n, pWork, "last"+suffix)
	k.Label("one" + suffix)
	k.multiply(0, 1, halves)
	k.inputs.Advance(k.Element())
	k.weights.Advance(pixel)
	k.Repeat(pWork, "one"+suffix)
	k.Label("last" + suffix)
}

// lanePairs multiplies two lanes at a time. If their number is odd, it begins with the second half of the loop.
func (k *productKernel) lanePairs() {
	k.JumpIfEven(pWork, "pair")
	k.AddConst(1, pWork)
	k.inputs.Advance(-4)
	k.weights.Advance(-pixel)
	k.Jump("second")
	k.Label("pair")
	k.multiply(0, 1, k.halves())
	k.Label("second")
	k.multiply(1, 1, k.halves())
	k.ahead(2, "fetched")
	k.inputs.Advance(4 * 2)
	k.weights.Advance(pixel * 2)
	k.Subtract(2, pWork, "pair")
}

// ahead fetches, for some lanes that are multiplied, at least a fourth as many weights of what is needed next. It
// costs nothing to speak of when there is nothing to fetch, whereas fetching what is there already would cost a fifth
// of the time. The label is its own.
func (k *productKernel) ahead(lanes int, label string) {
	lines := (lanes*k.blocks + 3) / 4
	k.JumpIfReached(pAhead, isa.Local(aheadEnd), label)
	for line := range lines {
		k.Prefetch(isa.At(pAhead, pixel*line), 2)
	}
	k.AddConst(pixel*lines, pAhead)
	k.Label(label)
}

// free lists the registers that hold no results.
func (k *productKernel) free() []isa.Vec {
	var free []isa.Vec
	for r := range isa.Vec(k.Vecs()) {
		if r < k.FirstAccumulator() || r >= k.accumulator(k.results()) {
			free = append(free, r)
		}
	}
	return free
}

// multiply multiplies some lanes of every pixel, as many as a load brings or one, with their weights for the first
// halves of the blocks.
func (k *productKernel) multiply(first, lanes, halves int) {
	if k.LanesPerLoad() > 1 {
		k.byElement(first, lanes, halves)
		return
	}
	k.broadcast(first, halves)
}

// broadcast multiplies one lane: the weights are kept in registers, as far as there are any, and the inputs pass
// through the others.
func (k *productKernel) broadcast(lane, halves int) {
	free := k.free()
	kept := min(k.blocks*halves, len(free)-1)
	weights := make([]isa.Source, 0, k.blocks*halves)
	k.first(halves, func(block, half, displacement int) {
		at := k.weights.At(block, pixel*lane+displacement)
		if i := len(weights); i < kept {
			k.Load(at, free[i])
			weights = append(weights, free[i])
		} else {
			weights = append(weights, at)
		}
	})
	inputs := free[kept:]
	for pixel := range k.pixels {
		value := inputs[pixel%len(inputs)]
		k.LoadLanes(k.inputs.At(pixel, 4*lane), 1, value)
		k.first(halves, func(block, half, _ int) {
			k.MulAddLane(weights[block*halves+half], value, 0, k.sum(block, half, pixel))
		})
	}
}

// byElement multiplies some lanes: the inputs of all pixels are kept, some lanes of each in a register, and the
// weights pass through the others: those of some registers of a pixel, from the first on.
func (k *productKernel) byElement(first, lanes, halves int) {
	inputs, weights := k.free()[:k.pixels], k.free()[k.pixels:]
	for pixel, register := range inputs {
		k.LoadLanes(k.inputs.At(pixel, k.Element()*first), lanes, register)
	}
	next := 0
	for lane := range lanes {
		k.first(halves, func(block, half, displacement int) {
			w := weights[next%len(weights)]
			next++
			k.Load(k.weights.At(block, pixel*(first+lane)+displacement), w)
			for p := range k.pixels {
				k.MulAddLane(w, inputs[p], lane, k.sum(block, half, p))
			}
		})
	}
}

// epilogue adds the residual, applies the function and stores the results.
func (k *productKernel) epilogue() {
	results := func(do func(sum isa.Vec, at isa.Mem)) {
		k.LoadInt(isa.Local(outPitch), pWeights)
		if k.blocks == 4 {
			k.outputs.SetPitch()
		}
		k.outputs.Start()
		k.each(func(block, half, displacement int) {
			for p := range k.pixels {
				do(k.sum(block, half, p), k.outputs.At(block, pixel*p+displacement))
			}
		})
	}
	k.LoadInt(isa.Local(residualTile), pIn)
	k.JumpIfZero(pIn, "function")
	results(func(sum isa.Vec, at isa.Mem) { k.Add(at, sum, sum) })
	k.AddConstToMem(pixel*k.pixels, isa.Local(residualTile))
	k.Label("function")
	k.applyFunction(isa.At(pSettings, productRoutine), k.results(), "store")
	k.LoadInt(isa.Local(outTile), pIn)
	results(func(sum isa.Vec, at isa.Mem) { k.Store(sum, at) })
}

// next goes to the next line. There may be no residual; its place is zero then, and stays so.
func (k *productKernel) next() {
	k.loadFloats(productOutLinePitch, pWork)
	k.LoadInt(isa.Local(lineResidual), pIn)
	k.JumpIfZero(pIn, "moved")
	k.AddToMem(pWork, isa.Local(lineResidual))
	k.Label("moved")
	k.AddToMem(pWork, isa.Local(lineOut))
	k.loadFloats(productLinePitch, pWork)
	k.AddToMem(pWork, isa.Local(lineIn))
}

// advance moves on to the next tile.
func (k *productKernel) advance() {
	k.AddConstToMem(pixel*k.pixels, isa.Local(outTile))
	k.MulConst(k.pixels, pPixelPitch, pWork)
	k.AddToMem(pWork, isa.Local(inTile))
}
