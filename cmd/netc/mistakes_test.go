package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lines are what every command can be given that reads an architecture. FILE, W and OUT stand for the file, for weights
// and for a path to write to. TestMistakes gives each of them what is wrong.
var lines = []string{
	"check FILE", "fmt -l FILE", "variants FILE", "scale --variant A --set classes=7 FILE", "summary --variant A FILE",
	"search --minimize macs --free=classes=[3,4] --variant A FILE", "search --budget 1MMACs --variant A FILE",
	"search --list --variant A FILE", "diff FILE:A FILE:B", "diff FILE:B FILE:A", "compare FILE:A FILE:B",
	"compare FILE:B FILE:A", "report -o OUT FILE", "report --variant A -o OUT FILE",
	"onnx --variant A --weights W -o OUT FILE", "verify --source FILE --variant A --weights W MODEL",
	"gen --shared --variant A --weights W -o OUT FILE", "gen --variant A,B --shared --seed 1 -o OUT FILE",
	"gen --shared --variant A --weights W --features stem -o OUT FILE",
	"gen --shared --weights-file --variant A -o OUT FILE",
	"pack --variant A --weights W -o OUT FILE", "run --variant A --weights W FILE IMAGE",
	"bench --variant A --weights W --seconds 0.001 FILE", "weights --variant A FILE W",
	"weights --variant A --suggest FILE W", "torch --variant A -o OUT FILE",
}

// others are the commands that read no architecture.
var others = []string{"calibrate", "verify MODEL", "explain", "help", "version"}

// mistakes makes a folder with a network, its weights, a model and an image, and returns what runs a line there.
func mistakes(t *testing.T) (in func(name string) string, try func(line string) (code int, said string)) {
	t.Helper()
	dir := t.TempDir()
	in = func(name string) string { return filepath.Join(dir, name) }
	writeTestFile(t, in("tiny.net"), strings.Replace(tiny, "A: resolution = 16",
		"A: resolution = 16\n    B: resolution = 16, classes = 4", 1))
	g, set := trained(t, in("tiny.net"), "A", nil)
	writeNamed(t, in("w.safetensors"), g, set, nil)
	set["stem.norm.weight"].Data[3] = float32(math.NaN())
	writeNamed(t, in("nan.safetensors"), g, set, nil)
	writeTestFile(t, in("image.f32"), strings.Repeat("\x00\x00\x80\x3f", 3*16*16))
	netc(t, exitDone, "onnx", "--variant", "A", "--weights", in("w.safetensors"), "-o", in("m.onnx"), in("tiny.net"))
	t.Setenv("XDG_CACHE_HOME", in("cache"))
	try = func(line string) (int, string) {
		os.RemoveAll(in("out"))
		filled := strings.NewReplacer("FILE", in("tiny.net"), "MODEL", in("m.onnx"), "IMAGE", in("image.f32"),
			"OUT", in("out"), "W", in("w.safetensors"), "DIR", dir).Replace(line)
		var out, problems bytes.Buffer
		code := run(strings.Fields(filled), strings.NewReader(""), &out, &problems)
		return code, problems.String()
	}
	return in, try
}

// TestMistakes gives every command what is wrong of each kind that can be, and what is right beside it: a command that
// passes over a mistake has done another thing than it was asked to, and says that all is well.
func TestMistakes(t *testing.T) {
	in, try := mistakes(t)
	for _, line := range lines {
		right := exitDone
		if strings.HasPrefix(line, "diff") {
			right = exitWrongInput // they differ
		}
		if code, said := try(line); code != right || strings.Contains(said, "netc "+strings.Fields(line)[0]) {
			t.Errorf("%s: exit code %d, %s", line, code, said)
		}
	}
	writeTestFile(t, in("wrong.net"), strings.Replace(tiny, "stem   Conv(8", "stem   Conv(0", 1))
	writeTestFile(t, in("cut.net"), tiny[:100])
	for _, mistake := range []struct {
		name, old, new string // in a line that has old
		code           int
		want           string // a part of what is said
		but            string // for lines with this, it is no mistake
	}{
		{"no such file", "FILE", in("gone.net"), exitWrongInput, "gone.net", ""},
		{"a network that cannot be built", "FILE", in("wrong.net"), exitWrongInput, "wrong.net:", "fmt"},
		{"half a file", "FILE", in("cut.net"), exitWrongInput, "cut.net:", ""},
		{"no such variant", "--variant A", "--variant C", exitWrongInput, `no variant "C"`, ""},
		{"no such variant", ":A", ":C", exitWrongInput, `no variant "C"`, ""},
		{"no such weights", " W", " " + in("gone.safetensors"), exitWrongInput, "gone.safetensors", ""},
		{"weights that are no numbers", " W", " " + in("nan.safetensors"), exitWrongInput, "nan.safetensors: ",
			"--suggest"}, // which looks at names and shapes alone
		{"a mapping that is missing", "--weights W", "--weights W --mapping DIR/gone.map", exitWrongInput,
			"gone.map", ""},
		{"both weights and a seed", "--weights W", "--weights W --seed 3", exitWrongUsage,
			"--weights and --seed exclude each other", ""},
		{"a proof of random weights", "--weights W", "--expect DIR/e.npz", exitWrongUsage,
			"--expect belongs to --weights", ""},
		{"a place that is missing", "-o OUT", "-o ", exitWrongUsage, "-o is missing", ""},
		{"a folder as a file", "-o OUT", "-o DIR", exitWrongInput, "", "gen"},
		{"a folder that is missing", "-o OUT", "-o DIR/no/such/file", exitWrongInput, "there is no folder", "gen"},
	} {
		for _, line := range lines {
			wrong := strings.Replace(line, mistake.old, mistake.new, 1)
			if mistake.new == "-o " {
				wrong = strings.Replace(line, mistake.old, "", 1)
			}
			if wrong == line || mistake.but != "" && strings.Contains(line, mistake.but) {
				continue
			}
			code, said := try(wrong)
			if code != mistake.code || !strings.Contains(said, mistake.want) {
				t.Errorf("%s: %s: exit code %d, %s", mistake.name, wrong, code, said)
			}
			if _, err := os.Stat(in("out")); err == nil {
				t.Errorf("%s: %s writes all the same", mistake.name, wrong)
			}
		}
	}
}

// wrongLines are command lines that are wrong, each with a part of what is said of it.
const wrongLines = `check => at least one file
variants => it takes one file, got 0
scale => got 0
summary => got 0
search => got 0
diff FILE:A => it takes two networks, got 1
diff FILE FILE FILE => got 3
compare FILE:A => it takes two networks or more, got 1
report => got 0
calibrate FILE => it takes no files
onnx => got 0
verify => got 0
gen => got 0
pack => got 0
run FILE => an architecture and inputs, got 1 file
bench => got 0
torch => got 0
weights FILE => an architecture and a checkpoint, got 1 file
explain N9999 => there is no code "N9999"
help a b => it takes one command, got 2
help nothing => there is no command "nothing"
version now => it takes no arguments
variants FILE FILE => it takes one file, got 2
weights FILE W W => got 3 files
weights FILE W --suggest --expect DIR/e.npz --variant A => --suggest and --expect exclude each other
onnx --triton DIR -o OUT FILE => -o and --triton exclude each other
onnx --max-batch 3 -o OUT FILE => --max-batch belongs to --triton
report -o OUT --search-cost macs FILE => --search-cost belongs to --search
report -o OUT --seconds 0 FILE => --seconds is more than 0
search --as x --minimize macs FILE => --as is of no use here
search --free classes --minimize macs FILE => write --free NAME=LIST
search --free ==[3] --minimize macs FILE => write --free NAME=LIST
search --free classes=[3] --free classes=[4] --minimize macs FILE => classes is given twice
search --workers 0 --minimize latency --variant A FILE => --workers is at least one
search --seconds 0 --minimize latency --variant A FILE => --seconds something
gen --dump-after x-y-z -o OUT --seed 1 --variant A FILE => there is no pass "x-y-z"; the passes are 
gen --features stem --embedding -o OUT --seed 1 --variant A FILE => --features and --embedding exclude each other
pack --features stem --embedding -o OUT --seed 1 --variant A FILE => --features and --embedding exclude each other
onnx --features stem --embedding -o OUT --seed 1 --variant A FILE => --features and --embedding exclude each other
pack -o OUT --variant A FILE => the weights are missing
gen -o OUT --variant A FILE => the weights are missing
onnx -o OUT --variant A FILE => the weights are missing
gen --weights W --package p --variant A,B -o OUT FILE => --weights is one file for several variants
gen --seed 1 --package p --variant A,B -o OUT FILE => --package names one package
gen --seed 1 --variant A,a -o OUT --shared FILE => two variants whose packages would be called a
gen --seed 1 --variant A, -o OUT --shared FILE => lists a variant without a name
gen --seed 1 --variant A --weights-dtype fp8 -o OUT FILE => it can be fp32 or fp16
gen --seed 1 --variant A --package Has.Dot -o OUT FILE => cannot be the name of a package
scale --set classes FILE => write --set NAME=VALUE
pack --dump-after x-y-z -o OUT --seed 1 --variant A FILE => there is no pass "x-y-z"; the passes are
scale --set classes=3 --set classes=4 FILE => classes is given twice
scale --width 0 FILE => it is a number above 0
scale --width NaN FILE => it is a number above 0
scale --phi Inf FILE => it is a number
scale --phi -Inf FILE => it is a number
check - - => standard input can be read once
scale --resolution 8x FILE => it is a whole number of pixels, or HEIGHTxWIDTH
scale --resolution 0 FILE => it is a whole number of pixels, or HEIGHTxWIDTH
summary --as nothing FILE => nothing
`

// TestUnknownFlags: every command refuses a flag that it does not have, and a number of files that it does not take.
func TestUnknownFlags(t *testing.T) {
	_, try := mistakes(t)
	for _, c := range commands() {
		if !slices.ContainsFunc(slices.Concat(lines, others),
			func(line string) bool { return strings.Fields(line)[0] == c.name }) {
			t.Errorf("%s has no line", c.name)
		}
	}
	for _, line := range slices.Concat(lines, others) {
		if code, said := try(line + " --bogus"); code != exitWrongUsage ||
			!strings.Contains(said, "there is no flag --bogus") {
			t.Errorf("%s --bogus: exit code %d, %s", line, code, said)
		}
	}
	for row := range strings.Lines(wrongLines) {
		line, want, _ := strings.Cut(strings.TrimSpace(row), " => ")
		code, said := try(line)
		exit := exitWrongUsage
		if strings.HasPrefix(line, "summary --as") {
			exit = exitWrongInput
		}
		if code != exit || !strings.Contains(said, want) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", line, code, exit, want, said)
		}
	}
}

// TestWrongInput gives commands what only some of them take, and is wrong.
func TestWrongInput(t *testing.T) {
	in, try := mistakes(t)
	if err := errors.Join(os.Mkdir(in("empty"), 0o755), os.Mkdir(in("stale"), 0o755),
		os.Mkdir(in("stale/kernel_x.go"), 0o755)); err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, in("few"), "a\nb\n")
	writeTestFile(t, in("other.net"), strings.Replace(tiny, "A: resolution = 16",
		"A: resolution = 16\n    B: resolution = 16, classes = 0", 1))
	writeTestFile(t, in("read-only.net"), "network   N { }\n")
	if err := os.Chmod(in("read-only.net"), 0o444); err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(`
check DIR/empty => there is no .net file in the folder
check DIR/other.net => other.net:
variants DIR/other.net => other.net:
report -o OUT DIR/other.net => other.net:
report --variant A -o OUT DIR/other.net => other.net:
diff DIR/other.net:A DIR/other.net:B => other.net:
compare DIR/other.net:A DIR/other.net:B => other.net:
gen --seed 1 --shared --variant A,B -o OUT DIR/other.net => other.net:
fmt DIR/empty => there is no .net file in the folder
fmt -w DIR/read-only.net => is read-only
fmt DIR/gone.net => gone.net
gen --seed 1 --labels DIR/gone --variant A -o OUT FILE => gone: no such file
gen --seed 1 --labels DIR/few --shared --variant A -o OUT FILE => there are 2 labels
gen --seed 1 --topk 9 --shared --variant A -o OUT FILE => the best 9 of 5 classes
gen --seed 1 --as nothing -o OUT FILE => --as: netc knows no published checkpoint nothing
gen --seed 1 --preprocess --as nothing -o OUT FILE => --as: netc knows no published checkpoint nothing
gen --seed 1 --features nothing --shared --variant A -o OUT FILE => no step "nothing"
gen --seed 1 --variant A,B -o OUT FILE => there is no go.mod above
pack --seed 1 --features nothing --variant A -o OUT FILE => no step "nothing"
onnx --seed 1 --features nothing --variant A -o OUT FILE => no step "nothing"
onnx --seed 1 --triton DIR/few --variant A FILE => few
run --seed 1 --variant A FILE DIR/gone.f32 => gone.f32
run --seed 1 --variant A FILE DIR/few => few
weights --as nothing FILE W => --as: netc knows no published checkpoint nothing
search --minimize macs --free=classes=[3,4] --variant A --results DIR FILE => is a directory
search --variant A --score false{net} --free=classes=[3,4] --work DIR/few --results DIR/r FILE => few
verify DIR/few => few is text, and no ONNX model
verify DIR/gone => gone: no such file
diff FILE:A DIR/gone.net => gone.net
compare FILE:A DIR/gone.net => gone.net
`[1:]) {
		line, want, _ := strings.Cut(strings.TrimSpace(row), " => ")
		if code, said := try(line); code != exitWrongInput && code != exitWrongUsage || !strings.Contains(said, want) {
			t.Errorf("%s: exit code %d, want %q:\n%s", line, code, want, said)
		}
	}
}

// broken is a standard input that fails.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errFull }

// TestBrokenInput: what cannot be read from standard input is no empty file.
func TestBrokenInput(t *testing.T) {
	in, _ := mistakes(t)
	for _, line := range []string{"check -", "fmt", "fmt -", "variants -", "summary -", "scale --set classes=3 -",
		"torch -o x -", "run --variant A --seed 1 " + in("tiny.net") + " -"} {
		var out, problems bytes.Buffer
		if code := run(strings.Fields(line), broken{}, &out, &problems); code != exitWrongInput ||
			!strings.Contains(problems.String(), errFull.Error()) || out.Len() > 0 {
			t.Errorf("%s: exit code %d, prints %s, %s", line, code, &out, &problems)
		}
	}
}

// TestMisspeltProcessor: wherever a network runs, a NETC_CPU that says nothing is refused before it does.
func TestMisspeltProcessor(t *testing.T) {
	_, try := mistakes(t)
	t.Setenv("NETC_CPU", "avx9")
	for _, line := range []string{"run --variant A --weights W FILE IMAGE", "calibrate -o OUT",
		"bench --variant A --weights W FILE", "report --measure -o OUT FILE", "calibrate",
		"search --minimize latency --variant A --free=classes=[3,4] FILE",
		"search --minimize latency --predict --variant A --free=classes=[3,4] FILE"} {
		if code, said := try(line); code == exitDone || !strings.Contains(said, "avx9") {
			t.Errorf("%s: exit code %d, %s", line, code, said)
		}
	}
}

// TestClosed: what a file system tells only when standard output is closed is a failure of the run, unless the run has
// failed before.
func TestClosed(t *testing.T) {
	for _, tt := range []struct {
		code int
		err  error
		want string
	}{
		{exitDone, nil, "0 "}, {exitWrongUsage, nil, "2 "}, {exitWrongUsage, errFull, "2 "},
		{exitDone, errFull, "1 netc: standard output: the disk is full\n"},
	} {
		var said strings.Builder
		if got := fmt.Sprint(closed(&said, tt.code, tt.err), " ") + said.String(); got != tt.want {
			t.Errorf("%d, %v: got %q, want %q", tt.code, tt.err, got, tt.want)
		}
	}
}
