package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/ir"
)

// elementsOf returns where the elements of a value lie, in their order.
func elementsOf(axes []kernel.Axis, s ir.Shape) []int {
	places := make([]int, s.Elements())
	for i := range places {
		rest := i
		for axis := len(s) - 1; axis >= 0; axis-- {
			at := rest % s[axis]
			places[i] += at/16*axes[axis].Block + at%16*axes[axis].Lane
			rest /= s[axis]
		}
	}
	return places
}

// TestLayouts: in each layout no two elements share a place, all lie within the floats that it takes, and where a
// person finds them by hand.
func TestLayouts(t *testing.T) {
	for _, c := range []struct {
		l      layout
		s      ir.Shape
		floats int
		last   int // place of the last element
	}{
		{dense, ir.Shape{2, 3, 20}, 120, 119}, {rows, ir.Shape{2, 3, 20}, 2 * 6 * 16, (6+5)*16 + 3},
		{stacked, ir.Shape{2, 3, 20}, 2 * 2 * 3 * 16, 2*3*16 + (3+2)*16 + 3},
		{image, ir.Shape{20, 3, 4}, 2 * 12 * 16, (12+11)*16 + 3},
		{rows, ir.Shape{7}, 16, 6}, {rows, ir.Shape{33}, 48, 32}, {dense, ir.Shape{1}, 1, 0},
		{stacked, ir.Shape{2, 2, 3, 16}, 4 * 3 * 16, 4*3*16 - 1},
	} {
		axes, floats := axesOf(c.l, c.s)
		places := elementsOf(axes, c.s)
		if floats != c.floats || places[len(places)-1] != c.last {
			t.Errorf("layout %d of %v takes %d floats, want %d; the last lies at %d, want %d", c.l, c.s, floats, c.floats,
				places[len(places)-1], c.last)
		}
		slices.Sort(places)
		if len(slices.Compact(places)) != c.s.Elements() || places[0] != 0 {
			t.Errorf("layout %d of %v has two elements in one place", c.l, c.s)
		}
	}
}

// TestReshaped: what another shape's axes say is where the elements lie, in their order, whatever axes were exchanged
// and cut before; and a shape of rows that are cut at blocks needs no copy.
func TestReshaped(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	made, refused := 0, 0
	shapes := []ir.Shape{{4, 3, 32}, {12, 32}, {384}, {2, 6, 2, 16}, {12, 2, 16}, {6, 64}, {4, 96}, {3, 8, 16},
		{1, 12, 32}, {24, 16}, {48, 8}, {2, 2, 3, 32}, {12, 4, 8}, {2, 192}}
	for range 3000 {
		from, to := shapes[r.IntN(len(shapes))], shapes[r.IntN(len(shapes))]
		l := []layout{dense, rows, stacked}[r.IntN(3)]
		if l == stacked && len(from) < 3 {
			l = rows
		}
		axes, _ := axesOf(l, from)
		order := r.Perm(len(from))
		axes = ordered(axes, order)
		turned := make(ir.Shape, len(from))
		for i, a := range order {
			turned[i] = from[a]
		}
		got, ok := reshaped(axes, turned, to)
		if !ok {
			refused++
			continue
		}
		made++
		if !slices.Equal(elementsOf(got, to), elementsOf(axes, turned)) {
			t.Fatalf("%v as %v: %v becomes %v", turned, to, axes, got)
		}
	}
	if made < 600 || refused < 200 {
		t.Errorf("%d shapes are made, %d refused", made, refused)
	}
	for _, c := range []struct {
		l        layout
		from, to ir.Shape
		ok       bool
	}{
		{rows, ir.Shape{5, 48}, ir.Shape{5, 3, 16}, true}, {rows, ir.Shape{5, 48}, ir.Shape{5, 2, 24}, false},
		{rows, ir.Shape{5, 48}, ir.Shape{240}, false}, {rows, ir.Shape{5, 16}, ir.Shape{80}, true},
		{rows, ir.Shape{5, 8}, ir.Shape{40}, false}, {rows, ir.Shape{1, 48}, ir.Shape{48}, true},
		{rows, ir.Shape{6, 5, 20}, ir.Shape{30, 20}, true}, {stacked, ir.Shape{6, 5, 20}, ir.Shape{30, 20}, false},
		{stacked, ir.Shape{6, 5, 16}, ir.Shape{30, 16}, true}, {dense, ir.Shape{6, 5, 20}, ir.Shape{600}, true},
		{rows, ir.Shape{8}, ir.Shape{2, 4}, true}, {rows, ir.Shape{32}, ir.Shape{4, 8}, true},
	} {
		axes, _ := axesOf(c.l, c.from)
		if got, ok := reshaped(axes, c.from, c.to); ok != c.ok {
			t.Errorf("%v as %v in layout %d: %v, %t", c.from, c.to, c.l, got, ok)
		}
	}
}

// TestHolds: a part of a buffer is what ends within it.
func TestHolds(t *testing.T) {
	for _, c := range []struct {
		size, offset, from, floats int
		want                       bool
	}{
		{256, 0, 0, 64, true}, {256, 0, 0, 65, false}, {256, 64, 0, 48, true}, {256, 64, 0, 49, false},
		{256, 64, 16, 32, true}, {256, 64, 16, 33, false},
	} {
		p := place{view: view{buffer: &buffer{size: c.size}, offset: c.offset}, from: c.from}
		if got := p.holds(c.floats); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
	if (&place{}).holds(0) {
		t.Error("a caller's input is no part of a buffer")
	}
}

// TestIsIn: a value lies in a layout where every axis of more than one element, or block, does.
func TestIsIn(t *testing.T) {
	s := ir.Shape{2, 3, 20}
	for _, own := range []layout{dense, rows, stacked} {
		for _, l := range []layout{dense, rows, stacked, image} {
			axes, _ := axesOf(own, s)
			p := place{axes: axes}
			if got := p.isIn(l, s); got != (own == l || l == image && own == image) {
				t.Errorf("a value in layout %d is in %d: %t", own, l, got)
			}
		}
	}
	image3 := ir.Shape{20, 3, 4}
	axes, _ := axesOf(image, image3)
	for l, want := range map[layout]bool{image: true, rows: false, dense: false} {
		if got := (&place{axes: axes}).isIn(l, image3); got != want {
			t.Errorf("an image is in layout %d: %t", l, got)
		}
	}
	vector := ir.Shape{16}
	axes, _ = axesOf(dense, vector)
	if p := (&place{axes: axes}); !p.isIn(rows, vector) || p.isIn(stacked, vector) || p.isIn(image, vector) {
		t.Error("a vector of a block is not in rows, or in matrices or an image")
	}
	for _, change := range []func(a []kernel.Axis){
		func(a []kernel.Axis) { a[0].Lane++ }, func(a []kernel.Axis) { a[1].Lane++ },
		func(a []kernel.Axis) { a[2].Lane++ }, func(a []kernel.Axis) { a[2].Block++ },
	} {
		axes, _ := axesOf(rows, s)
		if change(axes); (&place{axes: axes}).isIn(rows, s) {
			t.Errorf("%v is taken for rows", axes)
		}
	}
	free, _ := axesOf(rows, s) // of axes of less than a block, nobody looks for the next one
	if free[0].Block++; !(&place{axes: free}).isIn(rows, s) {
		t.Errorf("%v is not taken for rows", fmt.Sprint(free))
	}
}
