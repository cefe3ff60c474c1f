package engine

import (
	"syscall"
	"unsafe"
)

// Advice of madvise, from Linux 5.14 on.
const (
	populateRead  = 22
	populateWrite = 23
)

// populate has the system put the pages of memory in place in one call, rather than each when it is first touched,
// which takes longer than to compute with what it holds. It is only a hint: older kernels refuse it.
func populate(memory []byte, advice int) { advise(memory, advice) }

// largePage is the size of the pages that preferLargePages is about.
const largePage = 2 << 20

// preferLargePages has the system use large pages, which are fewer to put in place and to find. It is only a hint, too.
func preferLargePages(memory []byte) { advise(memory, syscall.MADV_HUGEPAGE) }

// advise tells the system something about the pages that lie in memory as a whole.
func advise(memory []byte, advice int) {
	const page = 4096 // the smallest there is; where pages are larger, the kernel refuses what is not aligned to them
	start := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	skip := (page - start%page) % page
	size := uintptr(len(memory))
	if size < skip+page {
		return
	}
	length := (size - skip) / page * page
	_ = syscall.Madvise(memory[skip:skip+length], advice)
}
