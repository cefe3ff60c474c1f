package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/onnx/ort"
)

// TestVerifyWithRuntime builds netc as those do who have ONNX Runtime, and lets it compare a model with it.
func TestVerifyWithRuntime(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds netc with cgo")
	}
	ort.Require(t)
	dir := t.TempDir()
	netc, model := filepath.Join(dir, "netc"), filepath.Join(dir, "f0.onnx")
	source := "../../examples/fashion/fashion.net"
	for _, args := range [][]string{
		{"go", "build", "-tags", "onnxruntime", "-o", netc, "."},
		{netc, "onnx", "--variant", "f0", "--seed", "3", "--preprocess", "--mean", "0.3", "--std", "0.4", "-o", model, source},
		{netc, "verify", "--source", source, "--seed", "3", model},
	} {
		command := exec.Command(args[0], args[1:]...)
		command.Env = append(os.Environ(), "CGO_ENABLED=1")
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		if args[1] != "verify" {
			continue
		}
		for _, want := range []string{"agrees with the source", "agrees with ONNX Runtime"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("want %q in:\n%s", want, out)
			}
		}
	}
}
