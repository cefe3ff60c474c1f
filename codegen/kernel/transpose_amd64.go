package kernel

// The routine works on squares, of which there is at least one.

//go:noescape
func transposeAVX2(out, in *float32, outPitch, inPitch, outStep, inStep, squares int)

//go:noescape
func transposeAVX512(out, in *float32, outPitch, inPitch, outStep, inStep, squares int)

// run computes all squares.
func (t *transposed) run(out, in []float32) {
	switch {
	case t.squares == 0:
	case t.has.has(AVX512):
		transposeAVX512(&out[0], &in[0], t.outPitch, t.inPitch, t.outStep, t.inStep, t.squares)
	case t.has.has(AVX2):
		transposeAVX2(&out[0], &in[0], t.outPitch, t.inPitch, t.outStep, t.inStep, t.squares)
	default:
		t.portable(out, in)
	}
}
