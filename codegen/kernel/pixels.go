package kernel

// PixelRows says how a value of blocks is gone over pixel by pixel, all channels of each: of each of Batches values,
//
//	[ceil(channels/16)][pixels][16]
//
// with BlockPitch floats between blocks and BatchPitch between values.
type PixelRows struct {
	Batches, BatchPitch, BlockPitch int
	Channels, Pixels                int
}

// runPixels is how many pixels are computed together: a piece of each block that a first-level cache holds.
const runPixels = 16

// pixelWork cuts work on all channels of each pixel into runs of pixels.
type pixelWork struct {
	work
	has  Features
	runs int // of a value
}

func perPixel(m *Machine, p *PixelRows, scratch int) pixelWork {
	runs := (p.Pixels + runPixels - 1) / runPixels
	return pixelWork{work{items: p.Batches * runs, scratch: scratch}, m.Has, runs}
}

// run returns where an item's pixels begin, in floats, and how many there are.
func (w *pixelWork) run(p *PixelRows, item int) (at, pixels int) {
	first := item % w.runs * runPixels
	return item/w.runs*p.BatchPitch + first*lanes, min(runPixels, p.Pixels-first)
}
