package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/examples/fashion/network"
	"github.com/netc-lang/netc/export/torch"
	"github.com/netc-lang/netc/export/torch/python"
)

// torchLogits runs the emitted PyTorch module with the trained weights, through the training script.
func torchLogits(t *testing.T, count int) []float32 {
	python := python.Require(t, []string{"torch"}, "python3-torch")
	g, _ := trained(t)
	dir := t.TempDir()
	module, err := os.Create(filepath.Join(dir, "module.py"))
	if err != nil {
		t.Fatal(err)
	}
	if err := torch.Write(module, g, torch.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := module.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "logits.f32")
	cmd := exec.Command(python, "train.py", module.Name(), "--weights", "f0.safetensors", "--logits", out)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	logits := make([]float32, count*network.Classes)
	if err := binary.Read(f, binary.LittleEndian, logits); err != nil {
		t.Fatal(err)
	}
	return logits
}
