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
func populate(memory []float32, advice int) { advise(memory, advice) }

// preferLargePages has the system use pages of two megabytes, which are fewer to put in place. It is only a hint, too.
func preferLargePages(memory []float32) { advise(memory, syscall.MADV_HUGEPAGE) }

// advise tells the system something about the pages that lie in memory as a whole.
func advise(memory []float32, advice int) {
	const page = 4096 // the smallest there is; where pages are larger, the kernel refuses what is not aligned to them
	start := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	skip := (page - start%page) % page
	size := uintptr(len(memory)) * 4
	if size < skip+page {
		return
	}
	length := (size - skip) / page * page
	_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), skip)), length), advice)
}
