package floats

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBytes(t *testing.T) {
	values := []float32{1, -2.5, math.MaxFloat32}
	SwapToLittleEndian(values)
	for i, want := range []float32{1, -2.5, math.MaxFloat32} {
		if got := math.Float32frombits(binary.LittleEndian.Uint32(Bytes(values)[4*i:])); got != want {
			t.Errorf("value %d is %g, want %g", i, got, want)
		}
	}
	if n := len(Bytes(values)); n != 12 {
		t.Errorf("three values have %d bytes", n)
	}
	if len(Bytes(nil)) != 0 {
		t.Error("no values have bytes")
	}
}

// TestAllFinite puts each kind of number at each place of slices of many lengths, among numbers of any bits that are
// finite.
func TestAllFinite(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	others := map[float32]bool{
		float32(math.Inf(1)): false, float32(math.Inf(-1)): false, math.MaxFloat32: true, -math.MaxFloat32: true,
		1e-45: true, 0: true,
		math.Float32frombits(0x7f800001): false, math.Float32frombits(0xffffffff): false,
	}
	for n := 1; n < 37; n++ {
		values := make([]float32, n+1)[1:] // not aligned to pairs
		for i := range values {
			for values[i] = float32(math.NaN()); math.IsNaN(float64(values[i])) || math.IsInf(float64(values[i]), 0); {
				values[i] = math.Float32frombits(r.Uint32())
			}
		}
		if !AllFinite(values) {
			t.Fatalf("%v counts as not finite", values)
		}
		for at, before := range values {
			for v, want := range others {
				values[at] = v
				if AllFinite(values) != want {
					t.Fatalf("%g at %d of %d: got %v", v, at, n, !want)
				}
			}
			values[at] = before
		}
	}
	if !AllFinite(nil) {
		t.Error("no values count as not finite")
	}
}

func TestScale(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 23 {
		values, want := make([]float32, n), make([]float32, n)
		factor := r.NormFloat64()
		for i := range values {
			values[i] = float32(r.NormFloat64())
			want[i] = float32(float64(values[i]) * factor)
		}
		Scale(values, factor)
		for i := range values {
			if values[i] != want[i] {
				t.Errorf("value %d of %d is %g, want %g", i, n, values[i], want[i])
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	scores := Widen([]float32{1000, 1000 + float32(math.Ln2), -1e30})
	Softmax(scores)
	for i, want := range []float64{1. / 3, 2. / 3, 0} {
		if !(math.Abs(scores[i]-want) <= 1e-4) { // 1000.69 has 14 bits behind the point
			t.Errorf("got %v, want a third, two thirds and 0", scores)
		}
	}
}

func TestNarrow(t *testing.T) {
	got := Narrow([]float64{0.1, -1e300, 1 + 0x1p-25})
	if want := []float32{0.1, float32(math.Inf(-1)), 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
