package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// failing takes writes until the one numbered at, from which on it fails, or takes a byte less than it is given.
type failing struct {
	at, count int
	short     bool
}

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	f.count++
	if f.count <= f.at {
		return len(p), nil
	}
	if f.short {
		return len(p) - 1, nil
	}
	return 0, errFull
}

// TestFailingOutput runs every command that prints, with a standard output that fails at its k-th write, for every k.
// Each run must say so, and exit with 1.
func TestFailingOutput(t *testing.T) {
	fashion, err := filepath.Abs("../../examples/fashion/fashion.net")
	if err != nil {
		t.Fatal(err)
	}
	weights := filepath.Join(filepath.Dir(fashion), "f0.safetensors")
	t.Chdir(t.TempDir())
	model := []string{"onnx", "--variant", "f0", "--weights", weights, "-o", "m.onnx", fashion}
	if code := run(model, nil, io.Discard, io.Discard); code != exitDone {
		t.Fatal("no model")
	}
	for _, line := range [][]string{
		{"check", "--json", fashion},
		{"fmt", fashion},
		{"fmt", "-l", "-d", fashion},
		{"variants", fashion},
		{"variants", "--json", fashion},
		{"scale", "--phi", "1.5", fashion},
		{"summary", "--variant", "f0", fashion},
		{"summary", "--variant", "f0", "--json", fashion},
		{"onnx", "--variant", "f0", "--weights", weights, "-o", "-", fashion},
		{"verify", "m.onnx"},
		{"gen", "--variant", "f0", "--weights", weights, "--print-plan", "-o", "network", fashion},
		{"gen", "--variant", "f0", "--weights", weights, "--dump-after", "all", "-o", "network", fashion},
		{"weights", "--variant", "f0", fashion, weights},
		{"weights", "--variant", "f0", "--json", fashion, weights},
		{"weights", "--variant", "f0", "--suggest", fashion, weights},
		{"torch", "--variant", "f0", "-o", "-", fashion},
		{"explain"}, {"explain", "N201", "N202"}, {"help"}, {"help", "gen"}, {"gen", "--help"}, {"version"},
	} {
		whole := &failing{at: 1 << 30}
		if code := run(line, strings.NewReader(""), whole, io.Discard); code != exitDone {
			t.Errorf("%q exits with %d", line, code)
		}
		for k := range whole.count {
			if k > 30 && k < whole.count-3 {
				continue // a table writes each of its lines in the same place
			}
			for _, short := range []bool{false, true} {
				var errs strings.Builder
				code := run(line, strings.NewReader(""), &failing{at: k, short: short}, &errs)
				want := map[bool]string{false: errFull.Error(), true: io.ErrShortWrite.Error()}[short]
				if code != exitWrongInput || strings.Count(errs.String(), want) != 1 {
					t.Fatalf("%q exits with %d when write %d fails, and says %q", line, code, k, errs.String())
				}
			}
		}
	}
}

// TestKilledRuns ends runs at whatever they are doing, and looks: the files are the old ones or the new ones, whole,
// and after the next run nothing else is left.
func TestKilledRuns(t *testing.T) {
	fashion, err := filepath.Abs("../../examples/fashion/fashion.net")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	generate := func(seed int) *exec.Cmd {
		return exec.Command("netc", "gen", "--variant", "f0", "--seed", fmt.Sprint(seed), "-o", "network", fashion)
	}
	packages := map[string]int{}
	read := func() string {
		var all bytes.Buffer
		entries, err := os.ReadDir("network")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".netc-") {
				continue
			}
			data, err := os.ReadFile(filepath.Join("network", e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "%s %d\n", e.Name(), len(data))
			all.Write(data)
		}
		return all.String()
	}
	leftovers := func() int {
		names, err := filepath.Glob("network/.netc-*")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	var took time.Duration
	for seed := range 2 {
		began := time.Now()
		if out, err := generate(seed).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		took = time.Since(began)
		packages[read()] = seed
	}
	for i := range 20 {
		signal := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL}[i%3]
		cmd, before, left := generate(i%2), read(), leftovers()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(took))))
		if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		cmd.Wait()
		after := read()
		if _, whole := packages[after]; !whole && after != before && signal != syscall.SIGKILL {
			t.Errorf("%v leaves neither the old package nor the new one", signal)
		}
		if signal != syscall.SIGKILL && leftovers() > left {
			t.Errorf("%v leaves temporary files", signal)
		}
	}
	if out, err := generate(1).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if seed, whole := packages[read()]; !whole || seed != 1 || leftovers() > 0 {
		t.Error("the next run does not mend what killed ones left")
	}
}
