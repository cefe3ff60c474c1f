package onnx

import (
	"math"
	"strings"
	"testing"
)

// fromFloat16 is the number that IEEE 754 gives half-precision bits.
func fromFloat16(h uint16) float32 {
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

func fromBFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// TestRounding rounds every number of 16 bits, the middle between it and the next, and what is next to the middle.
func TestRounding(t *testing.T) {
	for _, format := range []struct {
		name string
		to   func(float32) uint16
		from func(uint16) float32
		inf  uint16
	}{{"fp16", toFloat16, fromFloat16, 0x7c00}, {"bf16", toBFloat16, fromBFloat16, 0x7f80}} {
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

func TestBeyondRange(t *testing.T) {
	for kind, values := range map[ElementType][2]float32{Float16: {65519, 65520}, BFloat16: {3.3895e38, math.MaxFloat32}} {
		if _, err := kind.encode([]float32{values[0]}); err != nil {
			t.Errorf("%g in %s: %v", values[0], kind, err)
		}
		if _, err := kind.encode([]float32{values[0], values[1]}); err == nil || !strings.Contains(err.Error(), "beyond") {
			t.Errorf("%g in %s: the error is %v", values[1], kind, err)
		}
	}
}
