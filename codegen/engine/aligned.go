package engine

import (
	"unsafe"

	"github.com/netc-lang/netc/codegen/kernel"
)

// AlignedBytes returns n zeros in memory of their own that begins at a multiple of alignment.
func AlignedBytes(n int) []byte {
	all := untouchedBytes(n)
	populate(all, populateWrite)
	return all
}

// untouchedBytes returns the same, of which the system has not put the pages in place. What there is of whole large
// pages in it is to be such: a processor finds its way to a page anew for each that it has not used for a while.
func untouchedBytes(n int) []byte {
	if n == 0 {
		return nil
	}
	multiple := kernel.Alignment
	if n >= largePage {
		multiple = largePage
	}
	all := make([]byte, n+multiple-1)
	skip := 0
	if past := int(uintptr(unsafe.Pointer(unsafe.SliceData(all))) % uintptr(multiple)); past != 0 {
		skip = multiple - past
	}
	all = all[skip : skip+n : skip+n]
	preferLargePages(all[:n/largePage*largePage])
	return all
}
