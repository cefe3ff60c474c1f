//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package engine

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// mapping is a file that is mapped into memory: it is read where it is needed, and processes share it.
type mapping struct {
	path  string
	data  string
	file  *os.File
	state fileState
}

// openMapping maps a file. Its end may be cut off while it is in use: see guarded.
func openMapping(path string) (m *mapping, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for who writes to it
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if !info.Mode().IsRegular() {
		return nil, refuse("%s is no file of packed weights", path)
	}
	if size == 0 || size != int64(int(size)) {
		return nil, refuse("%s has %d bytes, and is no file of packed weights", path, size)
	}
	state, err := stateOf(f)
	if err != nil {
		return nil, err
	}
	bytes, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, os.NewSyscallError("mmap", err))
	}
	data := unsafe.String(unsafe.SliceData(bytes), len(bytes))
	return &mapping{path, data, f, state}, nil
}

// check returns an error if the file has been written to since it was mapped: what was computed meanwhile may be of
// neither the old weights nor the new ones. A file that another was renamed over stays what it was.
func (m *mapping) check() error {
	if state, err := stateOf(m.file); state == m.state || err != nil {
		return err
	}
	return refuse("%s was written to while it was in use: replace it by renaming another file over it, then Swap",
		m.path)
}

// close unmaps the file.
func (m *mapping) close() error {
	err := syscall.Munmap(unsafe.Slice(unsafe.StringData(m.data), len(m.data)))
	if e := m.file.Close(); err == nil {
		err = e
	}
	return err
}
