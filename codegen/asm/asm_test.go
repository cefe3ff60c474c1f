package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCheckedIn compares the assembly of package kernel with what the routines write now.
func TestCheckedIn(t *testing.T) {
	for _, f := range files {
		want, err := f.write()
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
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
