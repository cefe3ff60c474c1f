package checkpoint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/checkpoint"
)

// TestMistaken: what a wrong download leaves in a checkpoint's place is named.
func TestMistaken(t *testing.T) {
	for text, want := range map[string]string{
		"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 46830571\n": "pointer of Git LFS",
		"\n<!DOCTYPE html><html><body>404</body></html>":                               "web page",
		"<html>":                  "web page",
		"\x1f\x8b\x08\x00 packed": "gunzip",
		"nothing that is known":   "not a format that netc knows",
	} {
		path := filepath.Join(t.TempDir(), "model.pth")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := checkpoint.Open(path)
		if err == nil {
			c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
