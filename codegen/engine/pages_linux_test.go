package engine

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/netc-lang/netc/codegen/kernel"
)

// resident returns how many bytes of the mapping that holds an address are in memory: what proc(5) calls Rss.
func resident(t *testing.T, address uintptr) int {
	t.Helper()
	kilobytes, err := strconv.Atoi(fieldsOf(t, address, "Rss:")[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// fieldsOf returns what the system says under a name of the mapping that holds an address.
func fieldsOf(t *testing.T, address uintptr, name string) []string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	inside := false
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		if from, to, ok := strings.Cut(fields[0], "-"); ok {
			first, err := strconv.ParseUint(from, 16, 64)
			last, err2 := strconv.ParseUint(to, 16, 64)
			inside = err == nil && err2 == nil && first <= uint64(address) && uint64(address) < last
		}
		if inside && fields[0] == name {
			return fields[1:]
		}
	}
	t.Fatalf("nothing is mapped at %#x", address)
	return nil
}

// TestLargePages holds that memory of a few large pages is marked as such: "hg" is what proc(5) calls the mark. (Its
// end, which is none, may have a mark of memory that was there before.)
func TestLargePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip(err)
	}
	all := AlignedBytes(3*largePage + largePage/2)
	defer runtime.KeepAlive(all)
	for _, at := range []int{0, 3*largePage - 1} {
		if flags := fieldsOf(t, uintptr(unsafe.Pointer(&all[at])), "VmFlags:"); !slices.Contains(flags, "hg") {
			t.Errorf("byte %d is in a mapping with the marks %s", at, flags)
		}
	}
}

// TestUnmapped holds that a file of weights is mapped no longer once it is closed.
func TestUnmapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.bin")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	mapped := func() bool {
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Skip(err)
		}
		return strings.Contains(string(maps), path)
	}
	m, err := openMapping(path)
	if err != nil {
		t.Fatal(err)
	}
	if !mapped() {
		t.Error("the file is not mapped")
	}
	if err := m.close(); err != nil || mapped() {
		t.Errorf("the file is still mapped: %v", err)
	}
}

// TestPagesInPlace holds that populate puts pages in place, read and write, before anybody touches them.
func TestPagesInPlace(t *testing.T) {
	const size = 16 << 20
	for _, advice := range []int{populateRead, populateWrite} {
		bytes, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
			syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Madvise(bytes[:4096], advice); err != nil {
			t.Skip("this kernel has no such advice: ", err)
		}
		address := uintptr(unsafe.Pointer(&bytes[0]))
		before := resident(t, address)
		populate(bytes, advice)
		// Pages that are read only are all the one page of zeros, which counts for nothing: what can be seen is that
		// the content stays and nothing fails.
		if after := resident(t, address); advice == populateWrite && after-before < size-8192 {
			t.Errorf("%d bytes are in place, %d before, of %d", after, before, size)
		}
		if err := syscall.Munmap(bytes); err != nil {
			t.Fatal(err)
		}
	}
	if populateRead != 22 || populateWrite != 23 {
		t.Error("the advice is not that of linux/mman.h")
	}
}

// TestOriginalIsReleased holds that weights which were moved are not in memory twice. The original is mapped as the
// linker has it: private, to be read only, from a file whose name has no blank.
func TestOriginalIsReleased(t *testing.T) {
	const count = 4 << 20
	data := make([]byte, 4096, 4096+4*count) // the first page is not moved
	for i := range count {
		data = binary.LittleEndian.AppendUint32(data, uint32(i))
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	bytes, err := syscall.Mmap(int(f.Fd()), 0, len(data), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(bytes)
	weights := bytes[4096:]
	copied, original := kernel.FloatsOf(moved(weights)), kernel.FloatsOf(weights)
	if rest := resident(t, uintptr(unsafe.Pointer(&bytes[4096]))); rest > 4*count/10 {
		t.Errorf("%d of %d bytes of the original are still in memory", rest, 4*count)
	}
	for _, i := range []int{0, 1, 1 << 19, count - 1} {
		if copied[i] != original[i] {
			t.Errorf("weight %d is another", i)
		}
	}
}
