package kernel

import "os"

// instructions is a level of what the processor can do, each including those before it.
type instructions int

const (
	portable  instructions = iota // Go alone
	avx2                          // AVX2 and FMA
	avx512                        // AVX-512 F and DQ
	amx                           // AMX with BF16, of which the system lets the process use the tiles
	amxAlways                     // the same wherever it can be used, and not only where it is faster
)

// level is what kernels use: the best that processor and operating system support, or less if the environment variable
// NETC_CPU says so: portable, avx2, avx512, amx, or amx-always to test the matrix unit.
var level = allowed(chosenInstructions(os.Getenv("NETC_CPU"), processorInstructions()))

// chosenInstructions returns the named level, but no more than what is supported.
func chosenInstructions(name string, supported instructions) instructions {
	for i, known := range []string{"portable", "avx2", "avx512", "amx", "amx-always"} {
		switch {
		case name != known:
		case supported == amx:
			return instructions(i)
		default:
			return min(instructions(i), supported)
		}
	}
	return supported
}

// allowed returns the level, or a lower one if the system does not let the process use what it needs.
func allowed(wanted instructions) instructions {
	if wanted >= amx && !allowTiles() {
		return avx512
	}
	return wanted
}
