package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestSibling: weights of another variant are told by the variant's name, before any tensor; following that works.
func TestSibling(t *testing.T) {
	const family = `network Deep(classes: int = 5, n: int = 1) {
    input image[3, 16, 16]
    stem   Conv(8, kernel: 3, stride: 2) -> BatchNorm -> ReLU
    next   Unit x n
    pool   GlobalAvgPool -> Flatten
    logits Linear(classes)
}

block Unit()(x) {
    conv Conv(8, kernel: 3) -> BatchNorm -> ReLU
}

family Deep {
    A: n = 1
    B: n = 2
    C: n = 3
}
`
	dir := t.TempDir()
	file, checkpoint := filepath.Join(dir, "deep.net"), filepath.Join(dir, "b.safetensors")
	writeTestFile(t, file, family)
	g, set := trained(t, file, "B", nil)
	writeNamed(t, checkpoint, g, set, nil)
	for _, wrong := range []string{"A", "C"} { // tensors too many, and too few
		_, stderr := netc(t, 1, "weights", "--variant", wrong, file, checkpoint)
		want := "these are not the weights of the variant " + wrong + ", but of B: give --variant B"
		if !strings.Contains(stderr, want) || strings.Contains(stderr, "ignore") ||
			strings.Contains(stderr, "missing") {
			t.Errorf("%s: got %s", wrong, stderr)
		}
	}
	netc(t, 0, "weights", "--variant", "B", file, checkpoint)
	// Another head is not another variant's.
	_, stderr := netc(t, 1, "weights", "--variant", "B", "--set", "classes=7", file, checkpoint)
	if !strings.Contains(stderr, "--reinit logits") {
		t.Errorf("got %s", stderr)
	}
	// A mapping that does not exist is told with those that do.
	_, stderr = netc(t, 1, "weights", "--variant", "B", "--mapping", "torchvision-resnet", file, checkpoint)
	if !strings.Contains(stderr, "there is no such file, and the mappings that come with netc are ") ||
		!strings.Contains(stderr, ", resnet, ") {
		t.Errorf("got %s", stderr)
	}
}
