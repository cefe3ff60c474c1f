package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/checkpoint"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/published"
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/torch/python"
)

// torchvisionModel is one of torchvision's classifiers and what it is here.
type torchvisionModel struct {
	name, file, mapping string
}

// torchvisionModels lists those in the table of published checkpoints, each once. TestTorchvisionRun has those without
// batch norm.
func torchvisionModels() []torchvisionModel {
	var models []torchvisionModel
	for _, m := range published.All() {
		name, _, _ := strings.Cut(m.Name, ".")
		if m.Project != "torchvision" || len(models) > 0 && models[len(models)-1].name == name {
			continue
		}
		by := "torchvision-" + strings.TrimRight(m.File, "xy")
		switch m.File {
		case "convnext", "vit":
			continue
		case "resnet", "densenet", "inception":
			by = m.File
		case "efficientnetv2":
			by = "torchvision-efficientnet"
		}
		models = append(models, torchvisionModel{name, m.File, by})
	}
	return models
}

// TestTorchvision gives netc the checkpoints that PyTorch writes of torchvision's networks and compares the logits:
// those of the emitted ONNX file under ONNX Runtime and those of the generated Go package with PyTorch's; and those
// of a package whose weights come out of what torch.onnx.export wrote, by the mapping that netc proposes for it.
// Without -large, only B0.
func TestTorchvision(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds a network")
	}
	path := python.Require(t, []string{"torch", "torchvision"}, "python3-torchvision")
	for _, m := range torchvisionModels() {
		t.Run(m.name, func(t *testing.T) {
			if m.name != "efficientnet_b0" && !*large {
				t.Skip("run the test with -large")
			}
			compareTorchvision(t, path, m)
		})
	}
}

func compareTorchvision(t *testing.T, pythonPath string, m torchvisionModel) {
	const size = 224
	dir := t.TempDir()
	if out, err := exec.Command(pythonPath, "testdata/torchvision_logits.py", m.name, "224",
		dir).CombinedOutput(); err != nil {
		t.Fatalf("torchvision_logits.py: %v\n%s", err, out)
	}
	image, want := readFloats(t, filepath.Join(dir, "image.bin")), readFloats(t, filepath.Join(dir, "logits.bin"))
	architecture := filepath.Join("../../examples", m.file, m.file+".net")
	checkpointPath, model := filepath.Join(dir, "model.pth"), filepath.Join(dir, "model.onnx")

	chosen := []string{"--as", "torchvision/" + m.name, "--resolution", fmt.Sprint(size)}
	args := slices.Concat([]string{"onnx"}, chosen, []string{"--weights", checkpointPath, "-o", model, architecture})
	var stdout, stderr bytes.Buffer
	if code := run(args, nil, &stdout, &stderr); code != 0 {
		t.Fatalf("netc %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
	}
	if !strings.Contains(stderr.String(), "translated by "+m.mapping) || strings.Contains(stderr.String(), "warning") {
		t.Errorf("the mapping is not %s, or the epsilon not the network's:\n%s", m.mapping, &stderr)
	}

	program, err := compiler.Load(architecture)
	if err != nil {
		t.Fatal(err)
	}
	adopted, err := choice{as: "torchvision/" + m.name, override: build.Override{"resolution": size}}.adopt(program,
		architecture)
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build(adopted.variant, adopted.override)
	if err != nil {
		t.Fatal(err)
	}
	g := network.Graph
	got, err := ort.LoadFile(t, model, g.Input().Name, g.Output().Name, 2).Run(image, []int{1, 3, size, size},
		len(want))
	if err != nil {
		t.Fatal(err)
	}
	t.Log("ONNX Runtime")
	compare(t, got, want)

	t.Log("generated Go")
	set := boundSet(t, checkpointPath, g, weights.Options{Mappings: mapping.Shipped()})
	compare(t, generatedResults(t, g, set, image), want)

	t.Log("generated Go, from the weights in what torch.onnx.export wrote")
	exported := filepath.Join(dir, "exported.onnx")
	stdout.Reset()
	if code := run(slices.Concat([]string{"weights", "--suggest"}, chosen, []string{architecture, exported}), nil,
		&stdout, &stderr); code != 0 {
		t.Fatalf("netc weights --suggest: exit code %d\n%s", code, &stderr)
	}
	suggested, err := mapping.Parse(source.NewFile("suggested.map", stdout.String()))
	if err != nil {
		t.Fatal(err)
	}
	set = boundSet(t, exported, g, weights.Options{Mapping: suggested})
	compare(t, generatedResults(t, g, set, image), want)
}

func boundSet(t *testing.T, path string, g *ir.Graph, o weights.Options) params.Set {
	t.Helper()
	file, err := checkpoint.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	binding, err := weights.Bind(file, g, o)
	if err != nil {
		t.Fatal(err)
	}
	set, err := binding.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func readFloats(t *testing.T, path string) []float32 {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, len(data)/4)
	if err := binary.Read(bytes.NewReader(data), binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return values
}
