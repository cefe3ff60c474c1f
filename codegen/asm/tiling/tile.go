package tiling

import "github.com/netc-lang/netc/codegen/asm/isa"

// The integer registers of a transform.
const (
	tSettings = isa.I0 // the struct
	tLeft     = isa.I1 // tiles
	tAt       = isa.I2 // the column or row at hand
	tBetween  = isa.I3 // room for the square between the two multiplications
	tIn       = isa.I4
	tOut      = isa.I5
	tInRow    = isa.I6 // the pitch of the tile's rows; two more registers serve the addresses
	tOutCol   = isa.I9 // the pitch of the transform's columns; likewise
	tBias     = isa.I12
)

// tileKernel writes the routines that transform tiles for Winograd's algorithm F(4×4, 3×3): a square of vectors is
// multiplied with a matrix from the left and with the same, transposed, from the right (Lavin and Gray,
// arXiv:1509.09308).
//
// The first vector registers are what a transform takes and leaves; behind them stand its constants.
type tileKernel struct {
	writer
	inRows, outColumns isa.Row
}

// transform is a matrix by which vectors are multiplied.
type transform struct {
	name      string
	from, to  int // its columns and rows
	constants []isa.Number
	// multiply takes the first registers and leaves the results in those that it returns.
	multiply func(k *tileKernel, x, constants []isa.Vec) []isa.Vec
	biased   bool
}

// transformed is how many vector registers a transform has.
const transformed = 11

var transforms = []transform{
	{"tileInput", 6, 6, []isa.Number{2, 4, -5}, (*tileKernel).input, false},
	{"tileFilter", 3, 6, []isa.Number{1.0 / 4, -1.0 / 6, 1.0 / 24, 1.0 / 12, 1.0 / 6}, (*tileKernel).filter, false},
	{"tileOutput", 6, 4, []isa.Number{2, 4, 8}, (*tileKernel).output, true},
}

// Tile writes the routines of all transforms.
func Tile(m isa.Machine) {
	k := &tileKernel{writer: writer{m}}
	k.inRows = m.RowOf(tAt, tInRow, isa.I7, isa.I8)
	k.outColumns = m.RowOf(tAt, tOutCol, isa.I10, isa.I11)
	k.Constants("tiles" + m.Set().Name)
	for _, t := range transforms {
		k.inRows.Use(t.from)
		k.outColumns.Use(t.to)
		k.write(t)
	}
}

func (k *tileKernel) write(t transform) {
	k.Routine(t.name+k.name(), "func(t *byte)")
	k.Compute(0)
	k.LoadInt(isa.Param("t", 0), tSettings)
	for _, load := range []struct {
		offset int
		to     isa.Int
	}{
		{tileIn, tIn}, {tileOut, tOut}, {tileBetween, tBetween}, {tileCount, tLeft},
		{tileInRow, tInRow}, {tileOutColumn, tOutCol},
	} {
		k.LoadInt(isa.At(tSettings, load.offset), load.to)
	}
	k.inRows.SetPitch()
	k.outColumns.SetPitch()
	constants := make([]isa.Vec, len(t.constants))
	for i, n := range t.constants {
		constants[i] = isa.Vec(transformed + i)
		k.Load(n, constants[i])
	}
	registers := make([]isa.Vec, transformed)
	for i := range registers {
		registers[i] = isa.Vec(i)
	}
	k.Label("tile")
	k.eachHalf(func(_, displacement int) {
		k.columns(t, displacement, registers, constants)
		k.rows(t, displacement, registers, constants)
	})
	k.AddMem(isa.At(tSettings, tileInStep), tIn)
	k.AddMem(isa.At(tSettings, tileOutStep), tOut)
	k.Repeat(tLeft, "tile")
	k.Finish(0)
}

// between returns where an element of the square lies between the multiplications.
func (k *tileKernel) between(t transform, row, column int) isa.Mem {
	return isa.At(tBetween, (row*t.from+column)*k.Bytes())
}

// columns multiplies the columns of the tile.
func (k *tileKernel) columns(t transform, displacement int, registers, constants []isa.Vec) {
	k.CopyInt(tIn, tAt)
	for column := range t.from {
		k.inRows.Start()
		for row := range t.from {
			k.Load(k.inRows.At(row, displacement), registers[row])
		}
		for row, result := range t.multiply(k, registers, constants) {
			k.Store(result, k.between(t, row, column))
		}
		if column+1 < t.from {
			k.AddMem(isa.At(tSettings, tileInColumn), tAt)
		}
	}
}

// rows multiplies the rows of what columns left.
func (k *tileKernel) rows(t transform, displacement int, registers, constants []isa.Vec) {
	k.CopyInt(tOut, tAt)
	if t.biased {
		k.LoadInt(isa.At(tSettings, tileBias), tBias)
	}
	for row := range t.to {
		k.outColumns.Start()
		for column := range t.from {
			k.Load(k.between(t, row, column), registers[column])
		}
		for column, result := range t.multiply(k, registers, constants) {
			if t.biased {
				k.Add(isa.At(tBias, displacement), result, result)
			}
			k.Store(result, k.outColumns.At(column, displacement))
		}
		if row+1 < t.to {
			k.AddMem(isa.At(tSettings, tileOutRow), tAt)
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
func (k *tileKernel) input(x, constants []isa.Vec) []isa.Vec {
	two, four, minusFive := constants[0], constants[1], constants[2]
	even, odd, third, fourth := x[6], x[7], x[8], x[9]
	k.Load(x[4], even)
	k.MulSub(four, x[2], even) // x4 − 4·x2
	k.Load(x[3], odd)
	k.MulSub(four, x[1], odd)       // x3 − 4·x1
	k.Sub(x[4], x[2], third)        // x4 − x2
	k.Sub(x[3], x[1], x[10])        // x3 − x1
	k.MulAdd(minusFive, x[2], x[4]) // x4 − 5·x2
	k.MulAdd(four, x[0], x[4])
	k.MulAdd(minusFive, x[3], x[5])
	k.MulAdd(four, x[1], x[5])
	k.Load(third, fourth)
	k.MulAdd(two, x[10], third)
	k.MulSub(two, x[10], fourth)
	k.Add(odd, even, x[0])
	k.Sub(even, odd, x[1])
	return []isa.Vec{x[4], x[0], x[1], third, fourth, x[5]}
}

// filter multiplies with
//
//	1/4      0    0
//	-1/6  -1/6 -1/6
//	-1/6   1/6 -1/6
//	1/24  1/12  1/6
//	1/24 -1/12  1/6
//	0        0    1
func (k *tileKernel) filter(x, constants []isa.Vec) []isa.Vec {
	sum, difference, even, odd := x[3], x[4], x[5], x[6]
	k.Add(x[2], x[0], even)
	k.Add(x[1], even, sum)
	k.Sub(even, x[1], difference)
	k.Mul(constants[1], sum, sum)
	k.Mul(constants[1], difference, difference)
	k.Mul(constants[2], x[0], even)
	k.MulAdd(constants[4], x[2], even)
	k.Mul(constants[3], x[1], odd)
	k.Mul(constants[0], x[0], x[0])
	k.Add(odd, even, x[1])
	k.Sub(even, odd, even)
	return []isa.Vec{x[0], sum, difference, x[1], even, x[2]}
}

// output multiplies with
//
//	1  1  1  1  1  0
//	0  1 -1  2 -2  0
//	0  1  1  4  4  0
//	0  1 -1  8 -8  1
func (k *tileKernel) output(x, constants []isa.Vec) []isa.Vec {
	two, four, eight := constants[0], constants[1], constants[2]
	sum, difference, sum34, difference34 := x[6], x[7], x[8], x[9]
	k.Add(x[2], x[1], sum)
	k.Sub(x[1], x[2], difference)
	k.Add(x[4], x[3], sum34)
	k.Sub(x[3], x[4], difference34)
	k.Add(sum, x[0], x[0])
	k.Add(sum34, x[0], x[0])
	k.Add(difference, x[5], x[5])
	k.MulAdd(eight, difference34, x[5])
	k.MulAdd(two, difference34, difference)
	k.MulAdd(four, sum34, sum)
	return []isa.Vec{x[0], difference, sum, x[5]}
}
