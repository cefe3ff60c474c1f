package engine

import "unsafe"

// alignment is that of values and weights in memory, in bytes: a cache line and the widest vector there is.
const alignment = 64

// AlignedFloats returns n zeros in memory of their own that begins at a multiple of alignment.
func AlignedFloats(n int) []float32 {
	all := untouchedFloats(n)
	populate(all, populateWrite)
	return all
}

// untouchedFloats returns the same, of which the system has not put the pages in place.
func untouchedFloats(n int) []float32 {
	if n == 0 {
		return nil
	}
	const size, room = 4, alignment / 4
	all := make([]float32, n+room-1)
	skip := 0
	if past := uintptr(unsafe.Pointer(unsafe.SliceData(all))) % alignment; past != 0 {
		skip = int(alignment-past) / size
	}
	return all[skip : skip+n : skip+n]
}
