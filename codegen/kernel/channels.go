package kernel

// channelsShape holds the settings of work with one number for every channel.
type channelsShape struct{ channels, pixels int }

// pieces returns how many pieces each block's pixels are cut into.
func (s *channelsShape) pieces() int { return (s.pixels*lanes + itemFloats - 1) / itemFloats }

// items returns how many items the work is cut into.
func (s *channelsShape) items() int { return blocksOf(s.channels) * s.pieces() }

// span returns the block of an item and the floats it covers.
func (s *channelsShape) span(item int) (block, begin, end int) {
	block = item / s.pieces()
	begin, end = shareOf(s.pixels, s.pieces(), item%s.pieces())
	return block, (block*s.pixels + begin) * lanes, (block*s.pixels + end) * lanes
}

// ones and zeros are the factors and offsets that change nothing.
var (
	ones  = [lanes]float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	zeros [lanes]float32
)

// addChannels adds one value per channel, of a blocked vector, to each of its pixels. out may be in.
func addChannels(out, in, values []float32, s *channelsShape, first, last int) {
	for item := first; item < last; item++ {
		block, begin, end := s.span(item)
		affinePixels(out[begin:end], in[begin:end], &ones, pixelLanes(values, block*lanes))
	}
}

// multiplyChannels multiplies each pixel of a channel with the channel's value in a blocked vector. out may be in.
func multiplyChannels(out, in, values []float32, s *channelsShape, first, last int) {
	for item := first; item < last; item++ {
		block, begin, end := s.span(item)
		affinePixels(out[begin:end], in[begin:end], pixelLanes(values, block*lanes), &zeros)
	}
}

// affine multiplies each pixel of a channel with the channel's factor and adds its offset; both are weights [channels/16][16].
// out may be in.
func affine(out, in, factors, offsets []float32, s *channelsShape, first, last int) {
	for item := first; item < last; item++ {
		block, begin, end := s.span(item)
		affinePixels(out[begin:end], in[begin:end], pixelLanes(factors, block*lanes), pixelLanes(offsets, block*lanes))
	}
}
