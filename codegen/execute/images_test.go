package execute

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestReadPipe holds that a pipe is refused without waiting for who writes to it.
func TestReadPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := exec.Command("mkfifo", path).Run(); err != nil {
		t.Skip(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := ReadImages(path, "image", ir.Shape{1, 2, 2})
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a pipe is taken for a file of numbers")
		}
	case <-time.After(10 * time.Second):
		t.Error("a pipe is waited for")
	}
}
