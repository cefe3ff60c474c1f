//go:build !amd64 && !arm64

package kernel

// functionAddress returns 0: there is no routine.
func (has Features) functionAddress(f Kind) uintptr { return 0 }

func (has Features) applyPixels(x *float32, function *activation, pixels int) { noRoutine() }

func (Features) halfFunctionAddress(Kind) uintptr { return 0 }
