//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package engine

import (
	"os"
	"unsafe"
)

// openFile returns the bytes of a file.
func openFile(path string) (data string, closeFile func() error, err error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	return unsafe.String(unsafe.SliceData(bytes), len(bytes)), func() error { return nil }, nil
}
