package verify

import (
	"fmt"
	"math"
	"testing"
)

// TestTensors reads the values of tensors in each form that a file may have them in: as bytes, little-endian, as a list
// of floats, or as a list of integers, which of 16-bit floats are the bits.
func TestTensors(t *testing.T) {
	listed := func(kind ElementType, bytes ...byte) Tensor { return Tensor{Type: kind, listed: bytes} }
	raw := func(kind ElementType, bytes ...byte) Tensor { return Tensor{Type: kind, Raw: bytes} }
	ints := func(kind ElementType, values ...int64) Tensor { return Tensor{Type: kind, Ints: values} }
	for i, tt := range []struct {
		tensor Tensor
		want   string // of two elements, or what is wrong with them
	}{
		{listed(Float32, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0), "[1 -2]"},
		{raw(Float32, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0), "[1 -2]"},
		{listed(Float64, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0), "[1 -2]"},
		{raw(Float64, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0), "[1 -2]"},
		{raw(Float16, 0, 0x3c, 0, 0xc0), "[1 -2]"}, {ints(Float16, 0x3c00, 0xc000), "[1 -2]"},
		{raw(BFloat16, 0x80, 0x3f, 0, 0xc0), "[1 -2]"}, {ints(BFloat16, 0x3f80, 0xc000), "[1 -2]"},
		{raw(Int8, 1, 0xfe), "[1 -2]"}, {ints(Int8, 1, -2), "[1 -2]"}, {raw(Uint8, 1, 0xfe), "[1 254]"},
		{raw(Int16, 1, 0, 0xfe, 0xff), "[1 -2]"}, {raw(Int32, 1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff), "[1 -2]"},
		{raw(Int64, 1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "[1 -2]"},
		{ints(Int64, 1, -2), "[1 -2]"},
		{raw(Float32, 0, 0, 0x80, 0x3f), "it has 4 bytes, its shape [2] needs 8"},
		{raw(Float32), "it has 0 values, its shape [2] needs 2"},
		{listed(Float32, 0, 0, 0x80, 0x3f), "it has 1 values, its shape [2] needs 2"},
		{listed(Float64, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f), "it has 1 values, its shape [2] needs 2"},
		{ints(Float16, 1), "it has 1 values, its shape [2] needs 2"},
		{ints(Int64, 1, 2, 3), "it has 3 values, its shape"},
		{Tensor{Type: Int8, Raw: []byte{1}, outside: true}, "it has 1 bytes, its shape [2] needs 2"},
		{Tensor{Type: Int8, outside: true}, "it has 0 bytes, its shape [2] needs 2"},
	} {
		tt.tensor.Dims = []int64{2}
		got := fmt.Sprint(tt.tensor.check())
		if tt.tensor.check() == nil {
			if a := tt.tensor.array(); a.Floats != nil {
				got = fmt.Sprint(a.Floats)
			} else {
				got = fmt.Sprint(a.Ints)
			}
		}
		if got != tt.want && (len(got) < len(tt.want) || got[:len(tt.want)] != tt.want) {
			t.Errorf("row %d, %s: got %s, want %s", i, tt.tensor.Type, got, tt.want)
		}
	}
}

// TestHalves reads the edges of float16.
func TestHalves(t *testing.T) {
	for bits, want := range map[uint16]float64{0: 0, 1: 0x1p-24, 0x3ff: 1023 * 0x1p-24, 0x400: 0x1p-14, 0x3c00: 1,
		0x3c01: 1 + 0x1p-10, 0x7bff: 65504, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1), 0x8001: -0x1p-24, 0xbc00: -1} {
		if got := wideFloat16(bits); got != want {
			t.Errorf("%#x: got %g, want %g", bits, got, want)
		}
	}
	if got := wideFloat16(0x7c01); got == got {
		t.Errorf("0x7c01: got %g", got)
	}
}
