package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/torch/python"
)

// TestTorchvisionRun gives netc run the checkpoints that PyTorch writes of torchvision's networks with layer norm and
// attention, and compares the logits with PyTorch's.
func TestTorchvisionRun(t *testing.T) {
	if testing.Short() || !*large {
		t.Skip("run the test with -large: the checkpoints have hundreds of megabytes")
	}
	path := python.Require(t, []string{"torch", "torchvision"}, "python3-torchvision")
	for _, tt := range []struct{ model, file, variant, mapping string }{
		{"convnext_tiny", "convnext", "tiny", "torchvision-convnext"},
		{"vit_b_16", "vit", "base", "torchvision-vit"},
	} {
		t.Run(tt.model, func(t *testing.T) {
			dir := t.TempDir()
			script := exec.Command(path, "testdata/torchvision_run.py", tt.model, dir)
			if out, err := script.CombinedOutput(); err != nil {
				t.Fatalf("torchvision_run.py: %v\n%s", err, out)
			}
			var stdout, stderr bytes.Buffer
			args := []string{"run", "--variant", tt.variant, "--weights", filepath.Join(dir, "model.pth"),
				"-o", filepath.Join(dir, "got.raw"), filepath.Join("../../examples", tt.file, tt.file+".net"),
				filepath.Join(dir, "image.bin")}
			if code := run(args, nil, &stdout, &stderr); code != 0 {
				t.Fatalf("netc %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
			}
			if !strings.Contains(stderr.String(), "translated by "+tt.mapping) ||
				strings.Contains(stderr.String(), "warning") {
				t.Errorf("the mapping is not %s, or the arithmetic not the network's:\n%s", tt.mapping, &stderr)
			}
			compare(t, readFloats(t, filepath.Join(dir, "got.raw")), readFloats(t, filepath.Join(dir, "logits.bin")))
		})
	}
}
