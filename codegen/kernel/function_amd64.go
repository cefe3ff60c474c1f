package kernel

// applyAVX512 and applyAVX2 apply a function to accumulators; only assembly calls them.
func applyAVX512()
func applyAVX2()

// apply replaces every element of x by the function of it.
func apply(x []float32, f function) { applyPortable(x, f) }
