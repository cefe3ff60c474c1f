package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/onnx/ort"
)

// onnxRuntimeProgram builds the program that runs ONNX Runtime.
func onnxRuntimeProgram(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program with cgo")
	}
	ort.Require(t)
	path := filepath.Join(t.TempDir(), "onnxruntime")
	command := exec.Command("go", "build", "-o", path, "../onnxruntime")
	command.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestVerifyWithRuntime compares models with ONNX Runtime, with and without their source.
func TestVerifyWithRuntime(t *testing.T) {
	program := onnxRuntimeProgram(t)
	const source = "../../examples/fashion/fashion.net"
	for _, tt := range []struct {
		name   string
		flags  []string // of netc onnx
		verify []string
		want   []string
	}{
		{"pixels", []string{"--preprocess", "--mean", "0.3", "--std", "0.4"}, []string{"--source", source, "--seed",
			"3"},
			[]string{"agrees with the source", "agree with ONNX Runtime"}},
		{"no source, weights in another file", []string{"--external-data"}, nil, []string{"agree with ONNX Runtime"}},
		{"several outputs, of integers too", []string{"--softmax", "--topk", "3"}, nil,
			[]string{"agree with ONNX Runtime"}},
	} {
		model := filepath.Join(t.TempDir(), "f0.onnx")
		netc(t, exitDone, append([]string{"onnx", "--variant", "f0", "--seed", "3", "-o", model, source},
			tt.flags...)...)
		out, _ := netc(t, exitDone, append([]string{"verify", "--onnxruntime", program, model}, tt.verify...)...)
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: want %q in:\n%s", tt.name, want, out)
			}
		}
	}

	model := filepath.Join(t.TempDir(), "half.onnx")
	netc(t, exitDone, "onnx", "--variant", "f0", "--seed", "3", "--dtype", "fp16", "-o", model, source)
	_, problem := netc(t, exitUncovered, "verify", "--onnxruntime", program, model)
	if !strings.Contains(problem, "--keep-io") {
		t.Errorf("of 16 bits it says %s", problem)
	}
}

// TestBenchWithRuntime times both in turn. How long they take is no matter.
func TestBenchWithRuntime(t *testing.T) {
	program := onnxRuntimeProgram(t)
	bench := []string{"bench", "--variant", "f0", "--seconds", "0.01", "--batch", "2", "--onnxruntime", program,
		"../../examples/fashion/fashion.net"}
	out, _ := netc(t, exitDone, bench...)
	for _, want := range []string{
		`(?m)^netc +[0-9.]+ ms`, `(?m)^ONNX Runtime +[0-9.]+ ms`, `takes [0-9.]+ times as long`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("want %s in:\n%s", want, out)
		}
	}
	t.Setenv("NETC_ONNXRUNTIME", filepath.Join(t.TempDir(), "no.so"))
	if _, problem := netc(t, exitWrongInput, bench...); !strings.Contains(problem, "ONNX Runtime does not start") {
		t.Errorf("without the library it says %s", problem)
	}
}
