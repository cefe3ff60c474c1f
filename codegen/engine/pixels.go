package engine

import (
	"context"

	"github.com/netc-lang/netc/codegen/kernel"
)

// Pixels says how the pixels of a picture become the network's only input: (pixel − Mean) / Deviation for each
// channel, computed in float32 as a model of ONNX does.
type Pixels struct {
	Mean, Deviation []float32 // of pixels from 0 to 255
}

// set gives a run the inputs of the i-th image: of pixels, unless there are none, or of floats, for each input those of
// one image behind the other. These are two parameters and no struct, so that the caller's list of inputs can stay on
// its stack.
func (r *run) set(inputs [][]float32, pixels []uint8, i int) {
	n := r.engine.network
	if pixels != nil {
		length := n.Inputs[0]
		r.fill(pixels[i*length : (i+1)*length])
		r.memory.SetInput(0, r.planes)
		return
	}
	for k, floats := range n.Inputs {
		r.memory.SetInput(k, inputs[k][i*floats:(i+1)*floats])
	}
}

// levels are what the 256 values of a pixel become, for each channel.
type levels [][256]float32

// levels computes them once for a model: an inference looks each pixel up.
func (p *Pixels) levels() levels {
	all := make(levels, len(p.Mean))
	for c := range all {
		for v := range all[c] {
			all[c][v] = (float32(v) - p.Mean[c]) / p.Deviation[c]
		}
	}
	return all
}

// fill makes an input [channels, height, width] of the pixels of a picture [height, width, channels].
func (r *run) fill(pixels []uint8) {
	if r.planes == nil {
		r.planes = kernel.FloatsOf(AlignedBytes(len(pixels) * int(floatBytes)))
	}
	all := r.engine.levels
	plane := len(pixels) / len(all)
	for c := range all {
		level, out := &all[c], r.planes[c*plane:(c+1)*plane]
		at := c
		for i := range out {
			out[i] = level[pixels[at]]
			at += len(all)
		}
	}
}

// InferPixels is InferBatch for n pictures, each [height, width, channels], one behind the other.
func (e *Engine) InferPixels(ctx context.Context, n int, pixels []uint8, results [][]float32) error {
	if pixels == nil {
		pixels = []uint8{}
	}
	return e.inferAll(ctx, n, nil, pixels, results)
}
