package kernel

// The routine works on squares, of which there is at least one.

//go:noescape
func transposeNEON(out, in *float32, outPitch, inPitch, outStep, inStep, squares int)

// run computes all squares.
func (t *transposed) run(out, in []float32) {
	switch {
	case t.squares == 0:
	case t.has.has(NEON):
		transposeNEON(&out[0], &in[0], t.outPitch, t.inPitch, t.outStep, t.inStep, t.squares)
	default:
		t.portable(out, in)
	}
}
