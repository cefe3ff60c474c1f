package stored

import (
	"encoding/binary"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// sparse is a file of which every four bytes are their own place, as a float32.
type sparse struct{ size int64 }

func (s sparse) ReadAt(p []byte, from int64) (int, error) {
	for i := range p {
		at := from + int64(i)
		if at >= s.size {
			return i, io.EOF
		}
		p[i] = byte(math.Float32bits(float32(at/4)) >> (8 * (at % 4)))
	}
	return len(p), nil
}

// TestScattered reads a few elements that lie far apart: that takes the memory of the elements, not of what lies
// between.
func TestScattered(t *testing.T) {
	const size = 8 << 30
	tensor := &Tensor{Name: "w", Type: F32, Shape: []int64{2, 3, 2}, Stride: []int64{1 << 29, 1 << 20, 3},
		Open: Section(sparse{size}, 0, size)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := tensor.Values()
	runtime.ReadMemStats(&after)
	want := []float32{0, 3, 1 << 20, 1<<20 + 3, 2 << 20, 2<<20 + 3, 1 << 29, 1<<29 + 3, 1<<29 + 1<<20,
		1<<29 + 1<<20 + 3, 1<<29 + 2<<20, 1<<29 + 2<<20 + 3}
	for i := range want {
		want[i] = float32(want[i])
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("12 elements take %d bytes", used)
	}
	tensor.Open = Section(sparse{1 << 30}, 0, 1<<30)
	if _, err := tensor.Values(); err == nil || !strings.Contains(err.Error(), "ends too early") {
		t.Errorf("a file that ends before the last elements: %v", err)
	}
}

// TestScatteredTypes holds elements that are read one by one against the same that are read at once.
func TestScatteredTypes(t *testing.T) {
	for kind, element := range map[Type][]byte{
		F32:  binary.LittleEndian.AppendUint32(nil, math.Float32bits(-2.5)),
		F64:  binary.LittleEndian.AppendUint64(nil, math.Float64bits(-2.5)),
		F16:  {0x00, 0xc1},
		BF16: {0x20, 0xc0},
	} {
		data := make([]byte, 100*len(element))
		for _, at := range []int{0, 40, 80} {
			copy(data[at*len(element):], element)
		}
		w := &Tensor{Name: "w", Type: kind, Shape: []int64{3}, Stride: []int64{40},
			Open: Section(strings.NewReader(string(data)), 0, int64(len(data)))}
		if got, err := w.Values(); err != nil || !slices.Equal(got, []float32{-2.5, -2.5, -2.5}) {
			t.Errorf("%s: got %v, %v", kind, got, err)
		}
		data = append(make([]byte, 5000*len(element)), element...) // the last alone is left of the file
		w = &Tensor{Name: "w", Type: kind, Shape: []int64{2}, Stride: []int64{5000},
			Open: Section(strings.NewReader(string(data)), 0, int64(len(data)))}
		if got, err := w.Values(); err != nil || !slices.Equal(got, []float32{0, -2.5}) {
			t.Errorf("%s at the end: got %v, %v", kind, got, err)
		}
	}
	data := binary.LittleEndian.AppendUint64(make([]byte, 800), math.Float64bits(0.1))
	w := &Tensor{Name: "w", Type: F64, Shape: []int64{2}, Stride: []int64{100},
		Open: Section(strings.NewReader(string(data)), 0, int64(len(data)))}
	if _, err := w.Values(); err == nil || !strings.Contains(err.Error(), "float64 0.1 at element 100") {
		t.Errorf("got %v", err)
	}
}
