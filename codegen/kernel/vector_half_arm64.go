package kernel

// The routines work on pixels of 32 lanes of float16, of which there is at least one.

//go:noescape
func scaleRowsHalf(out, in, factors *float32, rows int)

//go:noescape
func multiplyLanesHalf(out, in, factors *float32, pixels int)

//go:noescape
func sumPixelsHalf(out, in *float32, pixels int)

//go:noescape
func widenPixelsHalf(a, b, in *float32, pitch, pixels int)

//go:noescape
func narrowPixelsHalf(out, a, b *float32, pitch, pixels int)

//go:noescape
func addWidenedHalf(sums, in *float32, pixels int)

// mustHalf panics where the processor does not compute with float16.
func (has Features) mustHalf() {
	if !has.has(FP16) {
		noRoutine()
	}
}

// scaleRowsHalf multiplies row k of [rows][32] by factors[k].
func (has Features) scaleRowsHalf(out, in, factors []float32) {
	has.mustHalf()
	scaleRowsHalf(&out[0], &in[0], &factors[0], len(factors))
}

// multiplyLanesHalf multiplies every pixel by factors of the 32 lanes. out may be in.
func (has Features) multiplyLanesHalf(out, in []float32, factors *[lanes]float32) {
	has.mustHalf()
	multiplyLanesHalf(&out[0], &in[0], &factors[0], len(out)/lanes)
}

// sumPixelsHalf adds up the pixels of one block, as float32.
func (has Features) sumPixelsHalf(sum *[halfLanes]float32, in []float32) {
	has.mustHalf()
	sumPixelsHalf(&sum[0], &in[0], len(in)/lanes)
}

// widenPixels makes pixels of two blocks of float32, a pitch apart, of those of one of float16. Where both are the
// same, it is the first that is left there.
func (has Features) widenPixels(a, b, in []float32, pitch, pixels int) {
	has.mustHalf()
	widenPixelsHalf(&a[0], &b[0], &in[0], pitch, pixels)
}

// narrowPixels makes pixels of a block of float16 of those of two of float32, a pitch apart.
func (has Features) narrowPixels(out, a, b []float32, pitch, pixels int) {
	has.mustHalf()
	narrowPixelsHalf(&out[0], &a[0], &b[0], pitch, pixels)
}

// addWidened adds pixels of float16 to sums of float32, [pixels][32].
func (has Features) addWidened(sums, in []float32, pixels int) {
	has.mustHalf()
	addWidenedHalf(&sums[0], &in[0], pixels)
}
