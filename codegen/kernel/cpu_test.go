package kernel

import "testing"

// TestChosenInstructions holds that a name lowers the level and never raises it above what there is.
func TestChosenInstructions(t *testing.T) {
	for _, c := range []struct {
		name            string
		supported, want instructions
	}{
		{"", amx, amx}, {"", portable, portable}, {"nonsense", avx2, avx2}, {"portable", amx, portable}, {"avx2", amx, avx2}, {"avx512", amx, avx512},
		{"amx", amx, amx}, {"amx", avx512, avx512}, {"avx512", avx2, avx2}, {"amx-always", amx, amxAlways}, {"amx-always", avx512, avx512},
		{"amx-always", portable, portable},
	} {
		if got := chosenInstructions(c.name, c.supported); got != c.want {
			t.Errorf("%q of %d is %d, want %d", c.name, c.supported, got, c.want)
		}
	}
	if allowed(avx512) != avx512 {
		t.Error("AVX-512 needs no leave")
	}
}
