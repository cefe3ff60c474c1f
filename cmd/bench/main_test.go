package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl/source"
)

// asProgram makes the test's own program the command.
const asProgram = "NETC_TEST_BENCH"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// project makes a folder that looks like netc's, with two files of examples, and goes there.
func project(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	const network = "network N(out: int) {\n    input image[3, 8, 8]\n    a Conv(out, kernel: 3) -> GlobalAvgPool -> Flatten\n}\n\n"
	for name, text := range map[string]string{
		"examples/one/one.net": network + "family N {\n    large: out = 9\n    Small: out = 4\n    middle: out = 6\n}\n",
		"examples/two/two.net": network + "family N {\n    A: out = 5\n}\n",
		"examples/two/lib.net": "function f(n: int) = n\n",
		"examples/other.net":   "not looked at",
		"codegen/kernel/a.s":   "assembly\n",
		"codegen/asm/b.s":      "more\n",
		"codegen/kernel/c.go":  "none\n",
		"codegen/d.s":          "nor here\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPrepare generates what a network is measured with.
func TestPrepare(t *testing.T) {
	project(t)
	stale := filepath.Join(folder, "n_a", "stale.go") // what a call before has left does not stay
	if err := os.MkdirAll(filepath.Dir(stale), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stale, []byte("package other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	entries, err := prepareAll([]string{"one/one.net:small", "two/two.net:A"})
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	got := fmt.Sprint(entries[0])
	if want := "{N-Small n_small testdata/bench/n_small.onnx image a.flatten 6912 [3 8 8] 4}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, name := range []string{"n_small.onnx", "n_small/model.go", "n_small/weights.bin", "n_a.onnx",
		"n_a/weights.bin"} {
		if paths, err := filepath.Glob(filepath.Join(folder, name)); err != nil || len(paths) == 0 {
			t.Errorf("%s is not there: %v", name, err)
		}
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("a file of another package is left")
	}
	if err := writeProgram(entries); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"github.com/netc-lang/netc/testdata/bench/n_a"`, "n_small.New(n_small.WithWorkers(threads))",
		`Name: "N-Small", MACs: 6912, Model: "testdata/bench/n_small.onnx"`, `Input: "image", Output: "a.flatten"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the program lacks %s:\n%s", want, text)
		}
	}
}

// TestWeights: of images of more than 96 pixels, weights are those that small ones keep in a normal range.
func TestWeights(t *testing.T) {
	const text = "network N {\n    input image[3, resolution, resolution]\n    a Conv(4, kernel: 3) -> BatchNorm\n}\n" +
		"scaling S(resolution: int = 8) {\n    channels(c) = c\n}\n\nfamily N by S {\n    A:\n}\n"
	program, err := compiler.LoadFile(source.NewFile("n.net", text))
	if err != nil {
		t.Fatal(err)
	}
	calibrated := func(resolution int) string {
		n, err := program.Build("A", build.Override{"resolution": resolution})
		if err != nil {
			t.Fatal(err)
		}
		g, _ := pass.Run(pass.Canonical, n.Graph, nil)
		return texts(eval.Calibrated(g, 1))
	}
	for resolution, small := range map[int]int{40: 40, 96: 96, 97: 96, 200: 96} {
		n, err := program.Build("A", build.Override{"resolution": resolution})
		if err != nil {
			t.Fatal(err)
		}
		set, err := weights(program, "A", n)
		if err != nil || texts(set) != calibrated(small) {
			t.Errorf("%d pixels: %v, not the weights of %d", resolution, err, small)
		}
	}
	if calibrated(96) == calibrated(97) {
		t.Error("the size makes no difference")
	}
}

func texts(set params.Set) string {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintln(&all, name, set[name].Data)
	}
	return all.String()
}

// TestPrepareFails: what cannot be prepared is named.
func TestPrepareFails(t *testing.T) {
	project(t)
	for argument, want := range map[string]string{
		"one/one.net":         "one/one.net: write FILE:VARIANT",
		"gone.net:A":          "gone.net:A: examples/gone.net:1:1: cannot read the file",
		"one/one.net:nothing": "one/one.net:nothing: ",
	} {
		if _, err := prepareAll([]string{argument}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", argument, err, want)
		}
	}
	// a folder where a file is written, or a file where a folder is made
	if err := os.MkdirAll(filepath.Join(folder, "n_a.onnx"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare("two/two.net:A"); err == nil {
		t.Error("the model cannot be written, and nothing is said")
	}
	os.RemoveAll("testdata")
	if err := os.WriteFile("testdata", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare("two/two.net:A"); err == nil {
		t.Error("no folder can be made, and nothing is said")
	}
	if err := writeProgram(nil); err == nil {
		t.Error("the program cannot be written, and nothing is said")
	}
}

// TestIdentifier makes package names.
func TestIdentifier(t *testing.T) {
	for name, want := range map[string]string{
		"EfficientNet-B0": "efficientnet_b0", "azAZ09": "azaz09", "a/b:c`{@[é": "a_b_c_____",
	} {
		if got := identifier(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestCheapest takes of each file under examples the variant with the least work.
func TestCheapest(t *testing.T) {
	project(t)
	arguments, err := cheapest()
	if got := strings.Join(arguments, " "); err != nil || got != "one/one.net:Small two/two.net:A" {
		t.Errorf("got %s, %v", got, err)
	}
	if err := os.WriteFile("examples/two/two.net", []byte("network"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := cheapest(); err == nil {
		t.Error("a file that cannot be read is passed over")
	}
	if err := record(nil, nil); err == nil {
		t.Error("a file that cannot be read is not recorded, and nothing is said")
	}
}

// TestRecordAssembly hashes the files of assembly.
func TestRecordAssembly(t *testing.T) {
	project(t)
	var b bytes.Buffer
	if err := recordAssembly(&b); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x  codegen/asm/b.s\n%x  codegen/kernel/a.s\n", hash("more\n"), hash("assembly\n"))
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// hash returns the first half of the bytes that %.16x writes of a hash.
func hash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:16]
}

// TestFails: a command that fails is named, and whoever runs the program learns of it.
func TestFails(t *testing.T) {
	project(t)
	if err := command("false", "a", "b"); err == nil || err.Error() != "false a b: exit status 1" {
		t.Errorf("got %v", err)
	}
	if err := command("true"); err != nil {
		t.Error(err)
	}
	for _, f := range []func() error{func() error { return bench([]string{"gone.net:A"}, nil) },
		func() error { return benchCold(nil, []string{"gone.net:A"}) },
		func() error { return record(nil, []string{"gone.net:A"}) }} {
		if err := f(); err == nil || !strings.Contains(err.Error(), "gone.net:A: ") {
			t.Errorf("got %v", err)
		}
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{{"-build"}, {"-cold"}, {"-record"}, {}} {
		cmd := exec.Command(program, append(flags, "gone.net:A")...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		text, err := cmd.CombinedOutput()
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 ||
			!strings.HasPrefix(string(text), "bench: gone.net:A: ") {
			t.Errorf("%v: %v, %s", flags, err, text)
		}
	}
}

// TestWhatRuns has each flag build and run what it says, with a script in the place of the go command, whose programs
// write how they were called.
func TestWhatRuns(t *testing.T) {
	project(t)
	tools := t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "go"), []byte("#!/bin/sh\ntest -z \"$UNBUILT\" || exit 4\n"+
		"echo \"$*\" >>built\nexec >$3\nchmod +x $3\necho '#!/bin/sh'\n"+
		"echo 'echo $0 $* $NETC_CPU; echo 1000000 >&2; exit $FAILS'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", tools+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("NETC_CPU", "")
	t.Setenv(asProgram, "1")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const bench = "testdata/bench/bench"
	recorded := ""
	for _, level := range levels {
		recorded += bench + " -record " + level + "\n"
	}
	for _, c := range []struct{ arguments, want string }{
		{"", bench + " -threads 1,2 -batch 1,8 -seconds 4 -profile=false\n"},
		{"-threads 3 -batch 2 -seconds 0.5 -profile", bench + " -threads 3 -batch 2 -seconds 0.5 -profile=true\n"},
		{"-build", ""},
		{"-record", recorded + fmt.Sprintf("%x  codegen/asm/b.s\n%x  codegen/kernel/a.s\n",
			hash("more\n"), hash("assembly\n"))},
		{"-cold", "| network | program | start to first logits and end, ms | resident, MB | binary, MB |\n" +
			"|---|---|---|---|---|\n| N-A | generated Go | _ | 1 | 0.0 |\n| N-A | ONNX Runtime | _ | 1 | 0.0 |\n"},
	} {
		os.Remove("built")
		text, err := exec.Command(program, append(strings.Fields(c.arguments), "two/two.net:A")...).Output()
		got := regexp.MustCompile(`[0-9.]+ \| 1 \|`).ReplaceAllString(string(text), "_ | 1 |")
		if err != nil || got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s\n%v", c.arguments, got, c.want, err)
		}
		want := "build -o testdata/bench/bench ./testdata/bench\n"
		if c.arguments == "-cold" {
			want = "build -o testdata/bench/cold/n_a0/cold ./testdata/bench/cold/n_a0\n" +
				"build -o testdata/bench/cold/n_a1/cold ./testdata/bench/cold/n_a1\n"
		}
		if built, err := os.ReadFile("built"); err != nil || string(built) != want {
			t.Errorf("%s: built\n%s\nwant\n%s\n%v", c.arguments, built, want, err)
		}
	}
	for _, name := range []string{"n_a0", "n_a1"} {
		if _, err := os.Stat(filepath.Join(folder, "cold", name, "main.go")); err != nil {
			t.Error(err)
		}
	}
	// what is built or run and fails ends it
	for _, c := range []struct{ variable, flags, want string }{
		{"UNBUILT=1", "-build", "bench: go build -o testdata/bench/bench ./testdata/bench: exit status 4\n"},
		{"UNBUILT=1", "", "bench: go build -o testdata/bench/bench ./testdata/bench: exit status 4\n"},
		{"UNBUILT=1", "-cold", "bench: go build -o testdata/bench/cold/n_a0/cold ./testdata/bench/cold/n_a0: exit status 4\n"},
		{"FAILS=3", "", "1000000\nbench: testdata/bench/bench -threads 1,2 -batch 1,8 -seconds 4 -profile=false: " +
			"exit status 3\n"},
		{"FAILS=3", "-record", "1000000\nbench: with NETC_CPU=portable: exit status 3\n"},
		{"FAILS=3", "-cold", "bench: testdata/bench/cold/n_a0/cold: exit status 3\n1000000\n\n"},
	} {
		cmd := exec.Command(program, append(strings.Fields(c.flags), "two/two.net:A")...)
		cmd.Env = append(os.Environ(), c.variable)
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Run(); err == nil || said.String() != c.want {
			t.Errorf("%s, %s: %v, says %q, want %q", c.variable, c.flags, err, said.String(), c.want)
		}
	}
	// without names, the networks that are reported, or those that there are
	for flags, want := range map[string]string{"-build": "exit status 1", "-cold": "exit status 1", "-record": ""} {
		if err := exec.Command(program, flags).Run(); fmt.Sprint(err) != cmp.Or(want, "<nil>") {
			t.Errorf("%s: got %v, want %s", flags, err, want)
		}
	}
}

// TestColdRows has two programs started that tell how much memory they took.
func TestColdRows(t *testing.T) {
	var head strings.Builder
	if err := coldStarts(&head, nil); err != nil || strings.Count(head.String(), "\n") != 2 ||
		!strings.HasSuffix(head.String(), "\n|---|---|---|---|---|\n") {
		t.Errorf("a table begins with %q: %v", &head, err)
	}
	t.Chdir(t.TempDir())
	script := func(name, text string) {
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// of all starts the most memory counts, not the last, and the median of the times, not that of the eighth
	script("ours", "sleep 0.01\necho . >>ours.log\ntest $(wc -l <ours.log) != 8 || sleep 0.5\n"+
		"if test -e more; then echo 1000000; else echo 7000000; fi >&2\n>more\n"+
		strings.Repeat("# filled up to 200 KB\n", 10_000))
	script("theirs", "echo . >>theirs.log\necho 3000000 >&2\n")
	var rows strings.Builder
	if err := startInTurn(&rows, entry{Name: "N"}, []string{"./ours", "./theirs"}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, line := range strings.Split(strings.TrimSpace(rows.String()), "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 5 {
			t.Fatalf("%q", line)
		}
		names = append(names, cells[0]+", "+cells[1]+", "+cells[3]+", "+cells[4])
		var ms float64
		if _, err := fmt.Sscan(cells[2], &ms); err != nil || ms <= 0 || i == 0 && ms < 10 || ms > 400 {
			t.Errorf("%q ran for %s ms: %v", line, cells[2], err)
		}
	}
	if got, want := strings.Join(names, "; "), "| N, generated Go, 7, 0.2 |; | N, ONNX Runtime, 3, 0.0 |"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, name := range []string{"ours.log", "theirs.log"} {
		if log, err := os.ReadFile(name); err != nil || strings.Count(string(log), ".") != starts {
			t.Errorf("%s: started %d times, want %d: %v", name, strings.Count(string(log), "."), starts, err)
		}
	}
	for text, want := range map[string]string{
		"echo broken >&2\nexit 1\n": "./bad: exit status 1\nbroken\n",
		"echo much >&2\n":           `./bad: strconv.ParseInt: parsing "much": invalid syntax`,
		"echo 1 >&2\necho . >>log\ntest $(wc -l <log) -lt 15 || rm -f log bad\n": "stat ./bad: no such file or directory",
	} {
		script("bad", text)
		if err := startInTurn(&rows, entry{}, []string{"./theirs", "./bad"}); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	// files where folders are made, and folders where files are written
	if err := os.MkdirAll(filepath.Join(folder, "cold", "a0", "main.go"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "cold", "b0"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a": "open testdata/bench/cold/a0/main.go: is a directory",
		"b": "mkdir testdata/bench/cold/b0: not a directory",
	} {
		err := coldStarts(&rows, []entry{{Package: name, Shape: []int{3, 8, 8}}})
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
