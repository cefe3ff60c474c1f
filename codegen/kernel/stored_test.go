package kernel

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// withConversion runs a test with every level, and with conversion of float16 where this machine has that.
func withConversion(t *testing.T, test func(t *testing.T)) {
	onEveryLevel(t, func(t *testing.T) {
		if level.has(AVX2) {
			level |= supported & F16C
		}
		test(t)
	})
}

func TestWiden(t *testing.T) {
	withConversion(t, func(t *testing.T) {
		if !level.widens() {
			t.Skip("this processor widens nothing by itself")
		}
		for pixels := 1; pixels <= 9; pixels++ {
			for first := 0; first < 1<<16; first += pixels * lanes {
				from, to := alignedFloats(pixels*lanes/2), alignedFloats(pixels*lanes)
				for i := range pixels * lanes {
					binary.NativeEndian.PutUint16(BytesOf(from)[2*i:], uint16(first+i))
				}
				level.widen(to, from)
				for i, got := range to {
					if want := HalfToFloat(uint16(first + i)); got != want && want == want {
						t.Fatalf("%d pixels: %#04x becomes %g, want %g", pixels, uint16(first+i), got, want)
					}
				}
			}
		}
	})
}

// laid lays the operands of a kernel one behind the other, the weights that may be of a type being so, and fills them
// with numbers that float16 holds. Weights of lanes past the last output are zeros, as in a file of weights.
func laid(k Kernel, t ElementType) (laid Kernel, arena, weights []byte) {
	r := rand.New(rand.NewPCG(7, 8))
	v := reflect.New(reflect.TypeOf(k).Elem())
	v.Elem().Set(reflect.ValueOf(k).Elem())
	for i := range v.Elem().NumField() {
		ref, ok := v.Elem().Field(i).Addr().Interface().(*Ref)
		if !ok || !ref.Present() {
			continue
		}
		tag, memory := v.Elem().Type().Field(i).Tag, &arena
		if ref.Space == WeightsSpace {
			memory = &weights
			if strings.Contains(tag.Get("holds"), t.String()) {
				ref.Value.Layout.Type = t
			}
		}
		ref.Offset = len(*memory)
		for i := range ref.Value.Elements() {
			half := uint16(r.UintN(2)<<15 | (13+r.UintN(3))<<10 | r.UintN(1<<10))
			output := i/(ref.Value.Pixels*lanes)*lanes + i%lanes
			if ref.Space == WeightsSpace && output >= ref.Value.Channels {
				half = 0
			}
			if ref.Value.Layout.Type == F16 {
				*memory = binary.NativeEndian.AppendUint16(*memory, half)
			} else {
				*memory = append(*memory, BytesOf([]float32{HalfToFloat(half)})...)
			}
		}
		*memory = append(*memory, make([]byte, -len(*memory)&63)...)
	}
	return v.Interface().(Kernel), aligned(arena), aligned(weights)
}

// aligned returns a copy that begins on a cache line.
func aligned(b []byte) []byte {
	to := BytesOf(alignedFloats((len(b) + 3) / 4))
	copy(to, b)
	return to
}

// TestStored holds that weights of float16 give the very results of the same weights of float32, whoever computes which
// items, and that binding leaves them where they are.
func TestStored(t *testing.T) {
	value := func(channels, pixels int) Ref { return InArena(0, F32, channels, pixels) }
	packed := func(outputs, depth int) Ref { return InWeights(0, F32, outputs, depth) }
	window := Window{InHeight: 9, InWidth: 10, OutHeight: 9, OutWidth: 10, Size: Square(3), Stride: Square(1),
		Dilation: Square(1), Top: 1, Left: 1}
	kernels := map[string]Kernel{
		"one band": &Pointwise{Out: value(150, 40), In: value(37, 40), Weights: packed(150, 37), Bias: packed(150, 1),
			InChannels: 37, OutChannels: 150, Pixels: 40},
		"bands": &Pointwise{Out: value(70, 500), In: value(33, 500), Weights: packed(70, 33), Bias: packed(70, 1),
			Residual: value(70, 500), InChannels: 33, OutChannels: 70, Pixels: 500, Function: just(Relu)},
		"scaled": &Pointwise{Out: value(70, 500), In: value(33, 500), Weights: packed(70, 33), Bias: packed(70, 1),
			Scale: value(33, 1), InChannels: 33, OutChannels: 70, Pixels: 500},
		"linear": &Linear{Out: value(150, 1), In: value(37, 1), Weights: packed(150, 37), Bias: packed(150, 1),
			InChannels: 37, OutChannels: 150},
		"deep": &Linear{Out: value(40, 1), In: value(2100, 1), Weights: packed(40, 2100), Bias: packed(40, 1),
			InChannels: 2100, OutChannels: 40},
		"dense": &Conv{Out: value(85, 90), In: value(20, 90), Weights: packed(85, 180), Bias: packed(85, 1), Groups: 1,
			InChannels: 20, OutChannels: 85, Window: window},
		"groups": &Conv{Out: value(64, 90), In: value(32, 90), Weights: packed(64, 144), Bias: packed(64, 1), Groups: 2,
			InChannels: 32, OutChannels: 64, Window: window},
		"Winograd": &Winograd{Out: value(85, 90), In: value(20, 90), Weights: packed(85, 180), Bias: packed(85, 1),
			InChannels: 20, OutChannels: 85, Window: window},
		"expansion": &ExpandDepthwise{Out: value(150, 90), In: value(20, 90), Weights: packed(150, 20),
			Bias: packed(150, 1), DepthwiseWeights: packed(150, 9), DepthwiseBias: packed(150, 1), InChannels: 20,
			Channels: 150, Window: window, ExpandFunction: just(Relu6)},
	}
	run := func(k Kernel, of ElementType, length, repack int) (result []byte, bound int) {
		k, arena, weights := laid(k, of)
		m := machine()
		m.Repack = repack
		task := k.Bind(m, nil)
		memory := NewMemory(0, arena, weights, aligned(make([]byte, m.Bound())))
		m.Convert(memory, inTurn)
		worker := newWorker(task)
		inPieces(task.Items(), length, func(first, last int) {
			worker.Begin(0)
			task.Run(worker, memory, first, last)
		})
		return arena, m.Bound()
	}
	withConversion(t, func(t *testing.T) {
		for name, k := range kernels {
			want, _ := run(k, F32, 1000, 0)
			if got, _ := run(k, F16, 1000, 1<<30); !bytes.Equal(got, want) {
				t.Errorf("%s, what can be kept: float16 gives other results than float32", name)
			}
			for _, length := range []int{1000, 3, 1} {
				got, bound := run(k, F16, length, 0)
				if !bytes.Equal(got, want) {
					t.Errorf("%s, %d items at a time: float16 gives other results than float32", name, length)
				}
				widened := level.has(AMX) || !level.widens() || name == "expansion"
				if !widened && bound > 0 {
					t.Errorf("%s: binding takes %d bytes", name, bound)
				}
			}
		}
	})
}
