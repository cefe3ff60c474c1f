package kernel

import (
	"fmt"
	"os"
	"strings"
)

// Features is a set of what a processor can do. AVX512 implies AVX2, and AMX implies AVX512.
type Features uint8

// The features.
const (
	AVX2   Features = 1 << iota // AVX2 and FMA
	AVX512                      // AVX-512 F and DQ
	AMX                         // AMX with BF16, of which the system lets the process use the tiles
	NEON                        // that of arm64

	alwaysAMX // AMX is used wherever it can be, and not only where it is faster: for tests
)

// portable is the set of a processor of which nothing is known: kernels are computed in Go.
const portable Features = 0

// has reports whether a feature is in the set.
func (f Features) has(feature Features) bool { return f&feature != 0 }

// String lists the features: "AVX2 AVX-512".
func (f Features) String() string {
	var names []string
	for _, known := range []struct {
		feature Features
		name    string
	}{{AVX2, "AVX2"}, {AVX512, "AVX-512"}, {AMX, "AMX"}, {NEON, "NEON"}} {
		if f.has(known.feature) {
			names = append(names, known.name)
		}
	}
	if names == nil {
		return "portable Go"
	}
	return strings.Join(names, " ")
}

// Host returns the machine that the program runs on: with all that processor and system support, or less if the
// environment variable NETC_CPU says so. It may be portable, avx2 or avx512, which take away what is beyond; amx, which
// takes nothing away; or amx-always, to test AMX.
func Host() *Machine {
	has := limited(os.Getenv("NETC_CPU"), processorFeatures())
	if has.has(AMX) && !allowTiles() {
		has &^= AMX | alwaysAMX
	}
	return &Machine{Has: has}
}

// limits are what NETC_CPU may be, besides empty.
var limits = []string{"portable", "avx2", "avx512", "amx", "amx-always"}

// CheckHost says what is wrong with NETC_CPU. Whoever sets it measures or tests, and would take a misspelt name for what they
// meant.
func CheckHost() error {
	name := os.Getenv("NETC_CPU")
	for _, known := range limits {
		if name == known || name == "" {
			return nil
		}
	}
	return fmt.Errorf("the environment variable NETC_CPU is %q, but can be %s or empty", name, strings.Join(limits, ", "))
}

// limited takes away from a set what is beyond a named one.
func limited(name string, supported Features) Features {
	switch name {
	case "portable":
		return portable
	case "avx2":
		return supported &^ (AVX512 | AMX)
	case "avx512":
		return supported &^ AMX
	case "amx-always":
		if supported.has(AMX) {
			return supported | alwaysAMX
		}
	}
	return supported
}
