package kernel

import (
	"strings"
	"testing"
)

// TestCheckHost holds which texts NETC_CPU can be.
func TestCheckHost(t *testing.T) {
	for _, text := range []string{
		"", "portable", "avx2", "avx512", "amx", "amx-always", "avx2,fma", "-avx512", "-amx,-f16c",
		"avx512,-avx512-vnni", "neon", "neon,fp16,dotprod,i8mm,bf16", "-avx-vnni", "-fp16",
	} {
		t.Setenv("NETC_CPU", text)
		if err := CheckHost(); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{
		"avx-512", "AVX2", "avx2 ", "none", "-portable", "avx2,", ",", "-", "--avx2", "-amx-always",
	} {
		t.Setenv("NETC_CPU", text)
		if err := CheckHost(); err == nil || !strings.Contains(err.Error(), "can be portable, avx2") ||
			!strings.Contains(err.Error(), "avx512-bf16, amx, amx-int8, neon, fp16") {
			t.Errorf("NETC_CPU=%q: %v", text, err)
		}
	}
}

// TestFeaturesString lists what a processor has, in the words of its makers.
func TestFeaturesString(t *testing.T) {
	for has, want := range map[Features]string{
		portable: "portable Go", AVX2 | FMA: "AVX2 FMA", AVX2 | FMA | AVX512: "AVX2 FMA AVX-512", NEON: "NEON",
	} {
		if got := has.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestLimited holds that a text takes features away, with what needs them, and never adds what there is not.
func TestLimited(t *testing.T) {
	const old = AVX2 | FMA | F16C
	const of512 = old | AVXVNNI | AVX512 | AVX512VNNI | AVX512BF16
	const all = of512 | AMX | AMXInt8
	const arm = NEON | FP16 | DotProd | I8MM | BFloat16
	for _, c := range []struct {
		text            string
		supported, want Features
	}{
		{"", all, all}, {"", portable, portable}, {"nonsense", old, old}, {"portable", all, portable},
		{"portable", arm, portable},
		{"avx2", all, old | AVXVNNI}, {"avx512", all, of512}, {"avx512", old, old}, {"avx2", arm, arm},
		{"amx", all, all}, {"amx", of512, of512},
		{"amx-always", all, all | alwaysAMX}, {"amx-always", of512, of512}, {"amx-always", portable, portable},
		{"-avx512", all, old | AVXVNNI}, {"-amx", all, of512}, {"-amx-int8", all, all &^ AMXInt8},
		{"-fma", all, portable}, {"-avx2", all, FMA}, {"-f16c", all, all &^ F16C},
		{"-avx512-vnni,-amx", all, of512 &^ AVX512VNNI}, {"-amx,-avx512", of512, old | AVXVNNI},
		{"fma", all, FMA}, {"f16c,fma", all, FMA}, {"avx2,avx512", all, of512}, {"avx512,-f16c", all, of512 &^ F16C},
		{"portable,neon", arm, NEON}, {"neon", arm, NEON}, {"neon,fp16", arm, NEON | FP16}, {"fp16", arm, portable},
		{"-fp16,-bf16", arm, NEON | DotProd | I8MM}, {"-neon", arm, portable}, {"neon,fp16", NEON, NEON},
		{"amx-always,-amx", all, of512},
	} {
		if got := limited(c.text, c.supported); got != c.want {
			t.Errorf("%q of %s is %s, want %s", c.text, c.supported, got, c.want)
		}
	}
}

// TestHost holds that the machine is asked when Host is called.
func TestHost(t *testing.T) {
	t.Setenv("NETC_CPU", "portable")
	if got := Host().Has; got != portable {
		t.Errorf("with NETC_CPU=portable, the machine has %s", got)
	}
}

// TestFeatureNames holds that each feature is in the table once, after what it needs.
func TestFeatureNames(t *testing.T) {
	var seen Features
	for _, known := range members {
		if seen.has(known.feature) {
			t.Errorf("%s is there twice", known.call)
		}
		seen |= known.feature
	}
	for _, known := range members {
		if known.needs&^seen != 0 || known.needs.has(known.feature) {
			t.Errorf("%s needs %s", known.call, known.needs)
		}
	}
	if seen != alwaysAMX<<1-1 {
		t.Errorf("the table has %b", seen)
	}
	for _, set := range Sets() {
		if set.closed() != set {
			t.Errorf("no processor has %s alone", set)
		}
	}
}
