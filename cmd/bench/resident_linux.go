package main

import (
	"os"
	"syscall"
)

// residentBytes returns the most memory that a process which ended had resident.
func residentBytes(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss * 1024
	}
	return 0
}
