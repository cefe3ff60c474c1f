package kernel

import (
	"encoding/binary"
	"os"
	"testing"
)

// auxv makes an auxiliary vector of tags and values.
func auxv(pairs ...uint64) (vector []byte) {
	for _, word := range pairs {
		vector = binary.LittleEndian.AppendUint64(vector, word)
	}
	return vector
}

// TestFeaturesOf holds the features that auxiliary vectors tell. The values of AT_HWCAP and AT_HWCAP2 are those that
// Linux reports for the processors.
func TestFeaturesOf(t *testing.T) {
	const base, pageSize, capabilities, more = 33, 6, 16, 26
	for _, c := range []struct {
		name   string
		vector []byte
		want   Features
	}{
		{"Cortex-A53", auxv(base, 0x7f8a1000, capabilities, 0xff, pageSize, 4096, more, 0, 0, 0), NEON},
		{"Cortex-A72", auxv(base, 0x7fb3000, capabilities, 0x887, pageSize, 4096, 0, 0), NEON},
		{"Cortex-A76", auxv(capabilities, 0x100fff|1<<20, more, 0, 0, 0), NEON | FP16 | DotProd},
		{"Neoverse V1", auxv(capabilities, 0xffffffff, more, 1<<13|1<<14, 0, 0),
			NEON | FP16 | DotProd | I8MM | BFloat16},
		{"scalar FP16 alone", auxv(capabilities, 1<<9, 0, 0), NEON},
		{"what follows the end", auxv(0, 0, capabilities, 0xffffffff), NEON},
		{"a vector that is cut off", auxv(capabilities, 1<<20, more, 1<<13)[:24], NEON | DotProd},
		{"nothing", nil, NEON},
	} {
		if got := featuresOf(c.vector); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestProcessor says what the processor at hand is taken for. NETC_WANT_CPU names the features that it must have: for
// runs under emulators.
func TestProcessor(t *testing.T) {
	got := processorFeatures().String()
	t.Log(got)
	if want := os.Getenv("NETC_WANT_CPU"); want != "" && got != want {
		t.Errorf("the processor has %s, want %s", got, want)
	}
}
