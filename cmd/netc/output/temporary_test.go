package output

import (
	"io"
	"os"
	"path/filepath"
	"strings"
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

// TestCheck: whoever works long before a file is written learns at once that it cannot be, and nothing is changed.
func TestCheck(t *testing.T) {
	folder := t.TempDir()
	old := filepath.Join(folder, "old")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", filepath.Join(folder, "loop")); err != nil {
		t.Fatal(err)
	}
	r := New(io.Discard)
	defer r.Close()
	for path, want := range map[string]string{
		"-": "", old: "", filepath.Join(folder, "new"): "", os.DevNull: "",
		folder:                             " is a folder, but is to be a file",
		filepath.Join(folder, "no", "new"): "there is no folder " + filepath.Join(folder, "no") + ": make it first",
		filepath.Join(old, "new"):          old + " is not a folder",
		filepath.Join(old, "new", "er"):    "not a directory",
		filepath.Join(folder, "loop"):      "too many symbolic links",
	} {
		err := r.Check(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
		t.Errorf("%v is left: %v", left, err)
	}
}
