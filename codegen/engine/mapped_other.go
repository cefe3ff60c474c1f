//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package engine

import (
	"fmt"
	"os"
	"unsafe"
)

// OpenFile returns the bytes of a file.
func OpenFile(path string) (data string, closeFile func() error, err error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a pipe would wait for who writes to it, and a device may never end
		err = fmt.Errorf("%s is no file of weights", path)
	}
	if err != nil {
		return "", nil, err
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	return unsafe.String(unsafe.SliceData(bytes), len(bytes)), func() error { return nil }, nil
}
