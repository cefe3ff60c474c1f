//go:build unix

package kernel

import (
	"syscall"
)

// processorTime returns how many nanoseconds of processor time the process has used.
func processorTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
