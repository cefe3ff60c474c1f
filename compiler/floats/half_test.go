package floats

import (
	"math"
	"testing"
)

// ieeeHalf is the number that IEEE 754 gives half-precision bits.
func ieeeHalf(h uint16) float32 {
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(h>>10&31), float64(h&1023)
	switch {
	case exponent == 31 && fraction != 0:
		return float32(math.NaN())
	case exponent == 31:
		return float32(math.Inf(int(sign)))
	case exponent == 0:
		return float32(math.Copysign(fraction*math.Pow(2, -24), sign))
	}
	return float32(sign * (1 + fraction/1024) * math.Pow(2, float64(exponent-15)))
}

// TestRounding rounds every number of 16 bits, the middle between it and the next, and what is next to the middle.
func TestRounding(t *testing.T) {
	for _, format := range []struct {
		name string
		to   func(float32) uint16
		from func(uint16) float32
		inf  uint16
	}{{"fp16", ToFloat16, FromFloat16, 0x7c00}, {"bf16", ToBFloat16, FromBFloat16, 0x7f80}} {
		for magnitude := uint16(0); magnitude < format.inf; magnitude++ {
			for _, sign := range []uint16{0, 0x8000} {
				a := format.from(sign | magnitude)
				if got := format.to(a); got != sign|magnitude {
					t.Fatalf("%s: %g is rounded to %#x, not %#x", format.name, a, got, sign|magnitude)
				}
				if magnitude+1 == format.inf {
					continue
				}
				b := format.from(sign | magnitude + 1)
				middle := float32((float64(a) + float64(b)) / 2)
				even := magnitude + magnitude&1
				if got := format.to(middle); got != sign|even {
					t.Fatalf("%s: %g is rounded to %#x, not to the even %#x", format.name, middle, got, sign|even)
				}
				if got := format.to(math.Nextafter32(middle, a)); got != sign|magnitude {
					t.Fatalf("%s: just before %g is rounded to %#x", format.name, middle, got)
				}
				if got := format.to(math.Nextafter32(middle, b)); got != sign|magnitude+1 {
					t.Fatalf("%s: just behind %g is rounded to %#x", format.name, middle, got)
				}
			}
		}
		if got := format.to(float32(math.NaN())); format.from(got) == format.from(got) {
			t.Errorf("%s: NaN becomes a number", format.name)
		}
		if got := format.to(float32(math.Inf(-1))); got != 0x8000|format.inf {
			t.Errorf("%s: -Inf becomes %#x", format.name, got)
		}
	}
}

// TestFloat16 holds every half-precision number against what IEEE 754 says of its bits.
func TestFloat16(t *testing.T) {
	for h := range 1 << 16 {
		got, want := FromFloat16(uint16(h)), ieeeHalf(uint16(h))
		if math.Float32bits(got) != math.Float32bits(want) && (got == got || want == want) {
			t.Fatalf("%#x is %g, want %g", h, got, want)
		}
	}
}

// TestToFloat16 rounds numbers at the edges of the range.
func TestToFloat16(t *testing.T) {
	for f, want := range map[float32]uint16{
		0: 0, 1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65519: 0x7bff, 65520: 0x7c00, 1e10: 0x7c00, 0x1p-24: 1, 0x1p-25: 0,
		0x1.8p-25: 1,
		0x1p-14:   0x0400, 0x1.ff8p-15: 0x03ff, 1.0 / 3: 0x3555, 1 + 0x1p-11: 0x3c00, 1 + 0x3p-11: 0x3c02,
	} {
		if got := ToFloat16(f); got != want {
			t.Errorf("%g is %#04x, want %#04x", f, got, want)
		}
	}
}

// TestNaN: NaN keeps its sign, and is quiet whichever bits it has.
func TestNaN(t *testing.T) {
	for bits, want := range map[uint32][2]uint16{ // fp16, bf16
		0x7f800001: {0x7e00, 0x7fc0}, 0xff800001: {0xfe00, 0xffc0}, 0x7fc00000: {0x7e00, 0x7fc0},
		0xffffffff: {0xfe00, 0xffff}, 0x7fa10000: {0x7e00, 0x7fe1},
	} {
		f := math.Float32frombits(bits)
		if got := [2]uint16{ToFloat16(f), ToBFloat16(f)}; got != want {
			t.Errorf("NaN %#x becomes %#x, want %#x", bits, got, want)
		}
	}
}
