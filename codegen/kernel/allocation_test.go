package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestNoAllocation holds that kernels take no memory from the heap: an inference calls them hundreds of times.
func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	w := window{inHeight: 12, inWidth: 12, size: 3, stride: 1, dilation: 1, top: 1, left: 1, outHeight: 12, outWidth: 12}
	const channels = 32
	room := func() []float32 { return blocked(randomFloats(r, channels*12*12), channels) }
	out, in, residual, bias := room(), room(), room(), vector(randomFloats(r, channels))
	weights, more := alignedFloats(channels*channels*9), alignedFloats(channels*9)
	shapes := struct {
		winograd  winogradShape
		conv      convShape
		pointwise pointwiseShape
		depthwise depthwiseShape
		expand    expandDepthwiseShape
		planar    planarDepthwiseShape
	}{
		winogradShape{channels, channels, w, silu}, convShape{in: channels, out: channels, groups: 1, window: w, function: silu},
		pointwiseShape{in: channels, out: channels, pixels: 12 * 12, function: silu}, depthwiseShape{channels, w, silu},
		expandDepthwiseShape{channels, channels, w, silu, silu}, planarDepthwiseShape{planarShape{3, channels, w, silu}, w, silu},
	}
	scratch := alignedFloats(max(shapes.winograd.scratchFloats(), shapes.conv.scratchFloats(), shapes.pointwise.scratchFloats(), shapes.depthwise.scratchFloats(), shapes.expand.scratchFloats(), shapes.planar.scratchFloats()))
	for name, run := range map[string]func(){
		"winograd": func() {
			winograd(out, in, weights, bias, residual, scratch, &shapes.winograd, 0, shapes.winograd.items())
		},
		"conv": func() { conv(out, in, weights, bias, residual, scratch, &shapes.conv, 0, shapes.conv.items()) },
		"pointwise": func() {
			pointwise(out, in, weights, bias, residual, nil, scratch, &shapes.pointwise, 0, shapes.pointwise.items())
		},
		"depthwise": func() {
			depthwise(out, in, more, bias, residual, nil, scratch, &shapes.depthwise, 0, shapes.depthwise.items())
		},
		"expandDepthwise": func() {
			expandDepthwise(out, in, weights, bias, more, bias, nil, scratch, &shapes.expand, 0, shapes.expand.items())
		},
		"planarDepthwise": func() {
			planarDepthwise(out, in, weights, bias, more, bias, nil, scratch, &shapes.planar, 0, shapes.planar.items())
		},
	} {
		if n := testing.AllocsPerRun(5, run); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}
