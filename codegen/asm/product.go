package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// unroll is how many lanes of the input the inner loop handles at a time.
const unroll = 4

// Places on the stack of a product.
const (
	inTile = 8 * iota // what the tile's first pixel sees
	outTile
	residualTile
	tilesLeft
	weightsStart
	partsLeft
	nextPart
	blockStart
	blocksLeft
	rowStart
	rowsLeft
	columnStart
	columnsLeft
	blockPitch
	rowPitch
	columnPitch
	outPitch
	laneCount
	aheadEnd
	productFrame
)

// productKernel writes one routine for all tiles.
//
// The registers: AX the product, DX the pitch of pixels and R8, R9, R10, R11, R12, R13 3, 5, 7, 9, 11, 13 times as much, SI the
// input and DI the weights at the current lane, BX the pitch of weights, CX the lanes left, R14 the weights to be fetched ahead. A
// tile of four blocks, which has no more than seven pixels, has in R11 three times the pitch of weights.
type productKernel struct {
	emitter
	blocks, pixels int // of the tile being written
	name           string
}

// product writes the routine that computes sums of products for a number of tiles of one kind, side by side.
func product(c *build.Context, m *machine) {
	k := &productKernel{emitter: emitter{c, m}}
	k.routine("product"+m.name, "func(p *byte, first, size, count int)")
	k.compute(productFrame)
	k.prologue()
	k.MOVQ(at(reg.RAX, productBlocks), reg.RCX)
	most := len(m.mostTiles)
	k.MOVQ(operand.NewParamAddr("size", 16), reg.RSI)
	k.choose(reg.RCX, 1, most, func(b int) operand.LabelRef { return operand.LabelRef(fmt.Sprintf("blocks%d", b)) })
	for b := 1; b <= most; b++ {
		k.Label(fmt.Sprintf("blocks%d", b))
		k.choose(reg.RSI, 1, m.mostTiles[b-1], func(r int) operand.LabelRef { return operand.LabelRef(tileName(b, r)) })
		for r := m.mostTiles[b-1]; r > 0; r-- {
			k.blocks, k.pixels, k.name = b, r, tileName(b, r)
			k.tiles()
		}
	}
	k.Label("done")
	k.finish(productFrame)
}

func tileName(blocks, pixels int) string { return fmt.Sprintf("tile%dx%d", pixels, blocks) }

// local returns a place on the stack.
func local(offset int) operand.Mem { return operand.NewStackAddr(offset) }

// prologue computes pitches in bytes and where the first tile lies.
func (k *productKernel) prologue() {
	k.MOVQ(operand.NewParamAddr("p", 0), reg.RAX)
	k.MOVQ(operand.NewParamAddr("first", 8), reg.RCX)
	k.MOVQ(at(reg.RAX, productPixelPitch), reg.RDX)
	k.SHLQ(operand.U8(2), reg.RDX)
	k.MOVQ(at(reg.RAX, productWeightPitch), reg.RBX)
	k.SHLQ(operand.U8(2), reg.RBX)
	for _, pitch := range []struct{ offset, to int }{
		{productBlockPitch, blockPitch}, {productRowPitch, rowPitch}, {productColumnPitch, columnPitch}, {productOutPitch, outPitch},
	} {
		k.MOVQ(at(reg.RAX, pitch.offset), reg.RSI)
		k.SHLQ(operand.U8(2), reg.RSI)
		k.MOVQ(reg.RSI, local(pitch.to))
	}
	k.MOVQ(at(reg.RAX, productWeights), reg.RSI)
	k.MOVQ(reg.RSI, local(weightsStart))
	k.MOVQ(at(reg.RAX, productAhead), reg.R14)
	k.MOVQ(at(reg.RAX, productAheadLength), reg.RSI)
	k.LEAQ(operand.Mem{Base: reg.R14, Index: reg.RSI, Scale: 4}, reg.RSI)
	k.MOVQ(reg.RSI, local(aheadEnd))
	k.MOVQ(operand.NewParamAddr("count", 24), reg.RSI)
	k.MOVQ(reg.RSI, local(tilesLeft))
	k.MOVQ(reg.RCX, reg.RSI)
	k.IMULQ(reg.RDX, reg.RSI)
	k.ADDQ(at(reg.RAX, productIn), reg.RSI)
	k.MOVQ(reg.RSI, local(inTile))
	k.SHLQ(operand.U8(6), reg.RCX)
	k.MOVQ(at(reg.RAX, productOut), reg.RSI)
	k.ADDQ(reg.RCX, reg.RSI)
	k.MOVQ(reg.RSI, local(outTile))
	k.MOVQ(at(reg.RAX, productResidual), reg.RSI)
	k.TESTQ(reg.RSI, reg.RSI)
	k.JZ(operand.LabelRef("withoutResidual"))
	k.ADDQ(reg.RCX, reg.RSI)
	k.Label("withoutResidual")
	k.MOVQ(reg.RSI, local(residualTile))
	k.LEAQ(operand.Mem{Base: reg.RDX, Index: reg.RDX, Scale: 2}, reg.R8)
	k.LEAQ(operand.Mem{Base: reg.RDX, Index: reg.RDX, Scale: 4}, reg.R9)
	k.LEAQ(operand.Mem{Base: reg.R8, Index: reg.RDX, Scale: 4}, reg.R10)
	k.LEAQ(operand.Mem{Base: reg.RDX, Index: reg.RDX, Scale: 8}, reg.R11)
	k.LEAQ(operand.Mem{Base: reg.R8, Index: reg.RDX, Scale: 8}, reg.R12)
	k.LEAQ(operand.Mem{Base: reg.R9, Index: reg.RDX, Scale: 8}, reg.R13)
}

// multiple returns memory at a number of pitches from a base, given registers with odd multiples of the pitch.
func multiple(base reg.Register, n, displacement int, odd map[int]reg.Register) operand.Mem {
	m := at(base, displacement)
	if n == 0 {
		return m
	}
	scale := 1
	for n%2 == 0 {
		n, scale = n/2, scale*2
	}
	m.Index, m.Scale = odd[n], uint8(scale)
	return m
}

// input returns memory of one pixel's lane.
func (k *productKernel) input(pixel, lane int) operand.Mem {
	return multiple(reg.RSI, pixel, 4*lane, map[int]reg.Register{
		1: reg.RDX, 3: reg.R8, 5: reg.R9, 7: reg.R10, 9: reg.R11, 11: reg.R12, 13: reg.R13,
	})
}

// weight returns memory of one block's weights of a lane; blocks may be halved.
func (k *productKernel) weight(block, half, lane int) operand.Mem {
	return multiple(reg.RDI, block, 64*lane+half*k.m.bytes, map[int]reg.Register{1: reg.RBX, 3: reg.R11})
}

// sum returns the accumulator of a pixel.
func (k *productKernel) sum(block, half, pixel int) reg.VecPhysical {
	return k.m.accumulator((block*k.m.halves+half)*k.pixels + pixel)
}

// results returns how many accumulators the tile has.
func (k *productKernel) results() int { return k.blocks * k.m.halves * k.pixels }

// each calls a function for every half block of the tile.
func (k *productKernel) each(do func(block, half int)) {
	for block := range k.blocks {
		for half := range k.m.halves {
			do(block, half)
		}
	}
}

// tiles writes the loop over tiles of one kind.
func (k *productKernel) tiles() {
	k.Label(k.name)
	if k.blocks == 4 {
		k.LEAQ(operand.Mem{Base: reg.RBX, Index: reg.RBX, Scale: 2}, reg.R11)
	}
	k.Label(k.name + "_next")
	k.MOVQ(at(reg.RAX, productBias), reg.RCX)
	k.each(func(block, half int) {
		k.VMOVUPS(at(reg.RCX, 64*block+half*k.m.bytes), k.sum(block, half, 0))
		for pixel := 1; pixel < k.pixels; pixel++ {
			k.VMOVAPS(k.sum(block, half, 0), k.sum(block, half, pixel))
		}
	})
	k.parts()
	k.epilogue()
	k.advance()
	k.DECQ(local(tilesLeft))
	k.JNZ(operand.LabelRef(k.name + "_next"))
	k.JMP(operand.LabelRef("done"))
}

// parts writes the loops over parts, blocks, rows and columns of the input.
func (k *productKernel) parts() {
	label := func(loop string) string { return k.name + "_" + loop }
	jump := func(loop string) operand.LabelRef { return operand.LabelRef(label(loop)) }
	k.MOVQ(local(weightsStart), reg.RDI)
	k.LEAQ(at(reg.RAX, productParts), reg.RCX)
	k.MOVQ(reg.RCX, local(nextPart))
	k.MOVQ(at(reg.RAX, productPartCount), reg.RCX)
	k.MOVQ(reg.RCX, local(partsLeft))

	k.Label(label("part"))
	k.MOVQ(local(nextPart), reg.RCX)
	k.MOVQ(at(reg.RCX, partAt), reg.RSI)
	k.SHLQ(operand.U8(2), reg.RSI)
	k.ADDQ(local(inTile), reg.RSI)
	k.MOVQ(reg.RSI, local(blockStart))
	k.copyLocal(at(reg.RCX, partBlocks), blocksLeft)
	k.copyLocal(at(reg.RCX, partLanes), laneCount)
	k.ADDQ(operand.U8(partSize), local(nextPart))

	k.Label(label("block"))
	k.copyLocal(local(blockStart), rowStart)
	k.approach()
	k.copyLocal(at(reg.RAX, productRows), rowsLeft)
	k.Label(label("row"))
	k.copyLocal(local(rowStart), columnStart)
	k.copyLocal(at(reg.RAX, productColumns), columnsLeft)
	k.Label(label("column"))
	k.MOVQ(local(columnStart), reg.RSI)
	k.lanes()

	for _, loop := range []struct {
		name               string
		left, start, pitch int
	}{{"column", columnsLeft, columnStart, columnPitch}, {"row", rowsLeft, rowStart, rowPitch}, {"block", blocksLeft, blockStart, blockPitch}} {
		k.MOVQ(local(loop.pitch), reg.RCX)
		k.ADDQ(reg.RCX, local(loop.start))
		k.DECQ(local(loop.left))
		k.JNZ(jump(loop.name))
	}
	k.DECQ(local(partsLeft))
	k.JNZ(jump("part"))
}

// approach brings what the pixels see in the block after the next one closer. It may lie in another core's cache, and then takes longer than
// the processor looks ahead by itself.
func (k *productKernel) approach() {
	k.MOVQ(local(blockPitch), reg.RCX)
	k.LEAQ(operand.Mem{Base: reg.RSI, Index: reg.RCX, Scale: 2}, reg.RSI)
	for pixel := range k.pixels {
		k.PREFETCHT0(k.input(pixel, 0))
	}
}

// copyLocal copies a number to the stack. It uses SI.
func (k *productKernel) copyLocal(from operand.Mem, to int) {
	k.MOVQ(from, reg.RSI)
	k.MOVQ(reg.RSI, local(to))
}

// lanes writes the loop over the lanes of a pixel.
func (k *productKernel) lanes() {
	four, one, done := k.name+"_four", k.name+"_one", k.name+"_last"
	k.MOVQ(local(laneCount), reg.RCX)
	k.SUBQ(operand.U8(unroll), reg.RCX)
	k.JLT(operand.LabelRef(one + "s"))
	k.Label(four)
	for lane := range unroll {
		k.lane(lane)
	}
	k.ahead()
	k.ADDQ(operand.U8(4*unroll), reg.RSI)
	k.ADDQ(operand.U32(64*unroll), reg.RDI)
	k.SUBQ(operand.U8(unroll), reg.RCX)
	k.JGE(operand.LabelRef(four))
	k.Label(one + "s")
	k.ADDQ(operand.U8(unroll), reg.RCX)
	k.JZ(operand.LabelRef(done))
	k.Label(one)
	k.lane(0)
	k.ADDQ(operand.U8(4), reg.RSI)
	k.ADDQ(operand.U8(64), reg.RDI)
	k.DECQ(reg.RCX)
	k.JNZ(operand.LabelRef(one))
	k.Label(done)
}

// ahead fetches, for every four lanes, one lane's weights of what is needed next. It costs nothing to speak of when there is nothing
// to fetch, whereas fetching what is there already would cost a fifth of the time.
func (k *productKernel) ahead() {
	k.CMPQ(reg.R14, local(aheadEnd))
	k.JCC(operand.LabelRef(k.name + "_fetched"))
	for block := range k.blocks {
		k.PREFETCHT1(at(reg.R14, 64*block))
	}
	k.ADDQ(operand.U32(64*k.blocks), reg.R14)
	k.Label(k.name + "_fetched")
}

// lane multiplies one lane of every pixel with its weights. If registers are short, the last weights come from memory.
func (k *productKernel) lane(lane int) {
	free := append([]reg.VecPhysical(nil), k.m.registers[:temporaries]...)
	free = append(free, k.m.registers[temporaries+k.results():]...)
	kept := min(k.blocks*k.m.halves, len(free)-1)
	k.each(func(block, half int) {
		if i := block*k.m.halves + half; i < kept {
			k.VMOVUPS(k.weight(block, half, lane), free[i])
		}
	})
	inputs := free[kept:]
	for pixel := range k.pixels {
		value := inputs[pixel%len(inputs)]
		k.VBROADCASTSS(k.input(pixel, lane), value)
		k.each(func(block, half int) {
			if i := block*k.m.halves + half; i < kept {
				k.VFMADD231PS(free[i], value, k.sum(block, half, pixel))
			} else {
				k.VFMADD231PS(k.weight(block, half, lane), value, k.sum(block, half, pixel))
			}
		})
	}
}

// output returns memory of a result, DI being the pitch of blocks and CX three times as much.
func (k *productKernel) output(block, half, pixel int) operand.Mem {
	return multiple(reg.RSI, block, 64*pixel+half*k.m.bytes, map[int]reg.Register{1: reg.RDI, 3: reg.RCX})
}

// epilogue adds the residual, applies the function and stores the results.
func (k *productKernel) epilogue() {
	pitches := func() {
		k.MOVQ(local(outPitch), reg.RDI)
		if k.blocks == 4 {
			k.LEAQ(operand.Mem{Base: reg.RDI, Index: reg.RDI, Scale: 2}, reg.RCX)
		}
	}
	k.MOVQ(local(residualTile), reg.RSI)
	k.TESTQ(reg.RSI, reg.RSI)
	k.JZ(operand.LabelRef(k.name + "_function"))
	pitches()
	k.each(func(block, half int) {
		for pixel := range k.pixels {
			sum := k.sum(block, half, pixel)
			k.VADDPS(k.output(block, half, pixel), sum, sum)
		}
	})
	k.ADDQ(operand.U32(64*k.pixels), local(residualTile))
	k.Label(k.name + "_function")
	k.MOVBQZX(at(reg.RAX, productFunction), reg.RCX)
	k.TESTQ(reg.RCX, reg.RCX)
	k.JZ(operand.LabelRef(k.name + "_store"))
	k.MOVQ(operand.U32(k.results()), reg.RSI)
	k.call("apply" + k.m.name)
	k.Label(k.name + "_store")
	k.MOVQ(local(outTile), reg.RSI)
	pitches()
	k.each(func(block, half int) {
		for pixel := range k.pixels {
			k.VMOVUPS(k.sum(block, half, pixel), k.output(block, half, pixel))
		}
	})
}

// advance moves on to the next tile.
func (k *productKernel) advance() {
	k.ADDQ(operand.U32(64*k.pixels), local(outTile))
	k.IMUL3Q(operand.U8(k.pixels), reg.RDX, reg.RCX)
	k.ADDQ(reg.RCX, local(inTile))
}
