package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestModelArithmetic: the operations of an ONNX model say how it pads and what its epsilon is, and the network must
// do the same.
func TestModelArithmetic(t *testing.T) {
	dir := t.TempDir()
	file, model := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "m.onnx")
	writeTestFile(t, file, tiny)
	plain := []string{}
	tensorflow := []string{"--set", "epsilon=0.001", "--set", "padding=same"}
	tests := []struct {
		written, bound, with []string
		want                 string // "": it binds
	}{
		{tensorflow, tensorflow, []string{"--keep-bn"}, ""},
		{tensorflow, plain, []string{"--keep-bn"}, "it has epsilon 0.001, padding same, and the network epsilon " +
			"1e-05, padding symmetric: give --set epsilon=0.001 --set padding=same"},
		{plain, tensorflow, []string{"--keep-bn"}, "give --set epsilon=1e-05 --set padding=symmetric"},
		{tensorflow, plain, nil, "it has padding same, and the network padding symmetric: give --set padding=same"},
		{tensorflow, []string{"--set", "padding=same"}, nil, ""}, // an epsilon that is merged is gone
		{tensorflow, append(tensorflow, "--resolution", "15"), []string{"--keep-bn"}, ""},
		// 15 pads alike either way, 8 does not
		{append(tensorflow, "--resolution", "15"), tensorflow, []string{"--keep-bn"}, ""},
		{append(plain, "--resolution", "33"), plain, []string{"--keep-bn"}, ""},
		// all images are odd
		{append(plain, "--resolution", "33"), []string{"--set", "padding=same"}, []string{"--keep-bn"}, ""},
	}
	for _, tt := range tests {
		write := append([]string{"onnx", "--variant", "A", "--seed", "1", "-o", model},
			append(tt.with, tt.written...)...)
		netc(t, 0, append(write, file)...)
		code := 0
		if tt.want != "" {
			code = 1
		}
		_, stderr := netc(t, code, append(append([]string{"weights", "--variant", "A"}, tt.bound...), file, model)...)
		if !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "warning") {
			t.Errorf("%v in %v: got %s, want %s", tt.written, tt.bound, stderr, tt.want)
		}
		if err := os.Remove(model); err != nil {
			t.Fatal(err)
		}
	}

	// Operations without parameters.
	netc(t, 0, "onnx", "--variant", "A", "--seed", "1", "-o", model, file)
	for change, want := range map[string]string{
		"act = SiLU => act = ReLU":                          "the model has the operation Sigmoid",
		"next   Conv( => more AvgPool(2)\n    next   Conv(": "",
	} {
		from, to, _ := strings.Cut(change, " => ")
		writeTestFile(t, filepath.Join(dir, "other.net"), strings.Replace(tiny, from, to, 1))
		_, stderr := netc(t, 0, "weights", "--variant", "A", filepath.Join(dir, "other.net"), model)
		if !strings.Contains(stderr, want) || want == "" && strings.Contains(stderr, "warning") {
			t.Errorf("%s: got %s", change, stderr)
		}
	}
	writeTestFile(t, filepath.Join(dir, "pool.net"), strings.Replace(tiny, "    next   Conv(",
		"    more   AvgPool(3)\n    next   Conv(", 1))
	netc(t, 0, "onnx", "--variant", "A", "--seed", "1", "-o", filepath.Join(dir, "pool.onnx"),
		filepath.Join(dir, "pool.net"))
	if _, stderr := netc(t, 0, "weights", "--variant", "A", file,
		filepath.Join(dir, "pool.onnx")); !strings.Contains(stderr, "the model has the operation AveragePool") {
		t.Errorf("anti-aliasing: got %s", stderr)
	}
}
