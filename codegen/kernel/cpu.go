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
// NETC_CPU says so by one of the names above.
var level = chosenInstructions(os.Getenv("NETC_CPU"), supportedInstructions())

// chosenInstructions returns the named level, but no more than what is supported.
func chosenInstructions(name string, supported instructions) instructions {
	for i, known := range []string{"portable", "avx2", "avx512", "amx", "amx-always"} {
		if name == known {
			if instructions(i) == amxAlways && supported == amx {
				return amxAlways
			}
			return min(instructions(i), supported)
		}
	}
	return supported
}
