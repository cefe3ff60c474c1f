//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package engine

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// OpenFile returns the bytes of a file, mapped into memory: they are read when they are needed and shared between
// processes. The file must not change while the model is in use.
func OpenFile(path string) (data string, closeFile func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for who writes to it
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", nil, err
	}
	size := info.Size()
	if size <= 0 || size != int64(int(size)) || !info.Mode().IsRegular() {
		return "", nil, fmt.Errorf("%s is no file of weights", path)
	}
	bytes, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", path, os.NewSyscallError("mmap", err))
	}
	return unsafe.String(unsafe.SliceData(bytes), len(bytes)), func() error { return syscall.Munmap(bytes) }, nil
}
