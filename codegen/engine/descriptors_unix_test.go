//go:build unix

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// withoutDescriptors calls a function while the process can open no file.
func withoutDescriptors(t *testing.T, f func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Skip(err)
	}
	none := before
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Skip(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	}()
	f()
}

// TestNoDescriptors: weights that are there, and cannot be opened, are an error, however they are read.
func TestNoDescriptors(t *testing.T) {
	n := constant(300)
	path := filepath.Join(t.TempDir(), "w")
	if err := os.WriteFile(path, fileOf(n, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	type open = func(string, *Network) (*store, error)
	for name, open := range map[string]open{"readFile": readFile, "openStore": openStore} {
		if s, err := open(path, n); err != nil || s == nil {
			t.Errorf("%s: %v", name, err)
		}
		withoutDescriptors(t, func() {
			if s, err := open(path, n); !errors.Is(err, syscall.EMFILE) {
				t.Errorf("%s without descriptors: %v, %v", name, s, err)
			}
		})
	}
}
