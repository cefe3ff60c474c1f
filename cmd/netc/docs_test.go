package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/torch/python"
)

// TestGoldenLines runs the lines of docs/weights.md that write a golden file with PyTorch, without the download, and
// proves by it what they say.
func TestGoldenLines(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PyTorch")
	}
	path := python.Require(t, []string{"torch", "torchvision"}, "python3-torchvision")
	_, rest, found := strings.Cut(readTestFile(t, "../../docs/weights.md"), "```python\nimport numpy, torch, "+
		"torchvision\n")
	lines, _, closed := strings.Cut(rest, "```")
	if !found || !closed || !strings.Contains(lines, `weights="IMAGENET1K_V1"`) {
		t.Fatal("docs/weights.md has no such lines")
	}
	dir := t.TempDir()
	command := exec.Command(path, "-c", "import numpy, torch, torchvision\n"+strings.ReplaceAll(lines,
		`weights="IMAGENET1K_V1"`, "weights=None"))
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, stderr := netc(t, 0, "weights", "--as", "torchvision/mobilenet_v3_small", "--expect",
		filepath.Join(dir, "golden.npz"),
		"../../examples/mobilenetv3/mobilenetv3.net", filepath.Join(dir, "model.pth"))
	if !strings.Contains(stderr, "gives the numbers of") || strings.Contains(stderr, "warning") {
		t.Errorf("got %s", stderr)
	}
}
