package kernel

import (
	"encoding/binary"
	"os"
)

// processorFeatures returns what Linux says in the auxiliary vector. Android may refuse to show it; NEON is what all of
// arm64's processors have.
func processorFeatures() Features {
	vector, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return NEON
	}
	return featuresOf(vector)
}

// featuresOf returns the features that an auxiliary vector tells: pairs of words, a tag and a value (getauxval(3); the
// bits are those of arch/arm64/include/uapi/asm/hwcap.h of Linux).
func featuresOf(vector []byte) Features {
	const capabilities, more = 16, 26 // AT_HWCAP, AT_HWCAP2
	const fphp, asimdhp, asimddp = 1 << 9, 1 << 10, 1 << 20
	const i8mm, bf16 = 1 << 13, 1 << 14
	has := NEON
	set := func(feature Features, value, bits uint64) {
		if value&bits == bits {
			has |= feature
		}
	}
	for ; len(vector) >= 16; vector = vector[16:] {
		value := binary.LittleEndian.Uint64(vector[8:])
		switch binary.LittleEndian.Uint64(vector) {
		case capabilities:
			set(FP16, value, fphp|asimdhp)
			set(DotProd, value, asimddp)
		case more:
			set(I8MM, value, i8mm)
			set(BFloat16, value, bf16)
		case 0: // the end
			return has
		}
	}
	return has
}
