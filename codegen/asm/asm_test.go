package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCheckedIn has the program write the assembly of package kernel, and compares it with what is there.
func TestCheckedIn(t *testing.T) {
	folder := t.TempDir()
	defer func(before []string) { os.Args = before }(os.Args)
	os.Args = []string{"asm", "-out", folder}
	main()
	for _, f := range files {
		want, err := os.ReadFile(filepath.Join(folder, f.name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "kernel", f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what codegen/asm writes: run go generate ./codegen/kernel", f.name)
		}
	}
}
