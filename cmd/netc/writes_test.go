package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/dsl/syntax"
)

// TestFullDisk has every command that writes a file write it to a device that takes nothing: each must say so.
func TestFullDisk(t *testing.T) {
	in, try := mistakes(t)
	for _, line := range []string{
		"report -o OUT FILE", "compare -o OUT FILE:A FILE:B", "onnx --variant A --seed 1 -o OUT FILE",
		"pack --variant A --seed 1 -o OUT FILE", "torch --variant A -o OUT FILE",
		"run --variant A --seed 1 -o DIR/full.npz FILE IMAGE", "run --variant A --seed 1 -o DIR/full.npy FILE IMAGE",
		"run --variant A --seed 1 -o OUT FILE IMAGE",
		"search --minimize macs --free=classes=[3,4] --variant A -o OUT FILE",
	} {
		for _, name := range []string{"full.npz", "full.npy"} {
			os.Remove(in(name))
			if err := os.Symlink("/dev/full", in(name)); err != nil {
				t.Fatal(err)
			}
		}
		code, said := try(strings.ReplaceAll(line, "OUT", "/dev/full"))
		if code != exitWrongInput || !strings.Contains(said, "no space left on device") {
			t.Errorf("%s: exit code %d, %s", line, code, said)
		}
	}
}

// TestResultFiles: a result is written in the form that the file's name says.
func TestResultFiles(t *testing.T) {
	in, try := mistakes(t)
	for name, begins := range map[string]string{"r.npz": "PK\x03\x04", "r.npy": "\x93NUMPY", "r.f32": ""} {
		if code, said := try("run --variant A --seed 1 -o DIR/" + name + " FILE IMAGE"); code != exitDone {
			t.Fatal(said)
		}
		got := readTestFile(t, in(name))
		if !strings.HasPrefix(got, begins) || begins == "" && len(got) != 4*5 {
			t.Errorf("%s begins with %q, of %d bytes", name, got[:8], len(got))
		}
	}
	pair := in("pair.net")
	writeTestFile(t, pair, strings.Replace(tiny, "    logits Linear(classes)", "    logits Linear(classes)\n"+
		"    return logits, pool", 1))
	if code, said := try("run --variant A --seed 1 -o DIR/two.npy " + pair + " IMAGE"); code != exitWrongUsage ||
		!strings.Contains(said, "the network has 2 outputs: write them to an archive, a file that ends in .npz") {
		t.Errorf("exit code %d, %s", code, said)
	}
	if code, said := try("run --variant A --seed 1 -o DIR/two.npz " + pair + " IMAGE"); code != exitDone {
		t.Error(said)
	}
}

// TestCandidateFiles: what a candidate's command is handed is written whole, or the error is told, at each write.
func TestCandidateFiles(t *testing.T) {
	space := freeSpace(t)
	c := &search.Candidate{Space: space, Point: space.Origin(), Network: space.Baseline}
	names := []string{}
	for _, f := range candidateFiles("n.net") {
		names = append(names, f.Placeholder+" "+f.Name)
		var whole bytes.Buffer
		if err := f.Write(&whole, c, ""); err != nil || whole.Len() == 0 {
			t.Errorf("%s: %d bytes, %v", f.Name, whole.Len(), err)
		}
		counted := &failing{at: 1 << 30}
		if err := f.Write(counted, c, ""); err != nil {
			t.Fatal(err)
		}
		for k := range counted.count {
			if err := f.Write(&failing{at: k}, c, ""); !errors.Is(err, errFull) {
				t.Errorf("%s, write %d: %v", f.Name, k, err)
			}
		}
	}
	if got := strings.Join(names, ", "); got != "{torch} candidate.py, {onnx} candidate.onnx, {net} candidate.net" {
		t.Errorf("got %s", got)
	}
}

// TestSeconds: what is measured is measured for as long as the command line says.
func TestSeconds(t *testing.T) {
	_, try := mistakes(t)
	for _, tt := range []struct {
		line  string
		least time.Duration
	}{
		{"bench --variant A --seed 1 --seconds 0.2 FILE", 250 * time.Millisecond}, // a quarter more for the profile
		{"compare --measure --seconds 0.2 FILE:A FILE:B", 200 * time.Millisecond},
		{"report --measure --seconds 0.2 -o OUT FILE", 300 * time.Millisecond}, // half of it more for the steps
		{"search --minimize latency --seconds 0.2 --free=classes=[3,4] --variant A FILE", 400 * time.Millisecond},
	} {
		began := time.Now()
		code, said := try(tt.line)
		if took := time.Since(began); code != exitDone || took < tt.least {
			t.Errorf("%s: exit code %d after %v, want %v or more\n%s", tt.line, code, took, tt.least, said)
		}
	}
}

// TestDifferences says of each output by how much it differs.
func TestDifferences(t *testing.T) {
	var said strings.Builder
	printDifferences(&said, []plan.Output{{Name: "a"}, {Name: "b"}}, []execute.Difference{{Most: 0.01234,
		RootMeanSquare: 0.001}, {Most: 0.5, RootMeanSquare: 0.25}})
	const want = "arithmetic fp16: a differs from that of fp32 by at most 0.012 of its largest element, root mean square " +
		"0.001\narithmetic fp16: b differs from that of fp32 by at most 0.5 of its largest element, root mean square 0.25\n"
	if said.String() != want {
		t.Errorf("got %s", said.String())
	}
}

// TestSplitVariant takes a file's name and a variant apart; what is a file is one.
func TestSplitVariant(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTestFile(t, "a:b", "")
	for name, want := range map[string]string{
		"n.net": "n.net,", "n.net:B0": "n.net,B0", ":B0": ",B0", "a:b": "a:b,", "a:b:c": "a:b,c",
		"c:/n.net": "c:/n.net,", `c:\n.net`: `c:\n.net,`, "n:": "n,",
	} {
		file, variant := splitVariant(name)
		if got := file + "," + variant; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestNetFiles: below a folder there are files whose names end in .net, and folders and links with such names are none.
func TestNetFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.MkdirAll("d/e.net", 0o755), os.Mkdir("empty", 0o755),
		os.Symlink("../a.net", "d/link.net")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.net", "d/b.net", "d/e.net/c.net", "d/f.txt"} {
		writeTestFile(t, name, "")
	}
	for path, want := range map[string]string{
		"d": "[d/b.net d/e.net/c.net] <nil>", "a.net": "[a.net] <nil>", "gone": "[gone] <nil>",
		"d/f.txt": "[d/f.txt] <nil>", "empty": "[] there is no .net file in the folder empty",
	} {
		files, err := netFiles(path)
		slices.Sort(files)
		if got := fmt.Sprint(files, err); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	for dir, pattern := range map[string]string{"a": "a", "a*b?c[d]": "a[*]b[?]c[[]d]"} {
		if got := escapeGlob(dir); got != pattern {
			t.Errorf("%s: got %s, want %s", dir, got, pattern)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if found, err := filepath.Glob(escapeGlob(dir)); err != nil || len(found) != 1 || found[0] != dir {
			t.Errorf("%s: found %q, %v", dir, found, err)
		}
	}
}

// TestLongInput: standard input may be as long as a file, and not a byte longer.
func TestLongInput(t *testing.T) {
	const text = "network N {\n    input image[3, 8, 8]\n    a Conv(8)\n}\n\nfamily N { A: }\n"
	for more, want := range map[int]int{0: exitDone, 1: exitWrongInput} {
		long := text + strings.Repeat("\n", syntax.MaxFileSize-len(text)+more)
		var out, problems bytes.Buffer
		if code := run([]string{"check", "-"}, strings.NewReader(long), &out, &problems); code != want {
			t.Errorf("%d bytes: exit code %d, %.300s", len(long), code, &problems)
		}
	}
}
