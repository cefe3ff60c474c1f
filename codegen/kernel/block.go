package kernel

// blockShape holds the settings of a change of layout.
type blockShape struct{ channels, pixels int }

// items returns how many items the work is cut into: one for each block of channels.
func (s *blockShape) items() int { return blocksOf(s.channels) }

// block brings a planar value [channels, pixels] into blocked layout. Lanes past the channels become zero.
func block(out, in []float32, s *blockShape, first, last int) {
	for b := first; b < last; b++ {
		to := out[b*s.pixels*lanes : (b+1)*s.pixels*lanes]
		held := min(lanes, s.channels-b*lanes)
		for lane := range lanes {
			if lane >= held {
				for p := range s.pixels {
					to[p*lanes+lane] = 0
				}
				continue
			}
			from := in[(b*lanes+lane)*s.pixels:]
			for p, v := range from[:s.pixels] {
				to[p*lanes+lane] = v
			}
		}
	}
}

// unblock brings a blocked value into planar layout, [channels, pixels].
func unblock(out, in []float32, s *blockShape, first, last int) {
	for b := first; b < last; b++ {
		from := in[b*s.pixels*lanes : (b+1)*s.pixels*lanes]
		for lane := range min(lanes, s.channels-b*lanes) {
			to := out[(b*lanes+lane)*s.pixels:]
			for p := range to[:s.pixels] {
				to[p] = from[p*lanes+lane]
			}
		}
	}
}
