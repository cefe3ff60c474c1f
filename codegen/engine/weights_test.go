package engine

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"github.com/netc-lang/netc/codegen/kernel"
)

func TestAlignedBytes(t *testing.T) {
	for n := range 400 {
		got := AlignedBytes(n)
		if len(got) != n || cap(got) != n || uintptr(unsafe.Pointer(unsafe.SliceData(got)))%kernel.Alignment != 0 {
			t.Fatalf("%d bytes: length %d, capacity %d at %p", n, len(got), cap(got), got)
		}
	}
	for _, n := range []int{largePage - 1, largePage, largePage + 1, 3*largePage - 1} {
		got := AlignedBytes(n)
		at := uintptr(unsafe.Pointer(unsafe.SliceData(got)))
		if len(got) != n || cap(got) != n || at%kernel.Alignment != 0 || n >= largePage && at%largePage != 0 {
			t.Errorf("%d bytes: length %d, capacity %d at %p", n, len(got), cap(got), got)
		}
	}
}

// TestWeights holds that weights are what a file says, wherever they begin, and used where they lie if that is aligned.
func TestWeights(t *testing.T) {
	want := []float32{1, -2.5, float32(math.Inf(1)), 3e-40, 0}
	data := []byte("some text before the weights, so that they begin anywhere")
	for skip := range 9 {
		text := slices.Clone(data[:skip])
		for _, v := range want {
			text = binary.LittleEndian.AppendUint32(text, math.Float32bits(v))
		}
		got := Weights(string(text)[skip:], []kernel.Section{{Type: kernel.F32, Elements: len(want)}})
		if !slices.Equal(kernel.FloatsOf(got), want) {
			t.Errorf("%d bytes in: %v", skip, got)
		}
	}
	data = AlignedBytes(4096)
	text := unsafe.String(&data[0], len(data))
	if got := Weights(text, nil); littleEndian() && &got[0] != &data[0] {
		t.Error("aligned weights are copied")
	}
	if got := Weights(text[32:], nil); uintptr(unsafe.Pointer(&got[0]))%vectorAlignment() != 0 {
		t.Error("weights are used where every other vector lies in two cache lines")
	}
}

// TestConverted holds that each section becomes what the code has it for.
func TestConverted(t *testing.T) {
	data := []byte{0, 0x3c, 0, 0xc0, 0, 0, 0x20, 0x41}
	halves := []kernel.Section{{Type: kernel.F16, Elements: 2}, {Type: kernel.F32, Elements: 1}}
	whole := []kernel.Section{{Type: kernel.F32, Elements: 2}, {Type: kernel.F32, Elements: 1}}
	got := converted(data, halves, whole)
	if want := []float32{1, -2, 10}; !slices.Equal(kernel.FloatsOf(got), want) {
		t.Errorf("%v, want %v", kernel.FloatsOf(got), want)
	}
	if got := converted(data, halves, halves); littleEndian() && !slices.Equal(got, data) {
		t.Errorf("%v, want %v", got, data)
	}
}

// TestNotConverted: types that nothing makes of each other are a mistake of the code's, never numbers.
func TestNotConverted(t *testing.T) {
	for _, c := range []struct {
		to, from kernel.ElementType
		panics   bool
	}{
		{kernel.F32, kernel.F16, false}, {kernel.F16, kernel.F16, false}, {kernel.F32, kernel.F32, false},
		{kernel.F16, kernel.F32, true}, {kernel.F32, kernel.I8, true}, {kernel.I8, kernel.F16, true},
	} {
		func() {
			defer func() {
				if panicked := recover() != nil; panicked != c.panics {
					t.Errorf("%s of %s panics: %t", c.to, c.from, panicked)
				}
			}()
			convert(make([]byte, 64), c.to, make([]byte, 16), c.from)
		}()
	}
}

// TestSwapBytes holds that on machines that store the high byte first, each element is turned by itself.
func TestSwapBytes(t *testing.T) {
	from := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	for size, want := range map[int][]byte{
		4: {4, 3, 2, 1, 8, 7, 6, 5}, 2: {2, 1, 4, 3, 6, 5, 8, 7}, 1: {1, 2, 3, 4, 5, 6, 7, 8},
	} {
		to := make([]byte, 8)
		if swapBytes(to, from, size); !slices.Equal(to, want) {
			t.Errorf("elements of %d bytes: %v, want %v", size, to, want)
		}
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
	mapped := unsafe.Slice(unsafe.StringData(m.data[32:]), len(bytes))
	for name, original := range map[string][]byte{"memory": bytes[32:], "file": mapped} {
		for range 2 {
			if got := moved(original); !slices.Equal(got, original) || !slices.Equal(got, bytes[len(bytes)-len(got):]) {
				t.Errorf("%s: the copy differs", name)
			}
		}
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
