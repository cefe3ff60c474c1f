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
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/torch/python"
)

// torchvisionModel is one of torchvision's classifiers and what it is here.
type torchvisionModel struct {
	name          string
	file, variant string
	mapping       string
	settings      build.Override // besides the resolution

}

func torchvisionModels() []torchvisionModel {
	wide := build.Override{"epsilon": 1e-3}
	var models []torchvisionModel
	add := func(mapping, file string, settings build.Override, namesAndVariants ...string) {
		for i := 0; i < len(namesAndVariants); i += 2 {
			models = append(models, torchvisionModel{namesAndVariants[i], file, namesAndVariants[i+1], mapping, settings})
		}
	}
	const efficientnet = "torchvision-efficientnet"
	add(efficientnet, "efficientnet", nil, "efficientnet_b0", "B0", "efficientnet_b1", "B1", "efficientnet_b2", "B2", "efficientnet_b3", "B3", "efficientnet_b4", "B4")
	add(efficientnet, "efficientnet", wide, "efficientnet_b5", "B5", "efficientnet_b6", "B6", "efficientnet_b7", "B7")
	add(efficientnet, "efficientnetv2", wide, "efficientnet_v2_s", "S", "efficientnet_v2_m", "M", "efficientnet_v2_l", "L")
	add("torchvision-mobilenetv2", "mobilenetv2", nil, "mobilenet_v2", "100")
	add("torchvision-mobilenetv3", "mobilenetv3", wide, "mobilenet_v3_large", "large_100", "mobilenet_v3_small", "small_100")
	add("torchvision-mnasnet", "mnasnet", nil, "mnasnet0_5", "050", "mnasnet0_75", "075", "mnasnet1_0", "100")
	add("torchvision-mnasnet", "mnasnet", build.Override{"width": 1.3}, "mnasnet1_3", "100")
	add("resnet", "resnet", nil, "resnet18", "18", "resnet34", "34", "resnet50", "50", "resnet101", "101", "resnet152", "152")
	for _, size := range []string{"400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf"} {
		add("torchvision-regnet", "regnetx", nil, "regnet_x_"+size, size)
		add("torchvision-regnet", "regnety", nil, "regnet_y_"+size, size)
	}
	return models
}

// TestTorchvision gives netc the checkpoints that PyTorch writes of torchvision's networks and compares the logits: those of
// the emitted ONNX file under ONNX Runtime and those of the generated Go package with PyTorch's; and those of a package whose weights
// come out of what torch.onnx.export wrote, by the mapping that netc proposes for it. Without -large, only B0.
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
	if out, err := exec.Command(pythonPath, "testdata/torchvision_logits.py", m.name, "224", dir).CombinedOutput(); err != nil {
		t.Fatalf("torchvision_logits.py: %v\n%s", err, out)
	}
	image, want := readFloats(t, filepath.Join(dir, "image.bin")), readFloats(t, filepath.Join(dir, "logits.bin"))
	architecture := filepath.Join("../../examples", m.file, m.file+".net")
	checkpointPath, model := filepath.Join(dir, "model.pth"), filepath.Join(dir, "model.onnx")

	chosen := []string{"--variant", m.variant, "--resolution", "224"}
	override := build.Override{"resolution": size}
	for name, value := range m.settings {
		override[name] = value
		text := fmt.Sprint(value)
		if name == "width" {
			chosen = append(chosen, "--width", text)
		} else {
			chosen = append(chosen, "--set", name+"="+text)
		}
	}
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
	network, err := program.Build(m.variant, override)
	if err != nil {
		t.Fatal(err)
	}
	g := network.Graph
	got, err := ort.LoadFile(t, model, g.Input().Name, g.Output().Name, 2).Run(image, []int{1, 3, size, size}, len(want))
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
	if code := run(slices.Concat([]string{"weights", "--suggest"}, chosen, []string{architecture, exported}), nil, &stdout, &stderr); code != 0 {
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
