package kernel

// transposed describes squares of 16 rows of 16 floats, one behind the other, of which the columns are to become rows:
//
//	out[square·outStep + j·outPitch + i] = in[square·inStep + i·inPitch + j]
//
// All distances are in floats.
type transposed struct {
	outPitch, inPitch int // between the rows of a square
	outStep, inStep   int // between squares
	squares           int
	has               Features
}

// portable computes all squares in Go.
func (t *transposed) portable(out, in []float32) {
	for square := range t.squares {
		from, to := in[square*t.inStep:], out[square*t.outStep:]
		for i := range lanes {
			for j, v := range pixelLanes(from, i*t.inPitch) {
				to[j*t.outPitch+i] = v
			}
		}
	}
}
