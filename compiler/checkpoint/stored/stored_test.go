package stored

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func tensor(t *testing.T, kind Type, values any, shape ...int64) *Tensor {
	t.Helper()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return &Tensor{Name: "w", Type: kind, Shape: shape, Open: Section(bytes.NewReader(b.Bytes()), 0, int64(b.Len()))}
}

func strided(t *Tensor, stride ...int64) *Tensor {
	t.Stride = stride
	return t
}

func TestValues(t *testing.T) {
	inf := float32(math.Inf(1))
	tests := []struct {
		name   string
		tensor *Tensor
		want   []float32
	}{
		{"F32", tensor(t, F32, []float32{1, -2.5, 1e-45}, 3), []float32{1, -2.5, 1e-45}},
		{"F64", tensor(t, F64, []float64{1, -2.5, math.Inf(1)}, 3), []float32{1, -2.5, inf}},
		{"BF16", tensor(t, BF16, []uint16{0x3f80, 0xc020, 0x7f80}, 3), []float32{1, -2.5, inf}},
		{"F16", tensor(t, F16, []uint16{0x3c00, 0xc100, 0x7c00, 0x0001, 0x8400, 0x7bff}, 6),
			[]float32{1, -2.5, inf, 1.0 / (1 << 24), -1.0 / (1 << 14), 65504}},
		{"strided", strided(tensor(t, F16, []uint16{0x3c00, 0xc100, 0x7c00, 0x0001}, 2, 2), 1, 2),
			[]float32{1, inf, -2.5, 1.0 / (1 << 24)}},
		{"joined", Join([]*Tensor{tensor(t, F16, []uint16{0x3c00, 0xc100}, 2), Zeros(F16, 1),
			tensor(t, F16, []uint16{0x7c00}, 1)}), []float32{1, -2.5, 0, inf}},
		{"scalar", tensor(t, F32, []float32{7}), []float32{7}},
		{"empty", tensor(t, F32, []float32{}, 0, 3), []float32{}},
	}
	for _, tt := range tests {
		got, err := tt.tensor.Values()
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, %v, want %v", tt.name, got, err, tt.want)
		}
		read, err := tt.tensor.Reader()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range tt.want {
			var one [1]float32
			if err := read(one[:]); err != nil || one[0] != want {
				t.Errorf("%s: element %d is %v, %v, want %v", tt.name, i, one[0], err, want)
			}
		}
		if err := read(make([]float32, 1)); err == nil || !strings.Contains(err.Error(), "has only") {
			t.Errorf("%s: reading beyond the end gives %v", tt.name, err)
		}
	}
}

func TestValuesErrors(t *testing.T) {
	tests := []struct {
		name   string
		tensor *Tensor
		want   string
	}{
		{"not exact", tensor(t, F64, []float64{1, 0.1}, 2), "float64 0.1 at element 1"},
		{"too large", tensor(t, F64, []float64{1e300}, 1), "which float32 cannot hold"},
		{"integers", tensor(t, "I64", []int64{1}, 1), "is of type I64"},
		{"truncated", tensor(t, F32, []float32{1}, 2), "ends too early"},
		{"truncated halves", tensor(t, F16, []uint16{1}, 2), "ends too early"},
		{"huge", tensor(t, F32, []float32{1}, 1<<62), "impossible shape"},
		{"lying", tensor(t, F32, []float32{1}, 1<<40), "ends too early"},
	}
	for _, tt := range tests {
		if _, err := tt.tensor.Values(); err == nil || !strings.Contains(err.Error(), tt.want) ||
			!strings.Contains(err.Error(), `tensor "w"`) {
			t.Errorf("%s: got %v, want the tensor's name and %q", tt.name, err, tt.want)
		}
	}
}

// TestLargeTensor reads more than one step at a time takes.
func TestLargeTensor(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 70 MB")
	}
	const n = 17<<20 + 3
	ones := &Tensor{Name: "w", Type: F32, Shape: []int64{n},
		Open: func() (io.ReadCloser, error) { return io.NopCloser(repeat{}), nil }}
	values, err := ones.Values()
	if err != nil || len(values) != n || values[0] != 1 || values[n-1] != 1 {
		t.Errorf("%d values, %v", len(values), err)
	}
}

// repeat is the float32 1 without end, read from any place that is a multiple of four.
type repeat struct{}

func (repeat) Read(p []byte) (int, error) {
	n := len(p) / 4 * 4
	for i := 0; i < n; i += 4 {
		copy(p[i:], "\x00\x00\x80\x3f")
	}
	return n, nil
}

func TestNonFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	if a, b := NonFinite([]float32{0, nan, math.MaxFloat32, inf, nan}); a != 2 || b != 1 {
		t.Errorf("%d NaN and %d infinite, want 2 and 1", a, b)
	}
}

func TestShapes(t *testing.T) {
	if got := Brief([]int64{1000, 1280}); got != "[1000, 1280]" {
		t.Error(got)
	}
	if got := Brief(make([]int64, 1000)); len(got) > 80 {
		t.Error(got)
	}
	if n, err := Span([]int64{2, 3}, []int64{1, 2}); n != 6 || err != nil {
		t.Errorf("the span is %d, %v", n, err)
	}
	if RowMajor([]int64{2, 3}, []int64{1, 2}) || !RowMajor([]int64{2, 1, 3}, []int64{3, 77, 1}) {
		t.Error("the strides are not told apart")
	}
	for name, want := range map[string]string{"conv.weight": "conv.weight", "größe:0": "größe:0",
		"\x1b[2J": `"\x1b[2J"`, "a\nb": `"a\nb"`, "": ""} {
		if got := Show(name); got != want {
			t.Errorf("%q is shown as %s, want %s", name, got, want)
		}
	}
	if got := Quote(strings.Repeat("x", 1<<20)); len(got) > 300 {
		t.Errorf("a quoted name has %d bytes", len(got))
	}
}

// closing counts how often it is closed.
type closing struct {
	io.Reader
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return io.ErrClosedPipe
}

// TestConvertedPieces reads elements of three bytes, in pieces of every length, and closes what it reads from.
func TestConvertedPieces(t *testing.T) {
	raw := []byte{1, 0, 0, 2, 0, 0, 3, 1, 0, 4, 0, 9}
	number := func(i int64, b []byte) float32 { return float32(i)*1000 + float32(b[0]) + 10*float32(b[1]) }
	want := []float32{1, 1002, 2013, 3004}
	for piece := 1; piece <= 20; piece++ {
		closed := 0
		open := Converted(func() (io.ReadCloser, error) {
			return closing{iotest.OneByteReader(bytes.NewReader(raw)), &closed}, nil
		}, 3, number)
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		for b := make([]byte, piece); ; {
			n, err := r.Read(b)
			got = append(got, b[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		values := make([]float32, len(got)/4)
		if _, err := binary.Decode(got, binary.LittleEndian, values); err != nil || !slices.Equal(values, want) {
			t.Errorf("pieces of %d: %v", piece, values)
		}
		if err := r.Close(); err != io.ErrClosedPipe || closed != 1 {
			t.Errorf("it is closed %d times: %v", closed, err)
		}
	}
	failed := func() (io.ReadCloser, error) { return nil, io.ErrNoProgress }
	if _, err := Converted(failed, 3, number)(); err != io.ErrNoProgress {
		t.Errorf("the error is %v", err)
	}
}

// TestJoinedName: what is joined goes by the names of its parts, where they have some, for messages.
func TestJoinedName(t *testing.T) {
	part := func(name string) *Tensor {
		p := tensor(t, F32, []float32{1, 2}, 2)
		p.Name = name
		return p
	}
	if got := Join([]*Tensor{part("a"), Zeros(F32, 1), part("b")}); got.Name != "a, b" || got.Shape[0] != 5 {
		t.Errorf("%s of %v", got.Name, got.Shape)
	}
}

// TestElements counts elements, also where there are none, up to what a file could hold.
func TestElements(t *testing.T) {
	for _, tt := range []struct {
		shape []int64
		want  int64 // -1: it is impossible
	}{
		{nil, 1}, {[]int64{1}, 1}, {[]int64{2, 3, 1}, 6}, {[]int64{0}, 0}, {[]int64{2, 0, 3}, 0}, {[]int64{-1}, -1},
		{[]int64{2, -3}, -1}, {[]int64{0, -1}, -1}, {[]int64{1 << 28, 1 << 28}, 1 << 56},
		{[]int64{1 << 28, 1 << 30}, -1},
		{[]int64{math.MaxInt64 / 64}, math.MaxInt64 / 64}, {[]int64{math.MaxInt64/64 + 1}, -1},
		{[]int64{math.MaxInt64 / 64, 1}, math.MaxInt64 / 64}, {[]int64{math.MaxInt64 / 64, 2}, -1},
	} {
		n, err := Elements(tt.shape)
		impossible := err != nil && strings.HasPrefix(err.Error(), "has the impossible shape ")
		if n != max(tt.want, 0) || impossible != (tt.want < 0) {
			t.Errorf("%v: %d, %v, want %d", tt.shape, n, err, tt.want)
		}
	}
}
