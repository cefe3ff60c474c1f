package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCheckedIn compares the assembly of package kernel with what the routines write now.
func TestCheckedIn(t *testing.T) {
	for _, r := range routines {
		want, err := assemble(r.emit)
		if err != nil {
			t.Fatalf("%s: %v", r.file, err)
		}
		got, err := os.ReadFile(filepath.Join("..", "kernel", r.file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what codegen/asm writes: run go generate ./codegen/kernel", r.file)
		}
	}
}
