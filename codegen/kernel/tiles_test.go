package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/asm/routine"
)

// setsHere are the instruction sets that tests of a level run on.
func setsHere() (sets []*routine.Set) {
	switch {
	case level.has(AVX512):
		return []*routine.Set{routine.AVX512}
	case level.has(AVX2):
		return []*routine.Set{routine.AVX2}
	case level.has(NEON):
		return []*routine.Set{routine.NEON}
	}
	return nil
}

// TestTilesAreCalled holds that the routine of every tile is called by its size, and none by a size of which there is
// none: what has no routine is computed in tiles of one pixel, to the same results, and slowly.
func TestTilesAreCalled(t *testing.T) { onEveryLevel(t, testTilesAreCalled) }

func testTilesAreCalled(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	const most, inputs = 15, 5 // no tile is wider, and wider ones are asked of no routine
	for _, set := range setsHere() {
		for blocks := 1; blocks <= 4; blocks++ {
			for pixels := 1; pixels <= most; pixels++ {
				p := product{in: randomFloats(r, most*lanes), has: level, outPitch: most * lanes,
					weightPitch: inputs * lanes, pixelPitch: lanes, blockPitch: most * lanes, rows: 1, columns: 1}
				p.setInputs(0, inputs)
				p.setOutputs(randomFloats(r, blocks*inputs*lanes), randomFloats(r, blocks*lanes), 0, blocks,
					blocks*lanes)
				p.out = alignedFloats(blocks * most * lanes)
				want := blocks <= len(set.MostPixels) && pixels <= set.MostPixels[blocks-1]
				if got := p.tiles(0, pixels, 1); got != want {
					t.Errorf("%s: a tile of %d pixels and %d blocks is computed: %t", set.Name, pixels, blocks, got)
				}
				if !want {
					continue
				}
				expected := p
				expected.out = alignedFloats(len(p.out))
				expected.portable(pixels)
				compare(t, set.Name, p.out, expected.out, tolerance)
			}
		}
		for _, group := range []int{1, 2, eight} {
			for size := 1; size <= 11; size++ {
				for stride := 1; stride <= 3; stride++ {
					w := routine.Window{Group: group, Size: size}
					var sizes []int
					if slices.Contains(set.Windows(), w) && slices.Contains(routine.Strides, stride) {
						sizes = set.SlideSizes(w)
					}
					for pixels := 1; pixels <= most; pixels++ {
						width := (pixels-1)*stride + size
						d := slide{in: alignedFloats(size * width * lanes),
							weights: alignedFloats(size * size * lanes * lanes),
							bias:    alignedFloats(lanes), out: alignedFloats(pixels * lanes), rows: 1, width: pixels,
							rowPitch: width * lanes, size: size, stride: stride, dilation: 1, has: level, rowSize: size,
							rowStride: stride, rowDilation: 1, hasRoutines: true, group: group}
						part := d
						d.setPart(&part, 0, 0)
						if got, want := part.tiles(0, pixels, 1), slices.Contains(sizes, pixels); got != want {
							t.Errorf("%s: a tile of %d pixels of the window %v with stride %d is computed: %t", set.Name,
								pixels, w, stride, got)
						}
					}
				}
			}
		}
	}
}
