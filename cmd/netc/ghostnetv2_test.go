package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/torch/python"
)

// TestGhostNetV2 holds examples/ghostnetv2 against a module that is written down from the paper, under timm's names, at
// sizes that are odd and even: attention, made at half the size, is enlarged from 16 pixels to 33 and from 12 to 24.
func TestGhostNetV2(t *testing.T) {
	if testing.Short() {
		t.Skip("runs PyTorch")
	}
	path := python.Require(t, []string{"torch", "torchvision"}, "python3-torchvision")
	for _, tt := range []struct{ as, width, height, across string }{
		{"ghostnetv2_100.in1k", "1", "96", "129"}, {"ghostnetv2_130.in1k", "1.3", "65", "65"},
	} {
		dir := t.TempDir()
		script := exec.Command(path, "testdata/ghostnetv2.py", tt.width, tt.height, tt.across, dir)
		if out, err := script.CombinedOutput(); err != nil {
			t.Fatalf("ghostnetv2.py: %v\n%s", err, out)
		}
		var stdout, stderr bytes.Buffer
		args := []string{"run", "--as", tt.as, "--resolution", tt.height + "x" + tt.across, "--weights",
			filepath.Join(dir, "model.pth"), "-o", filepath.Join(dir, "got.raw"),
			"../../examples/ghostnetv2/ghostnetv2.net", filepath.Join(dir, "image.bin")}
		if code := run(args, nil, &stdout, &stderr); code != 0 {
			t.Fatalf("netc %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
		}
		if !strings.Contains(stderr.String(), "translated by timm-ghostnet") ||
			strings.Contains(stderr.String(), "warning") {
			t.Errorf("the mapping is another, or the arithmetic not the network's:\n%s", &stderr)
		}
		compareWithin(t, readFloats(t, filepath.Join(dir, "got.raw")),
			readFloats(t, filepath.Join(dir, "logits.bin")), 2e-5)
	}
}
