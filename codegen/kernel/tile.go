package kernel

// tileSide is how many output pixels a tile has on each side, tileReach how many input pixels it sees, tilePoints the
// size of its transform: this is Winograd's algorithm F(4×4, 3×3) (Lavin and Gray, arXiv:1509.09308).
const (
	tileSide   = 4
	tileReach  = tileSide + 2
	tilePoints = tileReach * tileReach
)

// tile describes squares of pixels that are transformed one after the other, each pixel of a block's lanes. Pitches are
// in bytes.
type tile struct {
	in, out                    []float32
	between                    []float32 // room for tilePoints pixels
	bias                       []float32 // of the lanes, added to each pixel of an output
	count                      int       // of squares
	inRow, inColumn, inStep    int       // inStep lies between squares
	outRow, outColumn, outStep int
}

// square applies a transform to the columns and then to the rows of every square.
func (t *tile) square(from, to int, transform func(x [tileReach]float32) [tileReach]float32) {
	for n := range t.count {
		for lane := range lanes {
			var columns [tileReach][tileReach]float32 // one after the other
			for column := range from {
				var x [tileReach]float32
				for row := range from {
					x[row] = t.in[(n*t.inStep+row*t.inRow+column*t.inColumn)/4+lane]
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
					t.out[(n*t.outStep+row*t.outRow+column*t.outColumn)/4+lane] = y[column]
				}
			}
		}
	}
}

func (t *tile) inputPortable() {
	t.square(tileReach, tileReach, func(x [tileReach]float32) [tileReach]float32 {
		even, odd, third, fourth := x[4]-4*x[2], x[3]-4*x[1], x[4]-x[2], 2*(x[3]-x[1])
		return [...]float32{4*x[0] - 5*x[2] + x[4], even + odd, even - odd, third + fourth, third - fourth,
			4*x[1] - 5*x[3] + x[5]}
	})
}

func (t *tile) filterPortable() {
	t.square(3, tileReach, func(x [tileReach]float32) [tileReach]float32 {
		outer, even, odd := x[0]+x[2], x[0]*(1.0/24)+x[2]*(1.0/6), x[1]*(1.0/12)
		return [...]float32{x[0] * (1.0 / 4), (outer + x[1]) * (-1.0 / 6), (outer - x[1]) * (-1.0 / 6), even + odd,
			even - odd, x[2]}
	})
}

func (t *tile) outputPortable() {
	t.square(tileReach, tileSide, func(x [tileReach]float32) [tileReach]float32 {
		sum, difference, sum34, difference34 := x[1]+x[2], x[1]-x[2], x[3]+x[4], x[3]-x[4]
		return [...]float32{x[0] + sum + sum34, difference + 2*difference34, sum + 4*sum34,
			difference + 8*difference34 + x[5], 0, 0}
	})
}
