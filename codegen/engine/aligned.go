package engine

import "unsafe"

// alignment is that of values and weights in memory, in bytes: a cache line and the widest vector there is.
const alignment = 64

// AlignedBytes returns n zeros in memory of their own that begins at a multiple of alignment.
func AlignedBytes(n int) []byte {
	all := untouchedBytes(n)
	populate(all, populateWrite)
	return all
}

// untouchedBytes returns the same, of which the system has not put the pages in place.
func untouchedBytes(n int) []byte {
	if n == 0 {
		return nil
	}
	all := make([]byte, n+alignment-1)
	skip := 0
	if past := uintptr(unsafe.Pointer(unsafe.SliceData(all))) % alignment; past != 0 {
		skip = int(alignment - past)
	}
	return all[skip : skip+n : skip+n]
}
