package kernel

// The routines apply a function to pixels of 16 lanes, of which there is at least one.

//go:noescape
func applyPixelsAVX512(x *float32, function *activation, pixels int)

//go:noescape
func applyPixelsAVX2(x *float32, function *activation, pixels int)

// functionAddress returns the address of the routine for a function, or 0 for the identity and where there is none.
func (has Features) functionAddress(f Kind) uintptr {
	switch {
	case has.has(AVX512):
		return functionOfAVX512(f)
	case has.has(AVX2):
		return functionOfAVX2(f)
	}
	return 0
}

func (has Features) applyPixels(x *float32, function *activation, pixels int) {
	switch {
	case has.has(AVX512):
		applyPixelsAVX512(x, function, pixels)
	case has.has(AVX2):
		applyPixelsAVX2(x, function, pixels)
	default:
		noRoutine()
	}
}

func (Features) halfFunctionAddress(Kind) uintptr { return 0 }
