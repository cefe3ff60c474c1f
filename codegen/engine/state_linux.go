package engine

import (
	"os"
	"syscall"
)

// fileState is what changes when a file is written to.
type fileState struct{ size, seconds, nanoseconds int64 }

// stateOf returns the state of an open file. It allocates nothing, for inferences ask.
func stateOf(f *os.File) (fileState, error) {
	var s syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &s); err != nil {
		return fileState{}, os.NewSyscallError("fstat", err)
	}
	return fileState{s.Size, int64(s.Mtim.Sec), int64(s.Mtim.Nsec)}, nil
}
