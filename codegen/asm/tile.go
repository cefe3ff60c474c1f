package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tileKernel writes the routines that transform tiles for Winograd's algorithm F(4×4, 3×3): a square of vectors is multiplied with a
// matrix from the left and with the same, transposed, from the right.
//
// The registers: AX the settings, SI and DI the tile and its transform, BX room for the square between the two multiplications, R8, R9,
// R10 the pitch of the tile's rows, 3 and 5 times; R11, R12, R13 the pitch of the transform's columns, 3 and 5 times; DX the column or
// row at hand, CX the tiles left. Vector registers from the first on are what a transform takes, the last are constants.
type tileKernel struct {
	emitter
	numbers *constants
}

// transform is a matrix by which vectors are multiplied.
type transform struct {
	name      string
	from, to  int // its columns and rows
	constants []float32
	// multiply takes the first registers and leaves the results in those that it returns.
	multiply func(k *tileKernel, x, constants []reg.VecPhysical) []reg.VecPhysical
	biased   bool
}

var transforms = []transform{
	{"tileInput", 6, 6, []float32{2, 4, -5}, (*tileKernel).input, false},
	{"tileFilter", 3, 6, []float32{1.0 / 4, -1.0 / 6, 1.0 / 24, 1.0 / 12, 1.0 / 6}, (*tileKernel).filter, false},
	{"tileOutput", 6, 4, []float32{2, 4, 8}, (*tileKernel).output, true},
}

// tile writes the routines of all transforms.
func tile(c *build.Context, m *machine) {
	k := &tileKernel{emitter: emitter{c, m}}
	k.numbers = k.constants("tiles"+m.name, m.bytes/4)
	tables := make([][]operand.Mem, len(transforms))
	for i, t := range transforms {
		for _, v := range t.constants {
			tables[i] = append(tables[i], k.numbers.of(v))
		}
	}
	for i, t := range transforms {
		k.write(t, tables[i])
	}
}

func (k *tileKernel) write(t transform, table []operand.Mem) {
	k.routine(t.name+k.m.name, "func(t *byte)")
	k.compute(0)
	k.MOVQ(operand.NewParamAddr("t", 0), reg.RAX)
	for _, load := range []struct {
		offset int
		to     reg.Register
	}{{tileIn, reg.RSI}, {tileOut, reg.RDI}, {tileBetween, reg.RBX}, {tileCount, reg.RCX}, {tileInRow, reg.R8}, {tileOutColumn, reg.R11}} {
		k.MOVQ(at(reg.RAX, load.offset), load.to)
	}
	for _, pitch := range [][3]reg.Register{{reg.R8, reg.R9, reg.R10}, {reg.R11, reg.R12, reg.R13}} {
		k.LEAQ(operand.Mem{Base: pitch[0], Index: pitch[0], Scale: 2}, pitch[1])
		k.LEAQ(operand.Mem{Base: pitch[0], Index: pitch[0], Scale: 4}, pitch[2])
	}
	numbers := k.m.registers[len(k.m.registers)-len(table):]
	for i, at := range table {
		k.VMOVUPS(at, numbers[i])
	}
	k.Label("tile")
	for half := range k.m.halves {
		k.columns(t, half*k.m.bytes, numbers)
		k.rows(t, half*k.m.bytes, numbers)
	}
	k.ADDQ(at(reg.RAX, tileInStep), reg.RSI)
	k.ADDQ(at(reg.RAX, tileOutStep), reg.RDI)
	k.DECQ(reg.RCX)
	k.JNZ(operand.LabelRef("tile"))
	k.finish(0)
}

// between returns where an element of the square lies between the multiplications.
func (k *tileKernel) between(t transform, row, column int) operand.Mem {
	return at(reg.RBX, (row*t.from+column)*k.m.bytes)
}

// columns multiplies the columns of the tile.
func (k *tileKernel) columns(t transform, displacement int, numbers []reg.VecPhysical) {
	k.MOVQ(reg.RSI, reg.RDX)
	for column := range t.from {
		for row := range t.from {
			k.VMOVUPS(multiple(reg.RDX, row, displacement, map[int]reg.Register{1: reg.R8, 3: reg.R9, 5: reg.R10}), k.m.registers[row])
		}
		for row, result := range t.multiply(k, k.m.registers, numbers) {
			k.VMOVUPS(result, k.between(t, row, column))
		}
		if column+1 < t.from {
			k.ADDQ(at(reg.RAX, tileInColumn), reg.RDX)
		}
	}
}

// rows multiplies the rows of what columns left.
func (k *tileKernel) rows(t transform, displacement int, numbers []reg.VecPhysical) {
	k.MOVQ(reg.RDI, reg.RDX)
	if t.biased {
		k.MOVQ(at(reg.RAX, tileBias), reg.R14)
	}
	for row := range t.to {
		for column := range t.from {
			k.VMOVUPS(k.between(t, row, column), k.m.registers[column])
		}
		for column, result := range t.multiply(k, k.m.registers, numbers) {
			if t.biased {
				k.VADDPS(at(reg.R14, displacement), result, result)
			}
			k.VMOVUPS(result, multiple(reg.RDX, column, displacement, map[int]reg.Register{1: reg.R11, 3: reg.R12, 5: reg.R13}))
		}
		if row+1 < t.to {
			k.ADDQ(at(reg.RAX, tileOutRow), reg.RDX)
		}
	}
}

// input multiplies with
//
//	4  0 -5  0  1  0
//	0 -4 -4  1  1  0
//	0  4 -4 -1  1  0
//	0 -2 -1  2  1  0
//	0  2 -1 -2  1  0
//	0  4  0 -5  0  1
func (k *tileKernel) input(x, numbers []reg.VecPhysical) []reg.VecPhysical {
	two, four, minusFive := numbers[0], numbers[1], numbers[2]
	even, odd, third, fourth := x[6], x[7], x[8], x[9]
	k.VMOVAPS(x[4], even)
	k.VFNMADD231PS(four, x[2], even) // x4 − 4·x2
	k.VMOVAPS(x[3], odd)
	k.VFNMADD231PS(four, x[1], odd)      // x3 − 4·x1
	k.VSUBPS(x[2], x[4], third)          // x4 − x2
	k.VSUBPS(x[1], x[3], x[10])          // x3 − x1
	k.VFMADD231PS(minusFive, x[2], x[4]) // x4 − 5·x2
	k.VFMADD231PS(four, x[0], x[4])
	k.VFMADD231PS(minusFive, x[3], x[5])
	k.VFMADD231PS(four, x[1], x[5])
	k.VMOVAPS(third, fourth)
	k.VFMADD231PS(two, x[10], third)
	k.VFNMADD231PS(two, x[10], fourth)
	k.VADDPS(odd, even, x[0])
	k.VSUBPS(odd, even, x[1])
	return []reg.VecPhysical{x[4], x[0], x[1], third, fourth, x[5]}
}

// filter multiplies with
//
//	1/4      0    0
//	-1/6  -1/6 -1/6
//	-1/6   1/6 -1/6
//	1/24  1/12  1/6
//	1/24 -1/12  1/6
//	0        0    1
func (k *tileKernel) filter(x, numbers []reg.VecPhysical) []reg.VecPhysical {
	sum, difference, even, odd := x[3], x[4], x[5], x[6]
	k.VADDPS(x[2], x[0], even)
	k.VADDPS(x[1], even, sum)
	k.VSUBPS(x[1], even, difference)
	k.VMULPS(numbers[1], sum, sum)
	k.VMULPS(numbers[1], difference, difference)
	k.VMULPS(numbers[2], x[0], even)
	k.VFMADD231PS(numbers[4], x[2], even)
	k.VMULPS(numbers[3], x[1], odd)
	k.VMULPS(numbers[0], x[0], x[0])
	k.VADDPS(odd, even, x[1])
	k.VSUBPS(odd, even, even)
	return []reg.VecPhysical{x[0], sum, difference, x[1], even, x[2]}
}

// output multiplies with
//
//	1  1  1  1  1  0
//	0  1 -1  2 -2  0
//	0  1  1  4  4  0
//	0  1 -1  8 -8  1
func (k *tileKernel) output(x, numbers []reg.VecPhysical) []reg.VecPhysical {
	two, four, eight := numbers[0], numbers[1], numbers[2]
	sum, difference, sum34, difference34 := x[6], x[7], x[8], x[9]
	k.VADDPS(x[2], x[1], sum)
	k.VSUBPS(x[2], x[1], difference)
	k.VADDPS(x[4], x[3], sum34)
	k.VSUBPS(x[4], x[3], difference34)
	k.VADDPS(sum, x[0], x[0])
	k.VADDPS(sum34, x[0], x[0])
	k.VADDPS(difference, x[5], x[5])
	k.VFMADD231PS(eight, difference34, x[5])
	k.VFMADD231PS(two, difference34, difference)
	k.VFMADD231PS(four, sum34, sum)
	return []reg.VecPhysical{x[0], difference, sum, x[5]}
}
