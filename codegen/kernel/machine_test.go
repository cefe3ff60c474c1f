package kernel

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
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
func TestConvert(t *testing.T) { withConversion(t, testConvert) }

func testConvert(t *testing.T) {
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

// TestRepack holds that weights which binding keeps in another form change no bit, whatever the workers' ranges, that
// the memory they take is within what the machine allows, and that weights that are not finite are computed as ever.
func TestRepack(t *testing.T) {
	for _, in := range []int{40, 136} { // an odd number of blocks; of 136 the sums are in three parts
		onEveryLevel(t, func(t *testing.T) { testRepack(t, in) })
	}
}

func testRepack(t *testing.T, in int) {
	r := rand.New(rand.NewPCG(3, 9))
	w := Window{InHeight: 21, InWidth: 20, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1,
		OutHeight: 21, OutWidth: 20}
	const out, pixels = 88, 21 * 20
	values := (in + lanes - 1) / lanes * lanes * pixels
	place := InArena(0, F32, out, pixels)
	from := InArena(place.Value.Bytes(), F32, in, pixels)
	weights, bias := InWeights(0, F32, out, in*9), InWeights(4*96*in*9, F32, out, 1)
	blob := randomFloats(r, 96*in*9+96)
	kept := 0
	for _, infinite := range []bool{false, true} {
		if infinite {
			blob[5*lanes*in+3] = float32(math.Inf(1))
		}
		for _, k := range []Kernel{
			&Winograd{place, from, weights, bias, Ref{}, in, out, w, Function{Kind: Relu}},
			&Conv{place, from, weights, bias, Ref{}, 1, in, out, w, Function{Kind: Relu}},
		} {
			image := randomFloats(r, values)
			run := func(repack int) []float32 {
				m := &Machine{Has: level, Repack: repack}
				task := k.Bind(m, nil)
				if m.Bound() > repack {
					t.Errorf("%T takes %d bytes of %d", k, m.Bound(), repack)
				}
				kept += m.Bound()
				arena := alignedFloats(96*pixels + values)
				copy(arena[96*pixels:], image)
				memory := NewMemory(0, BytesOf(arena), BytesOf(blob), BytesOf(alignedFloats(m.Bound()/4)))
				m.Convert(memory, inTurn)
				worker := newWorker(task)
				worker.Begin(0)
				task.Run(worker, memory, 0, task.Items()/2)
				worker.Begin(1)
				task.Run(worker, memory, task.Items()/2, task.Items())
				return memory.at(place)
			}
			want := run(0)
			if got := run(64 << 20); !sameBits(got, want) {
				t.Errorf("%T with kept weights computes something else", k)
			}
		}
	}
	if kept == 0 {
		t.Error("nothing was kept")
	}
}

// sameBits compares the channels of values.
func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}
