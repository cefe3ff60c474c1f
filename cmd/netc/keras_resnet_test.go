package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/torch/python"
)

// TestKerasResNet binds weights with the names and layouts of Keras' ResNet-50 and compares logits with those of a
// network that pads, pools and strides as Keras' source does it. Names and shapes do not tell the place of the stride:
// in variant 50 with biases the same weights bind, and the numbers disprove it.
func TestKerasResNet(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	path := python.Require(t, []string{"torch", "numpy"}, "python3-torch python3-numpy")
	dir := t.TempDir()
	if out, err := exec.Command(path, "testdata/keras_resnet.py", "1", "48", dir).CombinedOutput(); err != nil {
		t.Fatalf("keras_resnet.py: %v\n%s", err, out)
	}
	for _, tt := range []struct {
		chosen string
		code   int
		want   string
	}{
		{"--variant keras50", 0, "gives the numbers of"},
		{"--variant 50 --set bias=true --set epsilon=1.001e-5", 1, "With the strides of bottlenecks in the other"},
	} {
		if tt.code != 0 && !*large {
			continue // the search for what gives the numbers takes half a minute
		}
		args := append([]string{"weights", "--resolution", "48", "--expect", filepath.Join(dir, "golden.npz")},
			strings.Fields(tt.chosen)...)
		_, stderr := netc(t, tt.code, append(args, "../../examples/resnet/resnet.net",
			filepath.Join(dir, "weights.npz"))...)
		if !strings.Contains(stderr, tt.want) || !strings.Contains(stderr, "translated by keras-resnet") ||
			strings.Contains(stderr, "warning") {
			t.Errorf("%s: got\n%s", tt.chosen, stderr)
		}
	}
}

// TestKerasResNetV2 does the same for ResNet50V2, at a size whose halves are odd: there the way past a block with a
// stride takes every other pixel, and a pooling looks at zeros.
func TestKerasResNetV2(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	path := python.Require(t, []string{"torch", "numpy"}, "python3-torch python3-numpy")
	dir := t.TempDir()
	if out, err := exec.Command(path, "testdata/keras_resnet.py", "2", "36", dir).CombinedOutput(); err != nil {
		t.Fatalf("keras_resnet.py: %v\n%s", err, out)
	}
	_, stderr := netc(t, 0, "weights", "--resolution", "36", "--variant", "50", "--expect",
		filepath.Join(dir, "golden.npz"), "../../examples/resnetv2/resnetv2.net", filepath.Join(dir, "weights.npz"))
	if !strings.Contains(stderr, "gives the numbers of") || !strings.Contains(stderr, "translated by keras-resnetv2") ||
		strings.Contains(stderr, "warning") {
		t.Errorf("got\n%s", stderr)
	}
}
