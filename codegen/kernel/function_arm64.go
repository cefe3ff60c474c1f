package kernel

// applyNEON applies a function to accumulators; only assembly calls it.
func applyNEON()

// applyPixelsNEON applies a function to pixels of 16 lanes, of which there is at least one.
//
//go:noescape
func applyPixelsNEON(x *float32, function, pixels int)

// apply replaces every element of x by the function of it.
func (has Features) apply(x []float32, f Function) {
	const lanes = 16
	whole := len(x) / lanes
	if f == Identity || has == portable || whole == 0 {
		applyPortable(x, f)
		return
	}
	applyPixelsNEON(&x[0], int(f), whole)
	applyPortable(x[whole*lanes:], f)
}
