//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package output

import (
	"errors"
	"os"
	"runtime"
)

// endings are the signals that end a process and can be caught.
var endings = []os.Signal{os.Interrupt}

// lock does nothing: Windows does not remove files that are open, and elsewhere nothing is swept.
func lock(*os.File) {}

// removeAbandoned removes a temporary file that nobody has open.
func removeAbandoned(path string) {
	if runtime.GOOS == "windows" {
		os.Remove(path)
	}
}

// finished closes a file: Windows renames no file that is open.
func finished(f *os.File) error { return f.Close() }

func duplicate(n int, name string) (*os.File, error) { return nil, errors.ErrUnsupported }

func keepOwner(*os.File, os.FileInfo) {}

func die(os.Signal) { os.Exit(1) }
