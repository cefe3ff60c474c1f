package kernel

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

func TestHalfToFloat(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: 0x1p-24, 0x03ff: 1023 * 0x1p-24, 0x0400: 0x1p-14,
		0x3555: 1365.0 / 4096, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := HalfToFloat(bits); float64(got) != want {
			t.Errorf("%#04x is %g, want %g", bits, got, want)
		}
	}
	if got := HalfToFloat(0x7e00); got == got {
		t.Errorf("NaN becomes %g", got)
	}
	if got := HalfToFloat(0x8000); !math.Signbit(float64(got)) || got != 0 {
		t.Errorf("−0 becomes %g", got)
	}
}

// TestConvert binds weights of float16 and of float32: those are widened, each to a place of its own, and these stay
// where they are.
func TestConvert(t *testing.T) {
	halves := []uint16{0x3c00, 0xc000, 0x3800}
	var weights []byte
	for i := range 64 {
		weights = binary.NativeEndian.AppendUint16(weights, halves[i%3])
	}
	m := machine()
	first, second := InWeights(0, F16, 16, 2), InWeights(64, F16, 3, 2)
	a, b := m.floats(first), m.floats(second)
	if stay := InWeights(0, F32, 16, 1); m.floats(stay) != stay {
		t.Error("float32 does not stay where it is")
	}
	bound := make([]byte, m.Bound())
	memory := NewMemory(0, nil, weights, bound)
	m.Convert(memory, inTurn)
	for i, place := range []Ref{a, b} {
		var want []float32
		for k := range 32 {
			want = append(want, []float32{1, -2, 0.5}[(32*i+k)%3])
		}
		if got := memory.at(place); !slices.Equal(got, want) || place.Value.Layout.Type != F32 || place.Offset%64 != 0 {
			t.Errorf("%+v holds %v, want %v", place, got, want)
		}
	}
}

// inTurn calls a function for numbers in ascending order.
func inTurn(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}

// TestLayouts holds where each layout has its elements, and how many there is room for.
func TestLayouts(t *testing.T) {
	pairs := Packed(BF16, 20, 6)
	pairs.Layout.Group, pairs.Layout.PixelPitch = 2, 32
	for _, c := range []struct {
		name            string
		v               Value
		c, p, at, bytes int
	}{
		{"blocked", Blocked(F32, 20, 6), 17, 5, 16*6 + 5*16 + 1, 2 * 16 * 6 * 4},
		{"planes", Planes(U8, 3, 10), 2, 7, 27, 30},
		{"channels last", ChannelsLast(U8, 3, 10), 2, 7, 23, 30},
		{"pairs", pairs, 17, 5, 16*6 + 2*32 + 2*1 + 1, 2 * 16 * 6 * 2},
		{"a vector", Packed(F16, 7, 1), 6, 0, 6, 32},
	} {
		if got := c.v.Layout.At(c.c, c.p); got != c.at {
			t.Errorf("%s: element (%d, %d) is the %dth, want %d", c.name, c.c, c.p, got, c.at)
		}
		if got := c.v.Bytes(); got != c.bytes {
			t.Errorf("%s: %d bytes, want %d", c.name, got, c.bytes)
		}
		seen := map[int]bool{}
		for channel := range c.v.Channels {
			for p := range c.v.Pixels {
				at := c.v.Layout.At(channel, p)
				if at < 0 || at >= c.v.Elements() || seen[at] {
					t.Fatalf("%s: element (%d, %d) lies at %d, outside or where another is", c.name, channel, p, at)
				}
				seen[at] = true
			}
		}
	}
}
