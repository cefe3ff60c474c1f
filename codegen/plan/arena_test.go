package plan

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// TestArrange: buffers that are alive together have no byte in common, the arena ends where the last of them does, and
// is the smallest that any of the orders makes; the lower bound is counted step by step.
func TestArrange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var all []*buffer
		for range 1 + r.IntN(12) {
			first := r.IntN(10)
			all = append(all, &buffer{size: kernel.Alignment * (1 + r.IntN(6)), first: first, end: first + r.IntN(4)})
		}
		var arenas []int
		for _, order := range orders {
			arenas = append(arenas, placeInOrder(all, order))
		}
		arena, bound := arrange(all)
		end, most := 0, 0
		for i, a := range all {
			end = max(end, a.offset+a.size)
			for _, b := range all[:i] {
				if a.first <= b.end && b.first <= a.end && a.offset < b.offset+b.size && b.offset < a.offset+a.size {
					t.Fatalf("%+v and %+v are in each other's way", *a, *b)
				}
			}
		}
		for step := range 14 {
			alive := 0
			for _, b := range all {
				if b.first <= step && step <= b.end {
					alive += b.size
				}
			}
			most = max(most, alive)
		}
		if arena != end || arena != slices.Min(arenas) || bound != most {
			t.Fatalf("the arena of %d bytes ends at %d, of %v; at least %d are needed, counted %d", arena, end, arenas,
				bound, most)
		}
	}
}

// TestSmallestGap: a buffer goes to the tightest of the gaps that it fits in, the first of two alike, or behind all.
// What lives at other times leaves its place.
func TestSmallestGap(t *testing.T) {
	at := func(offset, size, first, end int) *buffer {
		return &buffer{offset: offset, size: size, first: first, end: end}
	}
	placed := []*buffer{at(0, 10, 0, 9), at(30, 10, 0, 9), at(32, 4, 0, 9), at(55, 5, 0, 9), at(75, 5, 0, 9)}
	for _, c := range []struct{ size, first, end, want int }{
		{15, 3, 4, 40}, {14, 3, 4, 40}, {16, 3, 4, 10}, {20, 3, 4, 10}, {21, 3, 4, 80}, {21, 10, 11, 0},
		{15, 9, 12, 40}, {15, 0, 0, 40},
	} { // gaps of 20, 15 and 15
		if got := smallestGap(placed, at(0, c.size, c.first, c.end)); got != c.want {
			t.Errorf("%+v is put at %d, want %d", c, got, c.want)
		}
	}
	if got := smallestGap(placed[1:], at(0, 30, 0, 0)); got != 0 {
		t.Errorf("what fits before all is put at %d", got)
	}
}

// TestNeeded: an output needs what shares a byte with a view that it needs, and nothing beside it.
func TestNeeded(t *testing.T) {
	one, other := &buffer{}, &buffer{}
	part := func(b *buffer, from, floats int) view {
		return view{buffer: b, offset: from, value: kernel.Planes(kernel.F32, 1, floats)}
	}
	n := needed{}
	n.add(part(one, 64, 4), 1) // 64 to 80
	n.add(part(one, 72, 4), 2) // 72 to 88
	for _, c := range []struct {
		v    view
		want uint64
	}{
		{part(one, 0, 16), 0}, {part(one, 0, 17), 1}, {part(one, 0, 18), 1}, {part(one, 0, 19), 3},
		{part(one, 76, 1), 3},
		{part(one, 80, 1), 2}, {part(one, 84, 9), 2}, {part(one, 88, 1), 0}, {part(other, 64, 4), 0},
	} {
		if got := n.of(c.v); got != c.want {
			t.Errorf("%d bytes from %d on are needed by %b, want %b", c.v.value.Bytes(), c.v.offset, got, c.want)
		}
	}
}
