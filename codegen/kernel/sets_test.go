package kernel

import (
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/asm/routine"
)

// TestSets holds what kernels ask of an instruction set against the routines that it has. Kernels that asked for wider
// tiles would compute them pixel by pixel, to the same bits, and slowly.
func TestSets(t *testing.T) {
	held := []*routine.Set{routine.Half} // which has no row here: see below
	for _, s := range []struct {
		has   Features
		set   *routine.Set
		lanes int
	}{{AVX2, routine.AVX2, 8}, {AVX2 | AVX512, routine.AVX512, 16}, {NEON, routine.NEON, 4}} {
		held = append(held, s.set)
		if got := s.has.widestTiles(); !slices.Equal(got, s.set.MostPixels) {
			t.Errorf("%s: tiles of products have up to %v pixels, routines %v", s.set.Name, got, s.set.MostPixels)
		}
		if across, widest := s.has.slides(); across != s.lanes || widest != s.set.MostSlide {
			t.Errorf("%s: depthwise tiles have up to %d pixels of %d lanes, routines %d of %d",
				s.set.Name, widest, across, s.set.MostSlide, s.lanes)
		}
	}
	for _, set := range routine.Sets() {
		if !slices.Contains(held, set) {
			t.Errorf("nothing holds what kernels ask of %s against its routines", set.Name)
		}
	}
	for _, w := range routine.Windows {
		wide := NEON.wideSlide(w.Group, w.Size)
		if has := slices.Contains(routine.NEON.SlideSizes(w), routine.NEON.WideSlide); has != (wide > 0) ||
			has && wide != routine.NEON.WideSlide {
			t.Errorf("wide tiles of the window %v have %d pixels, routines %d: %v", w, wide, routine.NEON.WideSlide, has)
		}
	}
	half := routine.Half
	if !slices.Equal(half.MostPixels, widestOfOne[:]) || half.MostSlide != routine.NEON.MostSlide ||
		half.WideSlide != routine.NEON.WideSlide {
		t.Error("tiles of float16 are not as large as those of float32")
	}
	for size := 1; size <= 11; size++ {
		for stride := 1; stride <= 3; stride++ {
			for group := 1; group <= 9; group++ {
				want := slices.Contains(routine.Windows, routine.Window{Group: group, Size: size}) &&
					slices.Contains(routine.Strides, stride)
				w := Window{Size: Square(size), Stride: Square(stride), Dilation: Square(1)}
				if hasSlide(group, &w) != want {
					t.Errorf("a window of %d of groups of %d with stride %d has routines: %v", size, group, stride, want)
				}
			}
		}
	}
	bound := map[Kind]string{} // to the routine
	for _, name := range routine.Functions {
		f := slices.IndexFunc(Kinds(), func(f Kind) bool { return strings.EqualFold(f.String(), name) })
		if f < 0 {
			t.Errorf("there are routines for the function %s, and no such function", name)
			continue
		}
		bound[Kinds()[f]] = name
	}
	for _, f := range Kinds() {
		has := level.has(AVX2) || level.has(NEON)
		if a := level.bind(Function{Kind: f}); has && (a.routine != 0) != (bound[f] != "") {
			t.Errorf("%s has a routine: %v, its name is %q", f, a.routine != 0, bound[f])
		}
	}
}
