package engine

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// releaser returns what gives the pages of parts of some memory back to the system, which reads them from their file
// again if they are touched later. Where that is not sure, it does nothing.
func releaser(memory []byte) func([]byte) {
	maps, err := os.ReadFile("/proc/self/maps")
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	if err != nil || !isFileOnly(string(maps), begin, begin+uintptr(len(memory))) {
		return func([]byte) {}
	}
	return func(part []byte) { advise(part, syscall.MADV_DONTNEED) }
}

// isFileOnly reports whether a range of addresses lies in one mapping of a file that can only be read. maps is what
// proc(5) says of the process.
func isFileOnly(maps string, begin, end uintptr) bool {
	for _, line := range strings.Split(maps, "\n") {
		fields := strings.Fields(line) // address, permissions, offset, device, inode, path
		if len(fields) < 6 {
			continue
		}
		from, to, _ := strings.Cut(fields[0], "-")
		first, err := strconv.ParseUint(from, 16, 64)
		last, err2 := strconv.ParseUint(to, 16, 64)
		if err != nil || err2 != nil || uint64(begin) < first || uint64(end) > last {
			continue
		}
		return strings.HasPrefix(fields[1], "r-") && strings.HasSuffix(fields[1], "p") && fields[4] != "0"
	}
	return false
}
