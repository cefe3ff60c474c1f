//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package engine

import (
	"os"
	"unsafe"
)

// mapping is a file that would be mapped into memory, where the system can. Here it has been read.
type mapping struct {
	path string
	data string
}

func openMapping(path string) (*mapping, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would wait for who writes to it, and a device may never end
		return nil, refuse("%s is no file of packed weights", path)
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return &mapping{path, unsafe.String(unsafe.SliceData(bytes), len(bytes))}, nil
}

// check returns no error: what has been read does not change.
func (m *mapping) check() error { return nil }

func (m *mapping) close() error { return nil }
