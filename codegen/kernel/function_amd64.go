package kernel

// applyAVX512 and applyAVX2 apply a function to accumulators; only assembly calls them.
func applyAVX512()
func applyAVX2()

// The routines apply a function to pixels of 16 lanes, of which there is at least one.

//go:noescape
func applyPixelsAVX512(x *float32, function, pixels int)

//go:noescape
func applyPixelsAVX2(x *float32, function, pixels int)

// apply replaces every element of x by the function of it.
func (has Features) apply(x []float32, f Function) {
	const lanes = 16
	whole := len(x) / lanes
	switch {
	case f == Identity || has == portable || whole == 0:
		applyPortable(x, f)
		return
	case has.has(AVX512):
		applyPixelsAVX512(&x[0], int(f), whole)
	default:
		applyPixelsAVX2(&x[0], int(f), whole)
	}
	applyPortable(x[whole*lanes:], f)
}
