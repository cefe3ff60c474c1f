package sourcetest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFolderCalledFuzz reads a project whose own folder is called fuzz, but not the corpora in it.
func TestFolderCalledFuzz(t *testing.T) {
	root := filepath.Join(t.TempDir(), "fuzz")
	for _, path := range []string{"examples/a.net", "dsl/testdata/fuzz/FuzzParse/b.net"} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := walkFrom(t, root, func(path string, _ []byte) []Text { return []Text{{Path: path}} })
	if len(found) != 1 || found[0].Path != "examples/a.net" {
		t.Errorf("got %v", found)
	}
}
