package kernel

func cpuid(leaf, subleaf uint32) (a, b, c, d uint32)

// xgetbv returns which registers the operating system saves.
func xgetbv() (low uint32)

// processorFeatures returns what the processor has and whose registers the operating system saves.
func processorFeatures() Features {
	const (
		fma, osxsave, avx    = 1 << 12, 1 << 27, 1 << 28 // leaf 1, c
		avx2Bit, fBit, dqBit = 1 << 5, 1 << 16, 1 << 17  // leaf 7, b
		tileBits             = 1<<22 | 1<<24             // leaf 7, d: AMX-BF16 and AMX-TILE
		ymmSaved, zmmSaved   = 0x06, 0xe6                // xgetbv
		tilesSaved           = 0x600e6
	)
	if highest, _, _, _ := cpuid(0, 0); highest < 7 {
		return portable
	}
	_, _, features, _ := cpuid(1, 0)
	if features&(fma|osxsave|avx) != fma|osxsave|avx {
		return portable
	}
	_, extended, _, tiles := cpuid(7, 0)
	saved := xgetbv()
	switch {
	case extended&avx2Bit == 0 || saved&ymmSaved != ymmSaved:
		return portable
	case extended&(fBit|dqBit) != fBit|dqBit || saved&zmmSaved != zmmSaved:
		return AVX2
	case tiles&tileBits != tileBits || saved&tilesSaved != tilesSaved:
		return AVX2 | AVX512
	}
	return AVX2 | AVX512 | AMX
}
