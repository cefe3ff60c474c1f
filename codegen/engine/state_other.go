//go:build !linux

package engine

import "os"

// fileState is what changes when a file is written to.
type fileState struct{ size, seconds, nanoseconds int64 }

// stateOf returns the state of an open file.
func stateOf(f *os.File) (fileState, error) {
	info, err := f.Stat()
	if err != nil {
		return fileState{}, err
	}
	at := info.ModTime()
	return fileState{info.Size(), at.Unix(), int64(at.Nanosecond())}, nil
}
