package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/torch/python"
)

// TestTorchvisionRun gives netc run the checkpoints that PyTorch writes of torchvision's networks, under the names by
// which --as knows them, and compares the logits with PyTorch's. Networks with layer norm and attention, whose
// checkpoints have hundreds of megabytes, only with -large; the others on small images.
func TestTorchvisionRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds a network")
	}
	path := python.Require(t, []string{"torch", "torchvision"}, "python3-torchvision")
	for _, tt := range []struct {
		model, file, mapping string
		size                 int
		large                bool
		tolerance            float64
	}{
		{"convnext_tiny", "convnext", "torchvision-convnext", 224, true, allowed},
		{"vit_b_16", "vit", "torchvision-vit", 224, true, allowed},
		{"vit_l_32", "vit", "torchvision-vit", 224, true, allowed},
		{"lraspp_mobilenet_v3_large", "lraspp", "torchvision-lraspp", 93, false, allowed},
		{"densenet121", "densenet", "densenet", 64, false, allowed},
		{"inception_v3", "inception", "inception", 107, false, allowed},
	} {
		t.Run(tt.model, func(t *testing.T) {
			if tt.large && !*large {
				t.Skip("run the test with -large")
			}
			dir := t.TempDir()
			script := exec.Command(path, "testdata/torchvision_run.py", tt.model, fmt.Sprint(tt.size), dir)
			if out, err := script.CombinedOutput(); err != nil {
				t.Fatalf("torchvision_run.py: %v\n%s", err, out)
			}
			var stdout, stderr bytes.Buffer
			args := []string{"run", "--as", "torchvision/" + tt.model, "--resolution", fmt.Sprint(tt.size),
				"--weights", filepath.Join(dir, "model.pth"), "-o", filepath.Join(dir, "got.raw"),
				filepath.Join("../../examples", tt.file, tt.file+".net"), filepath.Join(dir, "image.bin")}
			if code := run(args, nil, &stdout, &stderr); code != 0 {
				t.Fatalf("netc %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
			}
			if !strings.Contains(stderr.String(), "translated by "+tt.mapping) ||
				strings.Contains(stderr.String(), "warning") {
				t.Errorf("the mapping is not %s, or the arithmetic not the network's:\n%s", tt.mapping, &stderr)
			}
			compareWithin(t, readFloats(t, filepath.Join(dir, "got.raw")),
				readFloats(t, filepath.Join(dir, "logits.bin")), tt.tolerance)
		})
	}
}
