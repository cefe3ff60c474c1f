package main

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/search"
	"github.com/netc-lang/netc/compiler/search/evaluator"
	"github.com/netc-lang/netc/examples/fashion/network"
	"github.com/netc-lang/netc/export/torch"
	"github.com/netc-lang/netc/export/torch/python"
)

// TestScore scores a network of another resolution than the images', by training it for a moment.
func TestScore(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts PyTorch; not with -short")
	}
	readGzip(t, "t10k-labels-idx1-ubyte.gz", 8) // skips where the images are not installed
	python := python.Require(t, []string{"torch"}, "python3-torch")
	program, err := compiler.Load("scaled.net")
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build("s1", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := evaluator.Scorer{Folder: t.TempDir(), Seed: 1, Executor: evaluator.Here{}, Job: "test",
		Line: python + ` -B -c 'import sys, train; train.HELD_OUT = 200; train.main()' {torch} ` +
			`--resolution {resolution} --score each --images 256 --epochs 2 --batch 64 --threads 1 --seed {seed}`,
		Files: []evaluator.File{{Placeholder: "{torch}", Name: "n.py",
			Write: func(w io.Writer, c *search.Candidate, _ string) error {
				return torch.Write(w, c.Network.Graph, torch.Options{})
			}}}}
	var epochs []search.Epoch
	score, err := s.Score(t.Context(), &search.Candidate{Network: n, Attempt: 1}, func(e search.Epoch) bool {
		epochs = append(epochs, e)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(epochs) != 2 || epochs[1] != (search.Epoch{Epoch: 2, Score: score}) || score < 0.05 || score > 1 {
		t.Errorf("the epochs %v and the score %g", epochs, score)
	}
}

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
