package kernel

// copyShape holds the settings of a copy of channels from one blocked value to another with as many pixels.
type copyShape struct{ from, to, channels, pixels int }

// outBlocks returns the range of output blocks that the copied channels lie in.
func (s *copyShape) outBlocks() (first, last int) { return s.to / lanes, blocksOf(s.to + s.channels) }

// items returns how many items the work is cut into: one for each block of the output that is touched.
func (s *copyShape) items() int {
	first, last := s.outBlocks()
	return last - first
}

// copyChannels copies a number of channels, beginning with channel from of in, to those beginning with channel to of out.
// The lanes that follow in the last block it touches become zero: copies to one value go in order of channels.
func copyChannels(out, in []float32, s *copyShape, first, last int) {
	firstBlock, _ := s.outBlocks()
	for item := first; item < last; item++ {
		block := firstBlock + item
		begin, end := max(s.to, block*lanes), min(s.to+s.channels, (block+1)*lanes)
		source := begin - s.to + s.from
		to := out[block*s.pixels*lanes : (block+1)*s.pixels*lanes]
		if end-begin == lanes && source%lanes == 0 {
			copy(to, in[source*s.pixels:])
			continue
		}
		for channel := begin; channel < end; channel++ {
			c := channel - s.to + s.from
			lane, at := channel%lanes, c/lanes*s.pixels*lanes+c%lanes
			for p := range s.pixels {
				to[p*lanes+lane] = in[at+p*lanes]
			}
		}
		for lane := (end-1)%lanes + 1; lane < lanes; lane++ {
			for p := range s.pixels {
				to[p*lanes+lane] = 0
			}
		}
	}
}
