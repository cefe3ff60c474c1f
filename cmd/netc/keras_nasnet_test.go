package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/torch/python"
)

// TestKerasNASNet binds weights with the names and layouts of Keras' NASNet and compares logits with those of a network
// that pads, crops and pools as Keras' source does it: the mobile one, and one that skips reductions as the large one
// does. The image is such that cells halve even and odd sizes. What has no parameters is told by the numbers: pools
// that do not look at the zeros around their image, and a shortcut that takes the even pixels twice.
func TestKerasNASNet(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	path := python.Require(t, []string{"torch", "numpy"}, "python3-torch python3-numpy")
	text, err := os.ReadFile("../../examples/nasnet/nasnet.net")
	if err != nil {
		t.Fatal(err)
	}
	thin := "--variant large --set cells=2 --set penultimate=192 --set first=16"
	for _, tt := range []struct {
		numbers, chosen, numel string
		old, new               string // what is changed in the source; the numbers must then disprove it
	}{
		{numbers: "4 1056 32 0", chosen: "--variant mobile", numel: "5326716"}, // Keras' count, with the statistics
		{numbers: "2 192 16 1", chosen: thin},
		{"2 192 16 1", thin, "", "padded -> MaxPool(3, stride: 2, padding: 0)",
			`squeeze -> MaxPool(3, stride: 2, padding: "same")`},
		{"2 192 16 1", thin, "", "Pad([-1, -1, 1, 1])", "Pad(0)"},
	} {
		if tt.old != "" && !*large {
			continue // the search for what gives the numbers takes seconds
		}
		dir := t.TempDir()
		arguments := append(strings.Fields("testdata/keras_nasnet.py "+tt.numbers), "76", "60", dir)
		out, err := exec.Command(path, arguments...).CombinedOutput()
		if err != nil {
			t.Fatalf("keras_nasnet.py: %v\n%s", err, out)
		}
		if got := strings.TrimSpace(string(out)); tt.numel != "" && got != tt.numel {
			t.Errorf("the weights are %s numbers, want %s", got, tt.numel)
		}
		changed := strings.Replace(string(text), tt.old, tt.new, 1)
		if tt.old != "" && changed == string(text) {
			t.Fatalf("the example has no %q", tt.old)
		}
		source := filepath.Join(dir, "nasnet.net")
		if err := os.WriteFile(source, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		code, want := 0, "gives the numbers of"
		if tt.old != "" {
			code, want = 1, "does not give the numbers of"
		}
		args := append([]string{"weights", "--resolution", "76x60", "--expect", filepath.Join(dir, "golden.npz")},
			strings.Fields(tt.chosen)...)
		_, stderr := netc(t, code, append(args, source, filepath.Join(dir, "weights.npz"))...)
		if !strings.Contains(stderr, want) || !strings.Contains(stderr, "translated by keras-nasnet") ||
			strings.Contains(stderr, "warning") {
			t.Errorf("%s, %q: got\n%s", tt.chosen, tt.new, stderr)
		}
	}
}
