package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestModelArithmeticLinear: a linear layer of a model that is a convolution of single pixels in the network, as the
// head of MobileNetV3 is, leaves nothing to ask.
func TestModelArithmeticLinear(t *testing.T) {
	dir := t.TempDir()
	file, model, names := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "m.onnx"), filepath.Join(dir, "names.txt")
	writeTestFile(t, file, tiny)
	writeTestFile(t, names, "stem = stem\nnext = next\nlogits.conv = logits\n")
	netc(t, 0, "onnx", "--variant", "A", "--seed", "1", "-o", model, file)
	pixels := strings.NewReplacer("GlobalAvgPool -> Flatten", "GlobalAvgPool", "Linear(classes)",
		"Conv(classes, bias: true) -> Flatten").Replace(tiny)
	writeTestFile(t, filepath.Join(dir, "pixels.net"), pixels)
	_, stderr := netc(t, 0, "weights", "--variant", "A", "--mapping", names, filepath.Join(dir, "pixels.net"), model)
	if strings.Contains(stderr, "warning") {
		t.Errorf("got %s", stderr)
	}
}
