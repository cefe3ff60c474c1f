package amd64

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/netc-lang/netc/codegen/asm/tiling"
)

// The parts of a number, of eight bits each.
const (
	highPart = iota
	middlePart
	lowPart
	partCount
)

// tileBytes is the size of a tile of 16 rows of 64 bytes.
const tileBytes = 1024

// matrixKernel writes the routines for the matrix unit, AMX, whose instructions neither avo nor Go's assembler knows.
//
// The registers of the products: AX the settings, R14 the group's pixels, R13 what the first tap of the window sees
// of the pair at hand, SI the pixels that a slab sees, DI the slab's weights, R9 the pitch of parts, R10 64, which is
// the pitch of a tile's rows; R11 the next tap of the window and R12 how many are left; R8 the weights to be
// fetched ahead and DX the pitch of their blocks; BX and CX temporary.
type matrixKernel struct {
	*emitter
	shape    tileShape
	name     string
	settings operand.Mem // of the tiles, as LDTILECFG wants them
}

// tileShape is how many tiles of pixels and of outputs are computed together.
type tileShape struct{ pixels, outputs int }

// Places on the stack of a product.
const (
	matrixGroupOut = 8 * iota
	matrixGroupsLeft
	matrixPairsLeft
	matrixAheadEnd
	matrixOutBytes // pitches in bytes
	matrixPairBytes
	matrixSlabBytes
	matrixFrame
)

// AMX writes the routines of the matrix unit. What prepares its operands and finishes its sums is AVX-512.
func AMX(c *build.Context) {
	k := &matrixKernel{emitter: &emitter{c}}
	k.split()
	tiling.FinishPixels(AVX512(c), "finishPixelsAMX")
	k.configuration()
	for _, shape := range []tileShape{{2, 2}, {4, 1}, {3, 1}} {
		k.shape = shape
		k.products()
	}
}

// configuration writes the settings of the tiles, all of 16 rows of 64 bytes.
func (k *matrixKernel) configuration() {
	k.settings = k.StaticGlobal("tileSettings")
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	const palette = 1
	var settings [64]byte
	settings[0] = palette
	for tile := range 8 {
		settings[16+2*tile], settings[48+tile] = 64, 16
	}
	for i, b := range settings {
		k.AddDatum(i, operand.U8(b))
	}
}

// bytes emits an instruction as it is, in words as long as it has, under a comment that says it in Intel's syntax.
func (k *matrixKernel) bytes(meant string, code ...byte) {
	k.Comment(meant)
	emit := func(opcode string, word operand.Op) {
		k.Instruction(&ir.Instruction{Opcode: opcode, Operands: []operand.Op{word}})
	}
	for ; len(code) >= 4; code = code[4:] {
		emit("LONG", operand.U32(binary.LittleEndian.Uint32(code)))
	}
	if len(code) >= 2 {
		emit("WORD", operand.U16(binary.LittleEndian.Uint16(code)))
		code = code[2:]
	}
	for _, b := range code {
		emit("BYTE", operand.U8(b))
	}
}

// Numbers of general registers in instructions.
var numbers = map[reg.Register]byte{
	reg.RAX: 0, reg.RCX: 1, reg.RDX: 2, reg.RBX: 3, reg.RSI: 6, reg.RDI: 7, reg.R8: 8, reg.R9: 9, reg.R10: 10,
	reg.R11: 11,
	reg.R12: 12, reg.R13: 13, reg.R14: 14, reg.R15: 15,
}

// Prefixes of instructions, as the field pp has them.
const (
	prefixNone = iota
	prefix66
	prefixF3
	prefixF2
)

// vexMemory emits an instruction of map 0F38 with a register's field and memory: VEX.128.0F38.W0. Where meant has %s,
// the comment has the memory.
func (k *matrixKernel) vexMemory(meant string, opcode, prefix, field byte, base, index reg.Register, displacement int) {
	b, x := numbers[base], byte(4) // 4 is no index
	if index != nil {
		x = numbers[index]
	}
	code := []byte{
		// VEX: inverted bits of R, X and B, the map, vvvv and pp
		0xc4, 1<<7 | (1-x>>3)<<6 | (1-b>>3)<<5 | 2, 0xf<<3 | prefix,
		opcode, 2<<6 | field<<3 | 4, x&7<<3 | b&7, // ModRM: displacement of 32 bits, with SIB
	}
	for shift := 0; shift < 32; shift += 8 {
		code = append(code, byte(displacement>>shift))
	}
	k.bytes(fmt.Sprintf(meant, address(base, index, displacement)), code...)
}

// address is memory in Intel's syntax: [r14 + rcx + 64].
func address(base, index reg.Register, displacement int) string {
	terms := []string{intel(base)}
	if index != nil {
		terms = append(terms, intel(index))
	}
	if displacement != 0 {
		terms = append(terms, strconv.Itoa(displacement))
	}
	return "[" + strings.Join(terms, " + ") + "]"
}

// intel is Intel's name of a register: rax, where Go's assembler has AX.
func intel(r reg.Register) string { return "r" + strings.ToLower(strings.TrimPrefix(r.Asm(), "R")) }

// load emits TILELOADD: a tile from memory, whose rows lie a pitch apart.
func (k *matrixKernel) load(tile int, base, pitch reg.Register, displacement int) {
	k.vexMemory(fmt.Sprintf("tileloadd tmm%d, %%s", tile), 0x4b, prefixF2, byte(tile), base, pitch, displacement)
}

// store emits TILESTORED.
func (k *matrixKernel) store(tile int, base, pitch reg.Register, displacement int) {
	k.vexMemory(fmt.Sprintf("tilestored %%s, tmm%d", tile), 0x4b, prefixF3, byte(tile), base, pitch, displacement)
}

// configure emits LDTILECFG, which says how many rows and columns the tiles have.
func (k *matrixKernel) configure(base reg.Register, displacement int) {
	k.vexMemory("ldtilecfg %s", 0x49, prefixNone, 0, base, nil, displacement)
}

// release emits TILERELEASE. The system then need not save the tiles when it switches threads.
func (k *matrixKernel) release() { k.bytes("tilerelease", 0xc4, 0xe2, 0x78, 0x49, 0xc0) }

// multiply emits TDPBF16PS: adds the product of two tiles of pairs of bfloat16 to a tile of float32.
func (k *matrixKernel) multiply(pixels, weights, sums int) {
	k.bytes(fmt.Sprintf("tdpbf16ps tmm%d, tmm%d, tmm%d", sums, pixels, weights),
		0xc4, 0xe2, byte(^weights&0xf)<<3|prefixF3, 0x5c, 3<<6|byte(sums)<<3|byte(pixels))
}

// products writes the routine that computes tiles of sums for one shape.
func (k *matrixKernel) products() {
	k.name = fmt.Sprintf("products%dx%d", k.shape.pixels, k.shape.outputs)
	k.Routine(k.name+"AMX", "func(m *byte)")
	k.AllocLocal(matrixFrame)
	k.MOVQ(operand.NewParamAddr("m", 0), reg.RAX)
	k.LEAQ(k.settings, reg.RBX)
	k.configure(reg.RBX, 0)
	k.MOVQ(at(reg.RAX, matrixPartPitch), reg.R9)
	k.SHLQ(operand.U8(2), reg.R9)
	k.MOVQ(operand.U32(64), reg.R10)
	k.MOVQ(at(reg.RAX, matrixPixels), reg.R14)
	k.MOVQ(at(reg.RAX, matrixAhead), reg.R8)
	k.MOVQ(at(reg.RAX, matrixAheadPitch), reg.RDX)
	k.SHLQ(operand.U8(2), reg.RDX)
	k.MOVQ(at(reg.RAX, matrixAheadLength), reg.RCX)
	k.LEAQ(operand.Mem{Base: reg.R8, Index: reg.RCX, Scale: 4}, reg.RCX)
	k.MOVQ(reg.RCX, local(matrixAheadEnd))
	k.copy(at(reg.RAX, matrixOut), matrixGroupOut)
	k.copy(at(reg.RAX, matrixGroups), matrixGroupsLeft)
	k.copyBytes(at(reg.RAX, matrixOutPitch), matrixOutBytes)
	k.copyBytes(at(reg.RAX, matrixPairPitch), matrixPairBytes)
	k.copyBytes(at(reg.RAX, matrixSlabPitch), matrixSlabBytes)
	k.Label("group")
	k.begin()
	k.MOVQ(at(reg.RAX, matrixWeights), reg.RDI)
	k.MOVQ(reg.R14, reg.R13)
	k.MOVQ(at(reg.RAX, matrixPairs), reg.RCX)
	k.TESTQ(reg.RCX, reg.RCX)
	k.JZ(operand.LabelRef("noPairs"))
	k.MOVQ(reg.RCX, local(matrixPairsLeft))
	k.Label("pair")
	k.window("pair", k.pairSlab)
	k.ADDQ(local(matrixPairBytes), reg.R13)
	k.DECQ(local(matrixPairsLeft))
	k.JNZ(operand.LabelRef("pair"))
	k.Label("noPairs")
	k.CMPQ(at(reg.RAX, matrixSingles), operand.Imm(0))
	k.JEQ(operand.LabelRef("noSingles"))
	k.window("single", k.singleSlab)
	k.Label("noSingles")
	k.end()
	k.DECQ(local(matrixGroupsLeft))
	k.JNZ(operand.LabelRef("group"))
	k.release()
	k.RET()
}

// copy copies a number to the stack by way of CX.
func (k *matrixKernel) copy(from operand.Mem, to int) {
	k.MOVQ(from, reg.RCX)
	k.MOVQ(reg.RCX, local(to))
}

// copyBytes copies a number of floats, in which all pitches are given, to the stack as a number of bytes.
func (k *matrixKernel) copyBytes(from operand.Mem, to int) {
	k.MOVQ(from, reg.RCX)
	k.SHLQ(operand.U8(2), reg.RCX)
	k.MOVQ(reg.RCX, local(to))
}

// sum is the tile of sums of a tile of pixels and one of outputs.
func (k *matrixKernel) sum(pixels, outputs int) int { return pixels*k.shape.outputs + outputs }

// begin sets the sums to what there is of them or to the biases, every row being the same.
func (k *matrixKernel) begin() {
	k.CMPQ(at(reg.RAX, matrixAccumulate), operand.Imm(0))
	k.JNE(operand.LabelRef("accumulate"))
	k.MOVQ(at(reg.RAX, matrixBias), reg.RBX)
	k.XORQ(reg.RCX, reg.RCX)
	for pixels := range k.shape.pixels {
		for outputs := range k.shape.outputs {
			k.load(k.sum(pixels, outputs), reg.RBX, reg.RCX, 64*outputs)
		}
	}
	k.JMP(operand.LabelRef("begun"))
	k.Label("accumulate")
	k.eachSum(k.load)
	k.Label("begun")
}

// eachSum calls a function for every tile of sums and its place in memory.
func (k *matrixKernel) eachSum(do func(tile int, base, pitch reg.Register, displacement int)) {
	k.MOVQ(local(matrixGroupOut), reg.RBX)
	for outputs := range k.shape.outputs {
		if outputs > 0 {
			k.ADDQ(local(matrixOutBytes), reg.RBX)
		}
		for pixels := range k.shape.pixels {
			do(k.sum(pixels, outputs), reg.RBX, reg.R10, pixels*tileBytes)
		}
	}
}

// end stores the sums and goes on to the next group.
func (k *matrixKernel) end() {
	k.eachSum(k.store)
	k.ADDQ(operand.U32(uint32(k.shape.pixels*tileBytes)), reg.R14)
	k.ADDQ(operand.U32(uint32(k.shape.pixels*tileBytes)), local(matrixGroupOut))
}

// window writes the loop over the taps of the window.
func (k *matrixKernel) window(name string, slab func()) {
	k.MOVQ(at(reg.RAX, matrixTapFirst), reg.R11)
	k.LEAQ(operand.Mem{Base: reg.RAX, Index: reg.R11, Scale: 8, Disp: matrixTaps}, reg.R11)
	k.MOVQ(at(reg.RAX, matrixTapCount), reg.R12)
	k.Label(name + "Tap")
	k.MOVQ(at(reg.R11, 0), reg.RBX)
	k.LEAQ(operand.Mem{Base: reg.R13, Index: reg.RBX, Scale: 4}, reg.RSI)
	k.ADDQ(operand.U8(8), reg.R11)
	k.ahead(name)
	slab()
	k.DECQ(reg.R12)
	k.JNZ(operand.LabelRef(name + "Tap"))
}

// ahead fetches some of the weights of two blocks that are needed next.
func (k *matrixKernel) ahead(name string) {
	const lines = 8
	k.CMPQ(reg.R8, local(matrixAheadEnd))
	k.JCC(operand.LabelRef(name + "Fetched"))
	for line := range lines {
		k.PREFETCHT1(at(reg.R8, 64*line))
		k.PREFETCHT1(operand.Mem{Base: reg.R8, Index: reg.RDX, Scale: 1, Disp: 64 * line})
	}
	k.ADDQ(operand.U32(64*lines), reg.R8)
	k.Label(name + "Fetched")
}

// factor is a part of the pixels and one of the weights that are multiplied.
type factor struct{ pixels, weights int }

// pairSlab multiplies two blocks of channels: of the nine products of parts the six that matter.
func (k *matrixKernel) pairSlab() {
	k.slab(partCount, []factor{
		{highPart, lowPart}, {highPart, middlePart}, {middlePart, middlePart},
		{middlePart, highPart}, {highPart, highPart}, {lowPart, highPart},
	})
}

// singleSlab multiplies one block of channels, whose words hold two parts of a number each.
func (k *matrixKernel) singleSlab() { k.slab(partCount, []factor{{1, 2}, {0, 1}, {0, 0}}) }

// slab multiplies parts and goes on to the weights of the next slab. It also stores a tile that nobody needs: after
// some 2000 cycles without a store, the next one takes 1000 (measured on a Xeon of 2024).
func (k *matrixKernel) slab(parts int, factors []factor) {
	if k.shape.outputs == 1 {
		k.oneBlock(parts, factors)
	} else {
		k.twoBlocks(parts, factors)
	}
	k.MOVQ(at(reg.RAX, matrixWaste), reg.RBX)
	k.store(4, reg.RBX, reg.R10, 0)
	k.ADDQ(local(matrixSlabBytes), reg.RDI)
}

// pixels loads a part of a tile of pixels. It uses BX.
func (k *matrixKernel) pixels(to, tile, part int) {
	base := reg.RSI
	if part > 0 {
		base = reg.RBX
		k.LEAQ(operand.Mem{Base: reg.RSI, Index: reg.R9, Scale: uint8(part)}, base)
	}
	k.load(to, base, reg.R10, tile*tileBytes)
}

// twoBlocks keeps two tiles of pixels and two of weights, and loads what changes from one product of parts to the next.
func (k *matrixKernel) twoBlocks(parts int, factors []factor) {
	pixels, weights := -1, -1
	for _, f := range factors {
		for tile := range 2 {
			if f.pixels != pixels {
				k.pixels(4+tile, tile, f.pixels)
			}
			if f.weights != weights {
				k.load(6+tile, reg.RDI, reg.R10, (tile*parts+f.weights)*tileBytes)
			}
		}
		pixels, weights = f.pixels, f.weights
		for tile := range 2 {
			for output := range 2 {
				k.multiply(4+tile, 6+output, k.sum(tile, output))
			}
		}
	}
}

// oneBlock keeps all parts of the weights and one tile of pixels at a time.
func (k *matrixKernel) oneBlock(parts int, factors []factor) {
	for part := range parts {
		k.load(5+part, reg.RDI, reg.R10, part*tileBytes)
	}
	for tile := range k.shape.pixels {
		pixels := -1
		for _, f := range ordered(factors) {
			if f.pixels != pixels {
				k.pixels(4, tile, f.pixels)
				pixels = f.pixels
			}
			k.multiply(4, 5+f.weights, k.sum(tile, 0))
		}
	}
}

// ordered returns factors with those of the same pixels together.
func ordered(factors []factor) []factor {
	var all []factor
	for part := range partCount {
		for _, f := range factors {
			if f.pixels == part {
				all = append(all, f)
			}
		}
	}
	return all
}
