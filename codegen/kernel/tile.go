package kernel

// tileSide is how many output pixels a tile has on each side, tileReach how many input pixels it sees, tilePoints the
// size of its transform: this is Winograd's algorithm F(4×4, 3×3) (Lavin and Gray, arXiv:1509.09308).
const (
	tileSide   = 4
	tileReach  = tileSide + 2
	tilePoints = tileReach * tileReach
)

// The algorithm multiplies polynomials by their values at 0, ∞, ±a and ±b. With ±1 and ±2, as Lavin and Gray have it,
// results of 64 to 256 channels were 4.3 times as far from exact ones as those of the direct algorithm, with these 1.9
// to 2.1 times (mean of squares); those of other multiples of 1/16 and of ±√½ and ±√2 are no better. Powers of both
// are float32 numbers.
const (
	pointA, pointB   = 5.0 / 8, 3.0 / 2
	squareA, squareB = pointA * pointA, pointB * pointB
)

// tile describes squares of pixels that are transformed one after the other, each pixel of a block's lanes.
type tile struct {
	in, out                      []float32
	between                      []float32 // tilePoints pixels of scratch
	bias                         []float32 // of the lanes, added to each pixel of an output
	count                        int       // of squares
	inRow, inColumn, inSquare    int       // inSquare lies between squares
	outRow, outColumn, outSquare int
}

// square applies a transform to the columns and then to the rows of every square.
func (t *tile) square(from, to int, transform func(x [tileReach]float32) [tileReach]float32) {
	for n := range t.count {
		for lane := range lanes {
			var columns [tileReach][tileReach]float32 // one after the other
			for column := range from {
				var x [tileReach]float32
				for row := range from {
					x[row] = t.in[n*t.inSquare+row*t.inRow+column*t.inColumn+lane]
				}
				columns[column] = transform(x)
			}
			for row := range to {
				var x [tileReach]float32
				for column := range from {
					x[column] = columns[column][row]
				}
				y := transform(x)
				for column := range to {
					if t.bias != nil {
						y[column] += t.bias[lane]
					}
					at := n*t.outSquare + row*t.outRow + column*t.outColumn
					t.out[at+lane] = y[column]
				}
			}
		}
	}
}

func (t *tile) inputPortable() {
	t.square(tileReach, tileReach, func(x [tileReach]float32) [tileReach]float32 {
		evenA, oddA, evenB, oddB := x[4]-squareB*x[2], x[3]-squareB*x[1], x[4]-squareA*x[2], x[3]-squareA*x[1]
		return [...]float32{x[4] - (squareA+squareB)*x[2] + squareA*squareB*x[0], evenA + pointA*oddA,
			evenA - pointA*oddA, evenB + pointB*oddB, evenB - pointB*oddB,
			x[5] - (squareA+squareB)*x[3] + squareA*squareB*x[1]}
	})
}

func (t *tile) filterPortable() {
	const scaleA, scaleB = 1 / (2 * squareA * (squareA - squareB)), 1 / (2 * squareB * (squareB - squareA))
	t.square(3, tileReach, func(x [tileReach]float32) [tileReach]float32 {
		evenA, oddA := x[0]*scaleA+x[2]*(scaleA*squareA), x[1]*(scaleA*pointA)
		evenB, oddB := x[0]*scaleB+x[2]*(scaleB*squareB), x[1]*(scaleB*pointB)
		return [...]float32{x[0] * (1 / (squareA * squareB)), evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB,
			x[2]}
	})
}

func (t *tile) outputPortable() {
	t.square(tileReach, tileSide, func(x [tileReach]float32) [tileReach]float32 {
		sumA, differenceA, sumB, differenceB := x[1]+x[2], x[1]-x[2], x[3]+x[4], x[3]-x[4]
		return [...]float32{x[0] + sumA + sumB, pointA*differenceA + pointB*differenceB, squareA*sumA + squareB*sumB,
			pointA*squareA*differenceA + pointB*squareB*differenceB + x[5], 0, 0}
	})
}
