package kernel

// applyAVX512 applies a function to accumulators; only assembly calls it.
func applyAVX512()

// apply replaces every element of x by the function of it.
func apply(x []float32, f function) { applyPortable(x, f) }
