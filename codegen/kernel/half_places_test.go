package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
)

// What of float16 is a matter of places, and needs no processor that computes with it.

// TestHalves: weights of either type become float16 in blocks of 32 outputs, zeros past the last; one that becomes
// infinite is told, with its step and name, and one that was infinite is not.
func TestHalves(t *testing.T) {
	const outputs, depth = 40, 3
	infinite := float32(math.Inf(-1))
	for _, of := range []ElementType{F32, F16} {
		for _, large := range []float32{1, 65504, 65520, -70000, infinite} {
			values := make([]float32, outputs*depth)
			for i := range values {
				values[i] = float32(i-50) / 8
			}
			values[37*depth+1] = large
			var l laboratory
			from := l.weight(of, outputs, values)
			m := &Machine{Has: portable, Step: 7}
			m.halves("bias", l.weight(F32, 1, []float32{2}))
			to := m.halves("weight", from)
			memory := NewMemory(0, nil, l.weights, make([]byte, m.Bound()))
			beyond := m.Convert(memory, inTurn)
			got := take(memory.Bytes(&to), &to.Value)
			for i, v := range values {
				if want := HalfToFloat(FloatToHalf(v)); got[i] != want {
					t.Fatalf("%v: weight %d of %g becomes %g, want %g", of, i, v, got[i], want)
				}
			}
			layout := HalfBlocks(outputs, depth).Layout
			if layout.Tail = ZeroTail; to.Value.Layout != layout {
				t.Errorf("the layout is %+v", to.Value.Layout)
			}
			for k := range depth {
				for lane := outputs % halfLanes; lane < halfLanes; lane++ {
					at := 2 * ((depth+k)*halfLanes + lane)
					if h := binary.NativeEndian.Uint16(memory.Bytes(&to)[at:]); h != 0 {
						t.Fatalf("lane %d past the last output is %#x", lane, h)
					}
				}
			}
			tells := of == F32 && math.Abs(float64(large)) >= 65520 && large != infinite
			if tells != (beyond != nil) || tells && *beyond != (OutOfRange{7, "weight", large}) {
				t.Errorf("%v: of %g is told %v", of, large, beyond)
			}
		}
	}
}

// TestHalfFactors: as many factors as there are become float16, and zeros follow.
func TestHalfFactors(t *testing.T) {
	for _, n := range []int{1, 31, 32, 33} {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(i) + 0.5
		}
		packed := halfFactors(values)
		for i := range halfLanes {
			want := float32(0)
			if i < n {
				want = values[i]
			}
			if got := HalfToFloat(binary.NativeEndian.Uint16(BytesOf(packed[:])[2*i:])); got != want {
				t.Errorf("factor %d of %d is %g, want %g", i, n, got, want)
			}
		}
	}
}

// TestHalfInputs: inputs of float16 are whole blocks of 32 lanes and what is left, and sums have as many products.
func TestHalfInputs(t *testing.T) {
	const pitch = 100
	for depth, want := range map[int][]segment{
		1: {{0, 1, 1}}, 31: {{0, 1, 31}}, 32: {{0, 1, 32}}, 33: {{0, 1, 32}, {pitch, 1, 1}}, 64: {{0, 2, 32}},
		97: {{0, 3, 32}, {3 * pitch, 1, 1}},
	} {
		p := product{blockPitch: pitch, rows: 1, columns: 1, segmentCount: 3}
		if p.setHalfInputs(depth); !slices.Equal(p.segments[:p.segmentCount], want) || p.depth() != depth {
			t.Errorf("%d inputs are %v, %d products", depth, p.segments[:p.segmentCount], p.depth())
		}
	}
}

// TestInputs: a range of inputs is the rest of a block, whole blocks, and the beginning of one.
func TestInputs(t *testing.T) {
	const pitch = 100
	for _, c := range []struct {
		begin, end int
		want       []segment
	}{
		{0, 16, []segment{{0, 1, 16}}}, {0, 40, []segment{{0, 2, 16}, {2 * pitch, 1, 8}}}, {3, 9, []segment{{3, 1, 6}}},
		{3, 16, []segment{{3, 1, 13}}}, {3, 17, []segment{{3, 1, 13}, {pitch, 1, 1}}},
		{20, 70, []segment{{pitch + 4, 1, 12}, {2 * pitch, 2, 16}, {4 * pitch, 1, 6}}}, {0, 5, []segment{{0, 1, 5}}},
	} {
		p := product{blockPitch: pitch, rows: 1, columns: 1, segmentCount: 3}
		p.setInputs(c.begin, c.end)
		if got := p.segments[:p.segmentCount]; !slices.Equal(got, c.want) || p.depth() != c.end-c.begin {
			t.Errorf("%d to %d are %v, %d products", c.begin, c.end, got, p.depth())
		}
	}
}

// TestSumsAt: each strip of a block leaves sums in a row of its own: with float16, those of two blocks or, of the last
// one, of one.
func TestSumsAt(t *testing.T) {
	const strips = 3
	sums := make([]float32, 5*strips*lanes) // of five blocks of 16
	for i := range sums {
		sums[i] = float32(i / lanes)
	}
	for _, c := range []struct {
		half         bool
		block, strip int
		want         string
	}{
		{false, 0, 0, "0 -"}, {false, 0, 2, "2 -"}, {false, 2, 1, "7 -"}, {true, 0, 0, "0 3"}, {true, 0, 2, "2 5"},
		{true, 1, 0, "6 9"}, {true, 1, 2, "8 11"}, {true, 2, 0, "12 -"}, {true, 2, 2, "14 -"},
	} {
		d := slide{half: c.half}
		d.sumsAt(sums, c.block, c.strip, strips)
		got := fmt.Sprint(d.sums[0], " -")
		if d.upper != nil {
			got = fmt.Sprint(d.sums[0], d.upper[0])
		}
		if got != c.want || len(d.sums) != lanes || d.upper != nil && len(d.upper) != lanes {
			t.Errorf("%+v: sums are in %s, %d floats", c, got, len(d.sums))
		}
		for lane := 0; lane < lanes; lane += 4 {
			part := d.partSums(lane)
			switch {
			case !c.half && &part[0] != &d.sums[lane], c.half && lane < 8 && &part[0] != &d.sums[2*lane],
				c.half && lane >= 8 && d.upper != nil && &part[0] != &d.upper[2*lane-16]:
				t.Errorf("%+v: the sums of the lanes from %d on are elsewhere", c, lane)
			case c.half && lane >= 8 && d.upper == nil && part != nil:
				t.Errorf("%+v: the sums of the lanes from %d on are wanted", c, lane)
			}
		}
	}
}
