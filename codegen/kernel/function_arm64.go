package kernel

// applyPixelsNEON applies a function to pixels of 16 lanes, of which there is at least one.
//
//go:noescape
func applyPixelsNEON(x *float32, function *activation, pixels int)

// functionAddress returns the address of the routine for a function, or 0 for the identity and where there is none.
func (has Features) functionAddress(f Kind) uintptr {
	if !has.has(NEON) {
		return 0
	}
	return functionOfNEON(f)
}

func (has Features) applyPixels(x *float32, function *activation, pixels int) {
	if !has.has(NEON) {
		noRoutine()
	}
	applyPixelsNEON(x, function, pixels)
}

// halfFunctionAddress returns the address of the routine of float16 for a function, or 0 where there is none.
func (has Features) halfFunctionAddress(f Kind) uintptr {
	if !has.has(FP16) {
		return 0
	}
	return functionOfHalf(f)
}
