package kernel

func cpuid(leaf, subleaf uint32) (a, b, c, d uint32)

// xgetbv returns which registers the operating system saves.
func xgetbv() (low uint32)

// processorFeatures returns what the processor has and whose registers the operating system saves.
func processorFeatures() Features {
	const osxsave = 1 << 27 // leaf 1, c: without it there is no xgetbv
	saved := uint32(0)
	if _, _, c, _ := cpuid(1, 0); c&osxsave != 0 {
		saved = xgetbv()
	}
	return featuresOf(cpuid, saved)
}

// These are the registers that the operating system saves, as xgetbv tells: those of AVX, of AVX-512 and of AMX.
const (
	ymmSaved   = 0x06
	zmmSaved   = 0xe6
	tilesSaved = 0x600e6
)

// cpuidBits are where each feature is told, by Intel's manual (volume 2, CPUID): leaf, subleaf, register and bits, all
// of which must be set, and the registers that the system must save.
var cpuidBits = []struct {
	feature       Features
	leaf, subleaf uint32
	register      int // a, b, c, d
	bits          uint32
	saved         uint32
}{
	{FMA, 1, 0, 2, 1<<12 | 1<<28, ymmSaved}, // and AVX
	{F16C, 1, 0, 2, 1 << 29, ymmSaved},
	{AVX2, 7, 0, 1, 1 << 5, ymmSaved},
	{AVX512, 7, 0, 1, 1<<16 | 1<<17, zmmSaved}, // F and DQ
	{AVX512VNNI, 7, 0, 2, 1 << 11, zmmSaved},
	{AMX, 7, 0, 3, 1<<22 | 1<<24, tilesSaved}, // BF16 and TILE
	{AMXInt8, 7, 0, 3, 1 << 25, tilesSaved},
	{AVXVNNI, 7, 1, 0, 1 << 4, ymmSaved},
	{AVX512BF16, 7, 1, 0, 1 << 5, zmmSaved},
}

// featuresOf returns the features that cpuid tells, if these registers are saved.
func featuresOf(cpuid func(leaf, subleaf uint32) (a, b, c, d uint32), saved uint32) Features {
	highest, _, _, _ := cpuid(0, 0)
	var has Features
	for _, f := range cpuidBits {
		if f.leaf > highest || saved&f.saved != f.saved {
			continue
		}
		if last, _, _, _ := cpuid(f.leaf, 0); f.leaf == 7 && f.subleaf > last {
			continue
		}
		a, b, c, d := cpuid(f.leaf, f.subleaf)
		if [...]uint32{a, b, c, d}[f.register]&f.bits == f.bits {
			has |= f.feature
		}
	}
	return has.closed()
}
