//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestRenamed holds that a file that another was renamed over stays what it was for who has it open.
func TestRenamed(t *testing.T) {
	n := constant(100_000)
	dir := t.TempDir()
	path, next := filepath.Join(dir, "weights.bin"), filepath.Join(dir, "next")
	writeFile(t, path, fileOf(n, 1))
	e, err := Open(n, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	writeFile(t, next, fileOf(n, 2))
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
	answers(t, e, 1)
	if err := e.Verify(); err != nil {
		t.Error(err)
	}
	if err := e.Swap(path); err != nil {
		t.Fatal(err)
	}
	answers(t, e, 2)
}

// TestWrittenTo writes to a file that is in use: inferences return an error from then on, until other weights come.
func TestWrittenTo(t *testing.T) {
	n := constant(100_000)
	path := writeFile(t, filepath.Join(t.TempDir(), "weights.bin"), fileOf(n, 1))
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	e, err := Open(n, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	answers(t, e, 1)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{1}, 2000); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got, err := answer(e); !errors.Is(err, ErrWeights) || !strings.Contains(err.Error(), "by renaming") {
		t.Errorf("the answer is %g, %v", got, err)
	}
	if err := e.Verify(); !errors.Is(err, ErrWeights) {
		t.Errorf("Verify: %v", err)
	}
	if err := e.Swap(writeFile(t, path+"2", fileOf(n, 2))); err != nil {
		t.Fatal(err)
	}
	answers(t, e, 2)
}

// TestCutOff cuts a file off that is in use: pages of it that are read then are a fault, which is an error of whoever
// met with it, on a caller's goroutine and on a helper's, and not the end of the program.
func TestCutOff(t *testing.T) {
	n := constant(3 << 20)
	for _, workers := range []int{1, 3} {
		path := writeFile(t, filepath.Join(t.TempDir(), "weights.bin"), fileOf(n, 1))
		e, err := Open(n, path, []Option{WithWorkers(workers)})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Verify(); err != nil { // the check in the background is over then, or soon
			t.Fatal(err)
		}
		if err := os.Truncate(path, 8192); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if got, err := answer(e); !errors.Is(err, ErrWeights) || !strings.Contains(err.Error(), "was cut off") {
				t.Fatalf("%d workers: the answer is %g, %v", workers, got, err)
			}
			err := e.InferBatch(t.Context(), 7, list(make([]float32, 7)), list(make([]float32, 7*64)))
			if !errors.Is(err, ErrWeights) {
				t.Fatalf("%d workers: a batch: %v", workers, err)
			}
		}
		if err := e.Verify(); !errors.Is(err, ErrWeights) || !strings.Contains(err.Error(), "was cut off") {
			t.Errorf("Verify: %v", err)
		}
		if e.helping != 0 {
			t.Errorf("%d helpers are still at work", e.helping)
		}
		if err := e.Swap(writeFile(t, path+"2", fileOf(n, 2))); err != nil {
			t.Fatal(err)
		}
		answers(t, e, 2)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestMappedAllocatesNothing holds that the looks at a mapped file cost an inference no memory. Where the system needs
// more than a call, it may.
func TestMappedAllocatesNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux's call is known")
	}
	n := constant(100_000)
	path := writeFile(t, filepath.Join(t.TempDir(), "weights.bin"), fileOf(n, 1))
	for _, workers := range []int{1, 3} {
		e, err := Open(n, path, []Option{WithWorkers(workers)})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Verify(); err != nil {
			t.Fatal(err)
		}
		image, results := make([]float32, 3), make([]float32, 3*64)
		one := func() { e.Infer(t.Context(), list(image[:1]), list(results[:64])) }
		batch := func() { e.InferBatch(t.Context(), 3, list(image), list(results)) }
		for name, run := range map[string]func(){"an inference": one, "a batch": batch} {
			for range 20 {
				run()
			}
			if allocations := testing.AllocsPerRun(50, run); allocations != 0 {
				t.Errorf("%g allocations for %s with %d workers", allocations, name, workers)
			}
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
