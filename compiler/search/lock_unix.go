//go:build unix

package search

import (
	"os"
	"syscall"
)

// locks says that lock does what it says.
const locks = true

// lock keeps others from opening a file of results, as long as this process has it open.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
