package output

import (
	"io"
	"path/filepath"
	"testing"
)

// TestFinished: what the system only says when a file is closed, as some file systems do of a full disk, is an error. A
// file that has been closed before is one of which it says something.
func TestFinished(t *testing.T) {
	r := New(io.Discard)
	defer r.Close()
	at := &target{named: "a.bin", path: filepath.Join(t.TempDir(), "a.bin")}
	if err := r.fill(at, func(io.Writer) error { return at.held.Close() }); err == nil {
		t.Error("a file that was not finished seems to be whole")
	}
}
