package tiling

import (
	"fmt"

	"github.com/netc-lang/netc/codegen/asm/isa"
	"github.com/netc-lang/netc/codegen/asm/routine"
)

// The frame of a slide.
const (
	slideInRow = 8 * iota // what the row's first tile sees
	slideOutRow
	slideResidualRow
	slideInTile
	slideOutTile
	slideResidualTile
	slideTilesLeft
	slideRowsLeft
	slideInStep  // from what an output row sees to what the next one sees
	slideOutStep // from an output row to the next one
	slideFrame
)

// The integer registers of a slide.
const (
	sSettings = isa.I0 // the struct
	sRowsLeft = isa.I1 // of the window; outside its loop, temporary
	sRowPitch = isa.I2 // of the input
	sIn       = isa.I3 // the input at the current row of the window
	sWork     = isa.I4
	sWeights  = isa.I5 // of the row
	sChannels = isa.I6 // of the group that are left
)

// slideKernel writes the routine of one tile, for one window and one stride.
//
// The first accumulators are the pixels of the tile; the last registers are the weights of a row, if there is room
// for them. Inputs pass through the temporary registers.
type slideKernel struct {
	writer
	routine.Window
	stride, pixels int
}

// Slide writes the routines that slide a window over tiles of one kind, row by row: kernels that are depthwise or have
// small groups. They work on as many lanes as a register has, the pitch of pixels being 16 lanes always.
//
// An input is loaded once and multiplied into every pixel of the tile that sees it. With a window of three and stride
// one:
//
//	input    0   1   2   3   4   5
//	pixel 0  w0  w1  w2
//	pixel 1      w0  w1  w2
//	pixel 2          w0  w1  w2
//	pixel 3              w0  w1  w2
//
// With groups of several channels, that is done for each channel of a row, one after the other.
//
// What is the same for all windows stands in macros (slideText); the loops are the routine's own.
func Slide(m isa.Machine) {
	shared := map[string]bool{}
	for _, window := range m.Set().Windows() {
		for _, stride := range routine.Strides {
			for _, pixels := range m.Set().SlideSizes(window) {
				k := &slideKernel{writer: writer{m}, Window: window, stride: stride, pixels: pixels}
				t := k.texts()
				for _, text := range []slideText{t.head, t.line, t.next, t.begin, t.end} {
					if !shared[text.name] {
						shared[text.name] = true
						k.Text(text.name, text.write)
					}
				}
				k.write()
			}
		}
	}
}

// slideText is a piece of a routine that several have.
type slideText struct {
	name  string
	write func()
}

// slideTexts are those of one routine: where the first tile of all lies, the first of a row, and the next row; how the
// sums of a tile begin, and what follows them.
type slideTexts struct{ head, line, next, begin, end slideText }

func (k *slideKernel) texts() slideTexts {
	return slideTexts{
		slideText{fmt.Sprintf("slideHeadS%d%s", k.stride, k.name()), k.head},
		slideText{"slideLine" + k.name(), k.line},
		slideText{"slideNext" + k.name(), k.next},
		slideText{fmt.Sprintf("slideBeginW%d%s", k.pixels, k.name()), k.begin},
		slideText{fmt.Sprintf("slideEndS%dW%d%s", k.stride, k.pixels, k.name()), k.end},
	}
}

func (k *slideKernel) write() {
	text := k.texts()
	k.Routine(k.Set().Slide(k.Window, k.stride, k.pixels), "func(d *byte, first, count int)")
	k.Compute(slideFrame)
	// Parameters are the routine's own: go vet takes those in a macro for ones of the routine before it.
	k.LoadInt(isa.Param("d", 0), sSettings)
	k.LoadInt(isa.Param("first", 1), sRowsLeft)
	if k.Group > 1 {
		k.SetGroups(sWork)
	}
	k.Insert(text.head.name)
	k.Label("line")
	k.Insert(text.line.name)
	k.copyLocal(isa.Param("count", 2), slideTilesLeft, sWork)
	k.Label("tile")
	k.Insert(text.begin.name)
	k.SetInt(k.Size, sRowsLeft)
	k.Label("row")
	if k.Group > 1 {
		k.groupRow()
	} else {
		k.row()
		k.AddConst(pixel*k.Size, sWeights)
	}
	k.AddInt(sRowPitch, sIn)
	k.Repeat(sRowsLeft, "row")
	k.Insert(text.end.name)
	k.RepeatMem(isa.Local(slideTilesLeft), "tile")
	k.Insert(text.next.name)
	k.RepeatMem(isa.Local(slideRowsLeft), "line")
	k.Finish(slideFrame)
}

// head computes where the first tile lies and what lies between rows.
func (k *slideKernel) head() {
	const first = sRowsLeft
	k.ShiftLeft(6, first)
	k.LoadInt(isa.At(sSettings, slideRowPitch), sRowPitch)
	k.ShiftLeft(2, sRowPitch)
	k.CopyInt(sRowPitch, sWork)
	if k.stride > 1 {
		k.MulConst(k.stride, sWork, sWork)
	}
	k.StoreInt(sWork, isa.Local(slideInStep))
	k.LoadInt(isa.At(sSettings, slideWidth), sWork)
	k.ShiftLeft(6, sWork)
	k.StoreInt(sWork, isa.Local(slideOutStep))
	k.copyLocal(isa.At(sSettings, slideRows), slideRowsLeft, sWork)
	k.MulConst(k.stride, first, sWork)
	k.AddMem(isa.At(sSettings, slideIn), sWork)
	k.StoreInt(sWork, isa.Local(slideInRow))
	for _, start := range []struct{ offset, to int }{{slideOut, slideOutRow}, {slideResidual, slideResidualRow}} {
		k.LoadInt(isa.At(sSettings, start.offset), sWork)
		k.AddInt(first, sWork)
		k.StoreInt(sWork, isa.Local(start.to))
	}
}

// line goes to the first tile of a row.
func (k *slideKernel) line() {
	for _, place := range []struct{ from, to int }{
		{slideInRow, slideInTile}, {slideOutRow, slideOutTile}, {slideResidualRow, slideResidualTile},
	} {
		k.copyLocal(isa.Local(place.from), place.to, sWork)
	}
}

// begin begins a tile: its sums begin with the bias.
func (k *slideKernel) begin() {
	k.LoadInt(isa.At(sSettings, slideBias), sRowsLeft)
	k.Load(isa.At(sRowsLeft, 0), k.accumulator(0))
	for pixel := 1; pixel < k.pixels; pixel++ {
		k.Load(k.accumulator(0), k.accumulator(pixel))
	}
	k.LoadInt(isa.Local(slideInTile), sIn)
	k.LoadInt(isa.At(sSettings, slideWeights), sWeights)
}

// end writes what follows the sums of a tile, and goes to the next one.
func (k *slideKernel) end() {
	k.epilogue()
	k.AddConstToMem(pixel*k.stride*k.pixels, isa.Local(slideInTile))
	k.AddConstToMem(pixel*k.pixels, isa.Local(slideOutTile))
	k.AddConstToMem(pixel*k.pixels, isa.Local(slideResidualTile))
}

// next goes to the next row.
func (k *slideKernel) next() {
	for _, step := range []struct{ row, by int }{
		{slideInRow, slideInStep}, {slideOutRow, slideOutStep}, {slideResidualRow, slideOutStep},
	} {
		k.LoadInt(isa.Local(step.by), sWork)
		k.AddToMem(sWork, isa.Local(step.row))
	}
}

// row multiplies what the tile's pixels see in one row with the weights of the row.
func (k *slideKernel) row() {
	held := k.pixels+k.Size <= k.Accumulators()
	weights := make([]isa.Source, k.Size)
	for column := range k.Size {
		at := isa.At(sWeights, pixel*column)
		weights[column] = at
		if held {
			register := isa.Vec(k.Vecs() - k.Size + column)
			k.Load(at, register)
			weights[column] = register
		}
	}
	k.slide(k.Load, func(column int, value, sum isa.Vec) { k.MulAdd(weights[column], value, sum) })
}

// slide goes over what the tile's pixels see in one row.
func (k *slideKernel) slide(load func(from isa.Source, to isa.Vec), multiply func(column int, value, sum isa.Vec)) {
	for i := range (k.pixels-1)*k.stride + k.Size {
		value := isa.Vec(i) % k.FirstAccumulator()
		load(isa.At(sIn, pixel*i), value)
		for p := range k.pixels {
			if column := i - p*k.stride; column >= 0 && column < k.Size {
				multiply(column, value, k.accumulator(p))
			}
		}
	}
}

// groupRow is row for groups: it goes over the channels of a group. Each tap of the window has the weights of the 16
// channels of a block.
func (k *slideKernel) groupRow() {
	const place = pixel * pixel / 4
	weights := make([]isa.Vec, k.Size)
	k.SetInt(k.Group, sChannels)
	k.Label("channel")
	for column := range k.Size {
		weights[column] = isa.Vec(k.Vecs() - k.Size + column)
		k.LoadGroupWeights(isa.At(sWeights, place*column), weights[column])
	}
	k.slide(func(from isa.Source, to isa.Vec) { k.LoadGroupInputs(from.(isa.Mem), to) },
		func(column int, value, sum isa.Vec) { k.MulAddLane(weights[column], value, 0, sum) })
	k.AddConst(4, sIn)
	k.AddConst(pixel, sWeights)
	k.Repeat(sChannels, "channel")
	k.AddConst(-4*k.Group, sIn)
	k.AddConst(place*k.Size-pixel*k.Group, sWeights)
}

// epilogue adds the residual, applies the function, stores the results and adds them to the sums.
func (k *slideKernel) epilogue() {
	skipUnless := func(offset int, label string) {
		k.LoadInt(isa.At(sSettings, offset), sWork)
		k.JumpIfZero(sWork, label)
	}
	skipUnless(slideResidual, "function")
	k.LoadInt(isa.Local(slideResidualTile), sWork)
	for p := range k.pixels {
		k.Add(isa.At(sWork, pixel*p), k.accumulator(p), k.accumulator(p))
	}
	k.Label("function")
	k.applyFunction(isa.At(sSettings, slideRoutine), k.pixels, "store")
	k.LoadInt(isa.Local(slideOutTile), sWork)
	for p := range k.pixels {
		k.Store(k.accumulator(p), isa.At(sWork, pixel*p))
	}
	skipUnless(slideSums, "stored")
	for step := 1; step < k.pixels; step *= 2 { // as a tree, always the same
		for p := 0; p+step < k.pixels; p += 2 * step {
			k.Add(k.accumulator(p+step), k.accumulator(p), k.accumulator(p))
		}
	}
	k.addSums()
	k.Label("stored")
}

// addSums adds the first accumulator to the sums, which are float32 always.
func (k *slideKernel) addSums() {
	if k.Element() == 4 {
		k.Add(isa.At(sWork, 0), k.accumulator(0), k.accumulator(0))
		k.Store(k.accumulator(0), isa.At(sWork, 0))
		return
	}
	halves := k.Machine.(isa.Halves)
	for i, upper := range []bool{false, true} {
		const sum, wide = isa.Vec(0), isa.Vec(1)
		k.Load(isa.At(sWork, i*k.Bytes()), sum)
		halves.Widen(k.accumulator(0), wide, upper)
		halves.AddFloats(wide, sum, sum)
		k.Store(sum, isa.At(sWork, i*k.Bytes()))
	}
}
