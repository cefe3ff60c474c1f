package kernel

import (
	"fmt"
	"os"
	"strings"
)

// Features is a set of what a processor can do. With a member it has all that this one needs: see members.
type Features uint32

// The features that kernels ask for, or may ask for: those for which there is no routine yet change nothing.
const (
	AVX2       Features = 1 << iota // x86-64
	FMA                             // multiply-add in 256 bits
	F16C                            // conversion of float16
	AVXVNNI                         // products of bytes in 256 bits
	AVX512                          // AVX-512 F and DQ
	AVX512VNNI                      // products of bytes in 512 bits
	AVX512BF16                      // products of bfloat16 in 512 bits
	AMX                             // tiles and products of bfloat16, and the system lets the process use them
	AMXInt8                         // products of bytes in tiles
	NEON                            // arm64: float32, which every processor has
	FP16                            // arithmetic of float16 (FEAT_FP16)
	DotProd                         // products of bytes, by fours (FEAT_DotProd)
	I8MM                            // products of matrices of bytes (FEAT_I8MM)
	BFloat16                        // products of bfloat16 (FEAT_BF16)

	alwaysAMX // AMX is used wherever it can be, and not only where it is faster: for tests
)

// portable is the set of a processor of which nothing is known: kernels are computed in Go.
const portable Features = 0

// members are all features: what NETC_CPU calls them, what people do, and what kernels that ask for one use besides.
var members = []struct {
	feature    Features
	name, call string
	needs      Features
}{
	{AVX2, "avx2", "AVX2", FMA},
	{FMA, "fma", "FMA", 0},
	{F16C, "f16c", "F16C", AVX2},
	{AVXVNNI, "avx-vnni", "AVX-VNNI", AVX2},
	{AVX512, "avx512", "AVX-512", AVX2},
	{AVX512VNNI, "avx512-vnni", "AVX-512-VNNI", AVX512},
	{AVX512BF16, "avx512-bf16", "AVX-512-BF16", AVX512},
	{AMX, "amx", "AMX", AVX512},
	{AMXInt8, "amx-int8", "AMX-INT8", AMX},
	{NEON, "neon", "NEON", 0},
	{FP16, "fp16", "FP16", NEON},
	{DotProd, "dotprod", "DotProd", NEON},
	{I8MM, "i8mm", "I8MM", NEON},
	{BFloat16, "bf16", "BF16", NEON},
	{alwaysAMX, "", "", AMX},
}

// limits are words of NETC_CPU for a generation of x86-64: they take away what came later, and nothing on other
// processors. portable takes everything away, amx nothing; amx-always is for tests.
var limits = []struct {
	name string
	away Features
}{
	{"portable", ^portable},
	{"avx2", AVX512 | AVX512VNNI | AVX512BF16 | AMX | AMXInt8},
	{"avx512", AMX | AMXInt8},
	{"amx", 0},
	{"amx-always", 0},
}

// has reports whether a feature is in the set.
func (f Features) has(feature Features) bool { return f&feature != 0 }

// noRoutine panics where a routine is called for which the set lacks the feature: what it would do is undefined. It is
// a variable so that analysers do not see that it never returns: in a package without routines of the matrix unit, they
// would call the loops around those a mistake.
var noRoutine = func() { panic("kernel: a routine is called that this processor does not have") }

// closed takes those members away that lack what they need.
func (f Features) closed() Features {
	for before := ^f; before != f; {
		before = f
		for _, known := range members {
			if f&known.needs != known.needs {
				f &^= known.feature
			}
		}
	}
	return f
}

// String lists the features: "AVX2 FMA AVX-512".
func (f Features) String() string {
	var names []string
	for _, known := range members {
		if f.has(known.feature) && known.call != "" {
			names = append(names, known.call)
		}
	}
	if names == nil {
		return "portable Go"
	}
	return strings.Join(names, " ")
}

// Host returns the machine that the program runs on: with all that processor and system support, or less if the
// environment variable NETC_CPU says so. That is a list of words, divided by commas:
//
//	avx512        what came later is taken away; likewise portable, avx2, and amx, which takes away nothing
//	avx2,fma      only these features are left
//	-amx,-f16c    these are taken away, and what needs them
//
// Names of features are those of the table above. amx-always is for tests of AMX.
func Host() *Machine {
	has := limited(os.Getenv("NETC_CPU"), processorFeatures())
	if has.has(AMX) && !allowTiles() {
		has = (has &^ AMX).closed()
	}
	return &Machine{Has: has}
}

// CheckHost says what is wrong with NETC_CPU. Whoever sets it measures or tests, and would take a misspelt name for
// what they meant.
func CheckHost() error {
	text := os.Getenv("NETC_CPU")
	if text == "" {
		return nil
	}
	var names []string
	for _, known := range members {
		if known.name != "" {
			names = append(names, known.name)
		}
	}
	for _, word := range strings.Split(text, ",") {
		_, isFeature := featureNamed(strings.TrimPrefix(word, "-"))
		_, isLimit := limitNamed(word)
		if !isFeature && !isLimit {
			return fmt.Errorf("the environment variable NETC_CPU is %q, but can be portable, avx2, avx512 or amx, or "+
				"a list, divided by commas, of features to keep, or, with a minus before each, to take away: %s", text,
				strings.Join(names, ", "))
		}
	}
	return nil
}

func featureNamed(name string) (Features, bool) {
	for _, known := range members {
		if known.name == name && name != "" {
			return known.feature, true
		}
	}
	return 0, false
}

func limitNamed(name string) (away Features, ok bool) {
	for _, limit := range limits {
		if limit.name == name {
			return limit.away, true
		}
	}
	return 0, false
}

// limited returns what is left of a set by a text that NETC_CPU may be: the features that it names, or all if it names
// none, without those that it takes away. It never adds a feature.
func limited(text string, supported Features) Features {
	var kept, away, more Features
	keeps := false
	for _, word := range strings.Split(text, ",") {
		feature, isFeature := featureNamed(strings.TrimPrefix(word, "-"))
		limit, isLimit := limitNamed(word)
		switch {
		case strings.HasPrefix(word, "-"):
			away |= feature
		case isLimit:
			kept, keeps = kept|supported&^limit, true
		case isFeature:
			kept, keeps = kept|feature, true
		}
		if word == "amx-always" {
			more = alwaysAMX
		}
	}
	if keeps {
		supported &= kept
	}
	return (supported&^away | more).closed()
}
