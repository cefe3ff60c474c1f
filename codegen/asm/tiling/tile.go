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

// The frame of a transform: distances in bytes.
const (
	tInColumn = 8 * iota
	tInSquare
	tOutRow
	tOutSquare
	tileFrame
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
const transformed = 10

// The points at which polynomials are evaluated, beside 0 and infinity: ±a and ±b. Package kernel says why these.
const (
	pointA, pointB   = 5.0 / 8, 3.0 / 2
	squareA, squareB = pointA * pointA, pointB * pointB
	// The filter's transform at ±p is divided by p²·(p²−q²)·2, where ±q are the other two points.
	scaleA, scaleB = 1 / (2 * squareA * (squareA - squareB)), 1 / (2 * squareB * (squareB - squareA))
)

var transforms = []transform{
	{"tileInput", 6, 6, []isa.Number{pointA, pointB, squareA, squareB, squareA * squareB, -(squareA + squareB)},
		(*tileKernel).input, false},
	{"tileFilter", 3, 6, []isa.Number{scaleA, scaleA * pointA, scaleA * squareA, scaleB, scaleB * pointB,
		1 / (squareA * squareB)}, (*tileKernel).filter, false},
	{"tileOutput", 6, 4, []isa.Number{pointA, pointB, squareA, squareB, pointA * squareA, pointB * squareB},
		(*tileKernel).output, true},
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
	k.Compute(tileFrame)
	k.LoadInt(isa.Param("t", 0), tSettings)
	for _, distance := range []struct{ offset, to int }{
		{tileInColumn, tInColumn}, {tileInSquare, tInSquare}, {tileOutRow, tOutRow}, {tileOutSquare, tOutSquare},
	} {
		k.loadBytes(isa.At(tSettings, distance.offset), tAt)
		k.StoreInt(tAt, isa.Local(distance.to))
	}
	for _, load := range []struct {
		offset int
		to     isa.Int
	}{
		{tileIn, tIn}, {tileOut, tOut}, {tileBetween, tBetween}, {tileCount, tLeft},
	} {
		k.LoadInt(isa.At(tSettings, load.offset), load.to)
	}
	k.loadBytes(isa.At(tSettings, tileInRow), tInRow)
	k.loadBytes(isa.At(tSettings, tileOutColumn), tOutCol)
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
	k.AddMem(isa.Local(tInSquare), tIn)
	k.AddMem(isa.Local(tOutSquare), tOut)
	k.Repeat(tLeft, "tile")
	k.Finish(tileFrame)
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
			k.AddMem(isa.Local(tInColumn), tAt)
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
			k.AddMem(isa.Local(tOutRow), tAt)
		}
	}
}

// input multiplies with
//
//	a²b²     0 -(a²+b²)       0  1  0
//	   0  -ab²      -b²       a  1  0
//	   0   ab²      -b²      -a  1  0
//	   0  -a²b      -a²       b  1  0
//	   0   a²b      -a²      -b  1  0
//	   0  a²b²        0 -(a²+b²) 0  1
func (k *tileKernel) input(x, constants []isa.Vec) []isa.Vec {
	a, b, squareA, squareB, product, minusSum := constants[0], constants[1], constants[2], constants[3], constants[4],
		constants[5]
	evenA, oddA, evenB, oddB := x[6], x[7], x[8], x[9]
	k.Load(x[4], evenA)
	k.MulSub(squareB, x[2], evenA) // x4 − b²·x2
	k.Load(x[3], oddA)
	k.MulSub(squareB, x[1], oddA) // x3 − b²·x1
	k.Load(x[4], evenB)
	k.MulSub(squareA, x[2], evenB) // x4 − a²·x2
	k.Load(x[3], oddB)
	k.MulSub(squareA, x[1], oddB) // x3 − a²·x1
	k.MulAdd(minusSum, x[2], x[4])
	k.MulAdd(product, x[0], x[4])
	k.MulAdd(minusSum, x[3], x[5])
	k.MulAdd(product, x[1], x[5])
	k.Load(evenA, x[0])
	k.MulAdd(a, oddA, x[0])
	k.MulSub(a, oddA, evenA)
	k.Load(evenB, x[1])
	k.MulAdd(b, oddB, x[1])
	k.MulSub(b, oddB, evenB)
	return []isa.Vec{x[4], x[0], evenA, x[1], evenB, x[5]}
}

// filter multiplies with
//
//	1/(a²b²)   0    0
//	   s       sa   sa²
//	   s      -sa   sa²
//	   t       tb   tb²
//	   t      -tb   tb²
//	   0       0    1
//
// where s and t are scaleA and scaleB, and tb² is −sa².
func (k *tileKernel) filter(x, constants []isa.Vec) []isa.Vec {
	s, oddFactor, outer, t, oddFactorB, first := constants[0], constants[1], constants[2], constants[3], constants[4],
		constants[5]
	evenA, oddA, evenB, oddB := x[3], x[4], x[5], x[6]
	k.Mul(s, x[0], evenA)
	k.MulAdd(outer, x[2], evenA)
	k.Mul(oddFactor, x[1], oddA)
	k.Mul(t, x[0], evenB)
	k.MulSub(outer, x[2], evenB)
	k.Mul(oddFactorB, x[1], oddB)
	k.Mul(first, x[0], x[0])
	k.Add(oddA, evenA, x[1])
	k.Sub(evenA, oddA, evenA)
	k.Add(oddB, evenB, x[7])
	k.Sub(evenB, oddB, evenB)
	return []isa.Vec{x[0], x[1], evenA, x[7], evenB, x[2]}
}

// output multiplies with
//
//	1  1   1  1   1  0
//	0  a  -a  b  -b  0
//	0  a²  a² b²  b² 0
//	0  a³ -a³ b³ -b³ 1
func (k *tileKernel) output(x, constants []isa.Vec) []isa.Vec {
	a, b, squareA, squareB, cubeA, cubeB := constants[0], constants[1], constants[2], constants[3], constants[4],
		constants[5]
	sumA, differenceA, sumB, differenceB := x[6], x[7], x[8], x[9]
	k.Add(x[2], x[1], sumA)
	k.Sub(x[1], x[2], differenceA)
	k.Add(x[4], x[3], sumB)
	k.Sub(x[3], x[4], differenceB)
	k.Add(sumA, x[0], x[0])
	k.Add(sumB, x[0], x[0])
	k.MulAdd(cubeA, differenceA, x[5])
	k.MulAdd(cubeB, differenceB, x[5])
	k.Mul(a, differenceA, differenceA)
	k.MulAdd(b, differenceB, differenceA)
	k.Mul(squareA, sumA, sumA)
	k.MulAdd(squareB, sumB, sumA)
	return []isa.Vec{x[0], differenceA, sumA, x[5]}
}
