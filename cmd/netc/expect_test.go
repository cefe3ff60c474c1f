package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/export/torch/python"
)

// TestExpect: numbers prove a binding, or say what is wrong with it; nothing is written that they disprove.
func TestExpect(t *testing.T) {
	dir := t.TempDir()
	file, checkpoint, golden := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "w.safetensors"),
		filepath.Join(dir, "golden.npz")
	writeTestFile(t, file, tiny)
	g, set := trained(t, file, "A", build.Override{"epsilon": 1e-3, "padding": "same"})
	for name, tensor := range set {
		for i := range tensor.Data {
			if strings.HasSuffix(name, "running_var") {
				tensor.Data[i] = 0.01 * float32(1+i) // so small that the epsilon shows
			}
		}
	}
	writeNamed(t, checkpoint, g, set, nil)
	image := eval.Noise(g, 3, 1)[0]
	out, err := eval.Run(g, set, image)
	if err != nil {
		t.Fatal(err)
	}
	compilertest.WriteArchive(t, golden, compilertest.Array{Name: "input", Shape: []int{1, 3, 16, 16}, Values: image},
		compilertest.Array{Name: "output", Shape: []int{1, 5}, Values: out[0]})

	right := []string{"--variant", "A", "--set", "epsilon=1e-3", "--set", "padding=same", "--expect", golden}
	_, stderr := netc(t, 0, append(append([]string{"weights"}, right...), file, checkpoint)...)
	if !strings.Contains(stderr, "gives the numbers of "+golden+": logits to ") ||
		!strings.Contains(stderr, "for 1 images, read as NCHW") {
		t.Errorf("got %s", stderr)
	}
	model, pkg := filepath.Join(dir, "m.onnx"), filepath.Join(dir, "pkg")
	netc(t, 0, append(append([]string{"onnx"}, right...), "--weights", checkpoint, "-o", model, file)...)
	netc(t, 0, append(append([]string{"gen"}, right...), "--weights", checkpoint, "-o", pkg, file)...)
	for _, path := range []string{model, pkg} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}

	wrong := []string{"--variant", "A", "--expect", golden}
	for _, command := range [][]string{
		append(append([]string{"weights"}, wrong...), file, checkpoint),
		append(append([]string{"onnx"}, wrong...), "--weights", checkpoint, "-o", model, file),
		append(append([]string{"gen"}, wrong...), "--weights", checkpoint, "-o", pkg, file),
	} {
		_, stderr := netc(t, 1, command...)
		if !strings.Contains(stderr, "With epsilon 0.001, padding same it gives them") ||
			!strings.Contains(stderr, "give --set epsilon=0.001 --set padding=same") {
			t.Errorf("%s: got %s", command[0], stderr)
		}
		for _, path := range []string{model, pkg} {
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%s wrote %s", command[0], path)
			}
		}
	}

	// A file without the settings is to be changed.
	fixed := strings.NewReplacer("padding: padding", `padding: "symmetric"`, "epsilon: epsilon", "epsilon: 1e-5",
		`, epsilon: float = 1e-5, padding: string = "symmetric"`, "").Replace(tiny)
	writeTestFile(t, filepath.Join(dir, "fixed.net"), fixed)
	_, stderr = netc(t, 1, append(append([]string{"weights"}, wrong...), filepath.Join(dir, "fixed.net"),
		checkpoint)...)
	if !strings.Contains(stderr, "has no such settings: write epsilon 0.001, padding same into its BatchNorm and Conv") {
		t.Errorf("got %s", stderr)
	}

	// Usage.
	if _, stderr = netc(t, 2, append(append([]string{"weights"}, right...), "--reinit", "logits", file,
		checkpoint)...); !strings.Contains(stderr, "--expect and --reinit exclude each other") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 2, append(append([]string{"onnx", "--seed", "1"}, wrong...), "-o", model, file)...)
	if !strings.Contains(stderr, "--expect belongs to --weights") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 1, "weights", "--variant", "A", "--expect", file, file, checkpoint)
	if !strings.Contains(stderr, "--expect: ") || !strings.Contains(stderr, "not a format that netc knows") {
		t.Errorf("got %s", stderr)
	}
}

// TestTensorFlowForm proves a network in TensorFlow's form, which PyTorch computes, by its name; the same weights in
// torchvision's are refused, with the setting that gives the numbers, and so is what torch.onnx.export wrote of them,
// by its own operations.
func TestTensorFlowForm(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PyTorch")
	}
	path := python.Require(t, []string{"torch", "torchvision", "onnx"}, "python3-torchvision and python3-onnx")
	const file = "../../examples/mobilenetv3/mobilenetv3.net"
	dir := t.TempDir()
	if out, err := exec.Command(path, "testdata/tensorflow_form.py", "mobilenet_v3_small", "64",
		dir).CombinedOutput(); err != nil {
		t.Fatalf("tensorflow_form.py: %v\n%s", err, out)
	}
	golden, checkpoint, exported := filepath.Join(dir, "golden.npz"), filepath.Join(dir, "model.pth"),
		filepath.Join(dir, "exported.onnx")
	small := []string{"--resolution", "64", file, checkpoint}
	_, stderr := netc(t, 0, append([]string{"weights", "--as", "tf_mobilenetv3_small_100.in1k", "--expect", golden},
		small...)...)
	if !strings.Contains(stderr, "gives the numbers of") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 1, append([]string{"weights", "--as", "torchvision/mobilenet_v3_small", "--expect", golden},
		small...)...)
	if !strings.Contains(stderr, "With padding same it gives them") ||
		!strings.Contains(stderr, "give --set padding=same") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 1, append([]string{"weights", "--variant", "small_100", "--expect", golden}, small...)...)
	if !strings.Contains(stderr, "give --set epsilon=0.001 --set padding=same") {
		t.Errorf("got %s", stderr)
	}

	suggested := filepath.Join(dir, "exported.map")
	rules, _ := netc(t, 0, "weights", "--suggest", "--variant", "small_100", "--resolution", "64", file, exported)
	writeTestFile(t, suggested, rules)
	bind := []string{"weights", "--variant", "small_100", "--resolution", "64", "--mapping", suggested, file, exported}
	if _, stderr = netc(t, 1, bind...); !strings.Contains(stderr, "it has padding same, and the network padding "+
		"symmetric: give --set padding=same") {
		t.Errorf("got %s", stderr)
	}
	netc(t, 0, append(bind, "--set", "padding=same", "--expect", golden)...)
}

// TestExpectNearly: where variances are large, a wrong epsilon is within the tolerance; it is refused all the same,
// with the setting that gives the numbers.
func TestExpectNearly(t *testing.T) {
	dir := t.TempDir()
	file, checkpoint, golden := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "w.safetensors"),
		filepath.Join(dir, "golden.npz")
	writeTestFile(t, file, tiny)
	g, set := trained(t, file, "A", build.Override{"epsilon": 1e-3})
	for name, tensor := range set {
		for i := range tensor.Data {
			if strings.HasSuffix(name, "running_var") {
				tensor.Data[i] = 4
			}
		}
	}
	writeNamed(t, checkpoint, g, set, nil)
	image := eval.Noise(g, 3, 1)[0]
	out, err := eval.Run(g, set, image)
	if err != nil {
		t.Fatal(err)
	}
	compilertest.WriteArchive(t, golden, compilertest.Array{Name: "input", Shape: []int{1, 3, 16, 16}, Values: image},
		compilertest.Array{Name: "output", Shape: []int{1, 5}, Values: out[0]})
	// A mapping that is a proposal is proven by this, and no longer warned of.
	proposal := filepath.Join(dir, "proposal.txt")
	writeTestFile(t, proposal, "proposal\nstem = stem\nnext = next\nlogits = logits\n")
	_, stderr := netc(t, 0, "weights", "--variant", "A", "--set", "epsilon=1e-3", "--expect", golden, "--mapping",
		proposal,
		file, checkpoint)
	if !strings.Contains(stderr, "is proven: remove its line \"proposal\"") || strings.Contains(stderr, "nobody") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 1, "weights", "--variant", "A", "--expect", golden, file, checkpoint)
	for _, want := range []string{"only nearly, logits to ", "With epsilon 0.001 it gives them",
		"give --set epsilon=0.001"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in %s", want, stderr)
		}
	}
}
