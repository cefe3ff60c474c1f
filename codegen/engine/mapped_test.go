//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package engine

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/kernel"
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

// TestLostFile: a mapping whose file is closed already can neither be checked nor closed without an error, and a
// file of nothing is none.
func TestLostFile(t *testing.T) {
	dir := t.TempDir()
	for _, lost := range []bool{false, true} {
		m, err := openMapping(writeFile(t, filepath.Join(dir, "w"), make([]byte, 5000)))
		if err != nil {
			t.Fatal(err)
		}
		if lost {
			m.file.Close()
		}
		if err := m.check(); (err != nil) != lost {
			t.Errorf("the file is closed: %t, and the check says %v", lost, err)
		}
		if err := m.close(); (err != nil) != lost {
			t.Errorf("the file is closed: %t, and to close it is %v", lost, err)
		}
	}
	if _, err := openMapping(writeFile(t, filepath.Join(dir, "empty"), nil)); !errors.Is(err, ErrWeights) {
		t.Errorf("an empty file: %v", err)
	}
}

// TestCutWhileBound: weights that are cut off while kernels convert them are refused, and their file is let go.
func TestCutWhileBound(t *testing.T) {
	t.Setenv("NETC_CPU", "portable") // which widens weights once
	const channels = 512
	n := &Network{Name: "N", Packing: "p", Inputs: []int{1}, Arena: 4 * channels, Sections: []kernel.Section{
		{Type: kernel.F16, Elements: channels * channels}, {Type: kernel.F32, Elements: channels}},
		Steps: []Step{{Name: "fc", Kernel: &kernel.Linear{Out: kernel.InArena(0, kernel.F32, channels, 1),
			In: kernel.InArena(0, kernel.F32, channels, 1), InChannels: channels, OutChannels: channels,
			Weights: kernel.InWeights(0, kernel.F16, channels, channels),
			Bias:    kernel.InWeights(2*channels*channels, kernel.F32, channels, 1)}}}}
	file := WeightsFile(Header{Network: "N", Packing: "p", Type: float16Type}, make([]byte, sectionBytes(n.Sections)))
	path := writeFile(t, filepath.Join(t.TempDir(), "w"), file)
	for _, cut := range []bool{false, true} {
		s, err := openStore(path, n)
		if err != nil {
			t.Fatal(err)
		}
		if cut {
			if err := os.Truncate(path, 4096); err != nil {
				t.Fatal(err)
			}
		}
		err = s.bind(bound(n, nil))
		if cut != errors.Is(err, ErrWeights) || (err != nil) != cut || (s.data == "") != cut {
			t.Errorf("cut off: %t, and binding says %v, with %d bytes left", cut, err, len(s.data))
		}
		if !cut {
			if len(s.bound) != 4*channels*channels {
				t.Errorf("%d bytes are bound", len(s.bound))
			}
			s.free()
		}
	}
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
			results := make([]float32, 7*64)
			err := e.InferBatch(t.Context(), 7, list(make([]float32, 7)), list(results))
			if !errors.Is(err, ErrWeights) {
				t.Fatalf("%d workers: a batch: %v", workers, err)
			}
			if at := slices.IndexFunc(results, func(v float32) bool { return v != 0 }); at >= 0 {
				t.Fatalf("%d workers: a batch with an error has the result %g", workers, results[at])
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
