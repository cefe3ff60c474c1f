package kernel

import (
	"strings"
	"testing"
)

// TestCheckHost holds that every name that limited knows is known, and no other.
func TestCheckHost(t *testing.T) {
	for _, name := range append([]string{""}, limits...) {
		t.Setenv("NETC_CPU", name)
		if err := CheckHost(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"avx-512", "AVX2", "avx2 ", "none"} {
		t.Setenv("NETC_CPU", name)
		if err := CheckHost(); err == nil || !strings.Contains(err.Error(), "can be portable, avx2") {
			t.Errorf("NETC_CPU=%q: %v", name, err)
		}
	}
}

// TestLimited holds that a name takes features away and never adds what there is not.
func TestLimited(t *testing.T) {
	const all = AVX2 | AVX512 | AMX
	for _, c := range []struct {
		name            string
		supported, want Features
	}{
		{"", all, all}, {"", portable, portable}, {"nonsense", AVX2, AVX2}, {"portable", all, portable},
		{"avx2", all, AVX2}, {"avx512", all, AVX2 | AVX512},
		{"amx", all, all}, {"amx", AVX2 | AVX512, AVX2 | AVX512}, {"avx512", AVX2, AVX2},
		{"amx-always", all, all | alwaysAMX},
		{"amx-always", AVX2 | AVX512, AVX2 | AVX512}, {"amx-always", portable, portable}, {"avx2", NEON, NEON},
		{"portable", NEON, portable},
	} {
		if got := limited(c.name, c.supported); got != c.want {
			t.Errorf("%q of %b is %b, want %b", c.name, c.supported, got, c.want)
		}
	}
}

// TestHost holds that the machine is asked when Host is called.
func TestHost(t *testing.T) {
	t.Setenv("NETC_CPU", "portable")
	if got := Host().Has; got != portable {
		t.Errorf("with NETC_CPU=portable, the machine has %b", got)
	}
}
