package engine

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"
)

func TestAlignedFloats(t *testing.T) {
	for n := range 100 {
		got := AlignedFloats(n)
		if len(got) != n || cap(got) != n || uintptr(unsafe.Pointer(unsafe.SliceData(got)))%alignment != 0 {
			t.Fatalf("%d floats: length %d, capacity %d at %p", n, len(got), cap(got), got)
		}
	}
}

func TestFloats(t *testing.T) {
	want := []float32{1, -2.5, float32(math.Inf(1)), 3e-40, 0}
	data := []byte("some text before the weights, so that they begin anywhere")
	for skip := range 9 {
		text := slices.Clone(data[:skip])
		for _, v := range want {
			text = binary.LittleEndian.AppendUint32(text, math.Float32bits(v))
		}
		if got := Floats(string(text)[skip:]); !slices.Equal(got, want) {
			t.Errorf("%d bytes in: %v", skip, got)
		}
	}
	data = append([]byte{}, make([]byte, 4096)...)
	text := unsafe.String(&data[0], len(data))
	if got := Floats(text); littleEndian() && unsafe.Pointer(&got[0]) != unsafe.Pointer(&data[0]) {
		t.Error("aligned weights are copied")
	}
	if got := Floats(text[32:]); uintptr(unsafe.Pointer(&got[0]))%vectorAlignment() != 0 {
		t.Error("weights are used where every other vector lies in two cache lines")
	}
}

// TestMoved holds that the original keeps what it holds: memory of the program's own, and a file's.
func TestMoved(t *testing.T) {
	want := make([]float32, 3<<20+77)
	bytes := make([]byte, 0, 4*len(want))
	for i := range want {
		want[i] = float32(i)
		bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(want[i]))
	}
	path := filepath.Join(t.TempDir(), "weights.bin")
	if err := os.WriteFile(path, append(make([]byte, 32), bytes...), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := openMapping(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	mapped := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.StringData(m.data[32:]))), len(want))
	for name, original := range map[string][]float32{"memory": want[8:], "file": mapped} {
		for range 2 {
			if got := moved(original); !slices.Equal(got, original) || !slices.Equal(got, want[len(want)-len(got):]) {
				t.Errorf("%s: the copy differs", name)
			}
		}
	}
}

func TestHalves(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: 0x1p-24, 0x03ff: 1023 * 0x1p-24, 0x0400: 0x1p-14, 0x3555: 1365.0 / 4096,
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := Halves(string([]byte{byte(bits), byte(bits >> 8)})); float64(got[0]) != want {
			t.Errorf("%#04x is %g, want %g", bits, got[0], want)
		}
	}
	if got := halfToFloat(0x7e00); got == got {
		t.Errorf("NaN becomes %g", got)
	}
	if got := halfToFloat(0x8000); !math.Signbit(float64(got)) || got != 0 {
		t.Errorf("−0 becomes %g", got)
	}
}

// TestChecksum holds that every bit counts, in every piece, and the order of pieces too.
// The same holds of data that comes in pieces.
func TestChecksum(t *testing.T) {
	sumOf := func(data string) uint32 {
		sum, err := checksum(data, 4)
		alone, _ := checksum(data, 1)
		if err != nil || alone != sum {
			t.Errorf("one goroutine computes %x, several %x: %v", alone, sum, err)
		}
		for _, piece := range []int{1 << 20, 1<<20 + 1, 700_001} {
			var s summer
			for rest := []byte(data); len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				s.add(rest[:min(piece, len(rest))])
			}
			if got := s.sum(); got != sum {
				t.Errorf("in pieces of %d bytes the checksum is %x, at once %x", piece, got, sum)
			}
		}
		return sum
	}
	data := make([]byte, 3<<20+5)
	for i := range data {
		data[i] = byte(i*i>>7 + i>>20)
	}
	whole := sumOf(string(data))
	for _, at := range []int{0, 1<<20 - 1, 1 << 20, 2<<20 + 17, len(data) - 1} {
		data[at] ^= 4
		if sumOf(string(data)) == whole {
			t.Errorf("byte %d does not count", at)
		}
		data[at] ^= 4
	}
	exchanged := slices.Concat(data[1<<20:2<<20], data[:1<<20], data[2<<20:])
	if sumOf(string(exchanged)) == whole || sumOf("") == sumOf("\x00") {
		t.Error("the order of pieces, or the length, does not count")
	}
}
