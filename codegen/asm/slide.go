package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Places on the stack of a slide.
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

// slideKernel writes a routine for one size of window and one stride.
//
// The registers: AX the slide, BX the input at the current row of the window, DX the pitch of input rows, DI the weights of the
// row, CX the rows of the window left. The first accumulators are the pixels of the tile; the last registers are the weights
// of a row, if there is room for them. Inputs pass through the temporary registers.
type slideKernel struct {
	emitter
	size, stride int
	pixels       int // of the tile being written
	name         string
}

// slideSizes are the windows that have routines of their own.
var slideSizes = []int{3, 5, 7, 9}

// slide writes the routines that slide a window over tiles of one kind, row by row. They work on as many lanes as a register
// has, the pitch of pixels being 16 lanes always.
func slide(c *build.Context, m *machine) {
	for _, size := range slideSizes {
		for stride := 1; stride <= 2; stride++ {
			k := &slideKernel{emitter: emitter{c, m}, size: size, stride: stride}
			k.write()
		}
	}
}

func (k *slideKernel) write() {
	k.routine(fmt.Sprintf("slide%dx%d%s", k.size, k.stride, k.m.name), "func(d *byte, first, size, count int)")
	k.compute(slideFrame)
	k.prologue()
	k.MOVQ(operand.NewParamAddr("size", 16), reg.RSI)
	k.choose(reg.RSI, 1, k.m.mostSlide, func(pixels int) operand.LabelRef { return operand.LabelRef(fmt.Sprintf("tile%d", pixels)) })
	for pixels := k.m.mostSlide; pixels > 0; pixels-- {
		k.pixels, k.name = pixels, fmt.Sprintf("tile%d", pixels)
		k.tiles()
	}
	k.Label("done")
	k.finish(slideFrame)
}

// prologue computes where the first tile lies and what lies between rows.
func (k *slideKernel) prologue() {
	k.MOVQ(operand.NewParamAddr("d", 0), reg.RAX)
	k.MOVQ(operand.NewParamAddr("first", 8), reg.RCX)
	k.SHLQ(operand.U8(6), reg.RCX)
	k.MOVQ(at(reg.RAX, slideRowPitch), reg.RDX)
	k.SHLQ(operand.U8(2), reg.RDX)
	k.MOVQ(reg.RDX, reg.RSI)
	if k.stride > 1 {
		k.IMUL3Q(operand.U8(k.stride), reg.RSI, reg.RSI)
	}
	k.MOVQ(reg.RSI, local(slideInStep))
	k.MOVQ(at(reg.RAX, slideWidth), reg.RSI)
	k.SHLQ(operand.U8(6), reg.RSI)
	k.MOVQ(reg.RSI, local(slideOutStep))
	k.MOVQ(at(reg.RAX, slideRows), reg.RSI)
	k.MOVQ(reg.RSI, local(slideRowsLeft))
	k.IMUL3Q(operand.U8(k.stride), reg.RCX, reg.RSI)
	k.ADDQ(at(reg.RAX, slideIn), reg.RSI)
	k.MOVQ(reg.RSI, local(slideInRow))
	k.MOVQ(at(reg.RAX, slideOut), reg.RSI)
	k.ADDQ(reg.RCX, reg.RSI)
	k.MOVQ(reg.RSI, local(slideOutRow))
	k.MOVQ(at(reg.RAX, slideResidual), reg.RSI)
	k.ADDQ(reg.RCX, reg.RSI)
	k.MOVQ(reg.RSI, local(slideResidualRow))
}

// tiles writes the loops over rows and over the tiles of a row.
func (k *slideKernel) tiles() {
	k.Label(k.name)
	for _, place := range []struct{ from, to int }{{slideInRow, slideInTile}, {slideOutRow, slideOutTile}, {slideResidualRow, slideResidualTile}} {
		k.MOVQ(local(place.from), reg.RSI)
		k.MOVQ(reg.RSI, local(place.to))
	}
	k.MOVQ(operand.NewParamAddr("count", 24), reg.RSI)
	k.MOVQ(reg.RSI, local(slideTilesLeft))

	k.Label(k.name + "_next")
	k.MOVQ(at(reg.RAX, slideBias), reg.RCX)
	k.VMOVUPS(at(reg.RCX, 0), k.m.accumulator(0))
	for pixel := 1; pixel < k.pixels; pixel++ {
		k.VMOVAPS(k.m.accumulator(0), k.m.accumulator(pixel))
	}
	k.MOVQ(local(slideInTile), reg.RBX)
	k.MOVQ(at(reg.RAX, slideWeights), reg.RDI)
	k.MOVQ(operand.U32(k.size), reg.RCX)
	k.Label(k.name + "_row")
	k.row()
	k.ADDQ(reg.RDX, reg.RBX)
	k.ADDQ(operand.U32(64*k.size), reg.RDI)
	k.DECQ(reg.RCX)
	k.JNZ(operand.LabelRef(k.name + "_row"))
	k.epilogue()

	k.ADDQ(operand.U32(64*k.stride*k.pixels), local(slideInTile))
	k.ADDQ(operand.U32(64*k.pixels), local(slideOutTile))
	k.ADDQ(operand.U32(64*k.pixels), local(slideResidualTile))
	k.DECQ(local(slideTilesLeft))
	k.JNZ(operand.LabelRef(k.name + "_next"))
	for _, step := range []struct{ row, by int }{{slideInRow, slideInStep}, {slideOutRow, slideOutStep}, {slideResidualRow, slideOutStep}} {
		k.MOVQ(local(step.by), reg.RSI)
		k.ADDQ(reg.RSI, local(step.row))
	}
	k.DECQ(local(slideRowsLeft))
	k.JNZ(operand.LabelRef(k.name))
	k.JMP(operand.LabelRef("done"))
}

// row multiplies what the tile's pixels see in one row with the weights of the row.
func (k *slideKernel) row() {
	held := k.pixels+k.size <= k.m.accumulators()
	weights := k.m.registers[len(k.m.registers)-k.size:]
	if held {
		for column := range k.size {
			k.VMOVUPS(at(reg.RDI, 64*column), weights[column])
		}
	}
	for i := range (k.pixels-1)*k.stride + k.size {
		value := k.m.registers[i%temporaries]
		k.VMOVUPS(at(reg.RBX, 64*i), value)
		for pixel := range k.pixels {
			column := i - pixel*k.stride
			switch {
			case column < 0 || column >= k.size:
			case held:
				k.VFMADD231PS(weights[column], value, k.m.accumulator(pixel))
			default:
				k.VFMADD231PS(at(reg.RDI, 64*column), value, k.m.accumulator(pixel))
			}
		}
	}
}

// epilogue adds the residual, applies the function, stores the results and adds them to the sums.
func (k *slideKernel) epilogue() {
	skip := func(offset int, label string) {
		k.MOVQ(at(reg.RAX, offset), reg.RSI)
		k.TESTQ(reg.RSI, reg.RSI)
		k.JZ(operand.LabelRef(k.name + label))
	}
	skip(slideResidual, "_function")
	k.MOVQ(local(slideResidualTile), reg.RSI)
	for pixel := range k.pixels {
		k.VADDPS(at(reg.RSI, 64*pixel), k.m.accumulator(pixel), k.m.accumulator(pixel))
	}
	k.Label(k.name + "_function")
	k.MOVBQZX(at(reg.RAX, slideFunction), reg.RCX)
	k.TESTQ(reg.RCX, reg.RCX)
	k.JZ(operand.LabelRef(k.name + "_store"))
	k.MOVQ(operand.U32(k.pixels), reg.RSI)
	k.call("apply" + k.m.name)
	k.Label(k.name + "_store")
	k.MOVQ(local(slideOutTile), reg.RSI)
	for pixel := range k.pixels {
		k.VMOVUPS(k.m.accumulator(pixel), at(reg.RSI, 64*pixel))
	}
	skip(slideSums, "_stored")
	for step := 1; step < k.pixels; step *= 2 {
		for pixel := 0; pixel+step < k.pixels; pixel += 2 * step {
			k.VADDPS(k.m.accumulator(pixel+step), k.m.accumulator(pixel), k.m.accumulator(pixel))
		}
	}
	k.VADDPS(at(reg.RSI, 0), k.m.accumulator(0), k.m.accumulator(0))
	k.VMOVUPS(k.m.accumulator(0), at(reg.RSI, 0))
	k.Label(k.name + "_stored")
}
