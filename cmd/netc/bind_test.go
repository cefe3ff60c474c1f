package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/mapping"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/dsl/source"
)

// netc runs a command line and returns what it prints. The exit code is as expected.
func netc(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	if got := run(args, nil, &out, &problems); got != code {
		t.Fatalf("netc %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, &problems)
	}
	return out.String(), problems.String()
}

// tiny is a network on which padding, epsilon, activation and the order of colours show.
const tiny = `network Tiny(classes: int = 5, epsilon: float = 1e-5, padding: string = "symmetric") {
    use norm = BatchNorm(epsilon: epsilon), act = SiLU, Conv(padding: padding)

    input image[3, resolution, resolution]

    stem   Conv(8, kernel: 3, stride: 2) -> norm -> act
    next   Conv(8, kernel: 3, stride: 2) -> norm -> act
    pool   GlobalAvgPool -> Flatten
    logits Linear(classes)
}

scaling Size(resolution: int = 16) {
    channels(c) = c
}

family Tiny by Size {
    A: resolution = 16
}
`

// trained returns a network of a file's with values under which every layer matters.
func trained(t *testing.T, file, variant string, o build.Override) (*ir.Graph, params.Set) {
	t.Helper()
	program, err := compiler.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	n, err := program.Build(variant, o)
	if err != nil {
		t.Fatal(err)
	}
	return n.Graph, eval.Calibrated(n.Graph, 1, eval.Noise(n.Graph, 2, 2)...)
}

// writeNamed writes the values as safetensors under the names that a mapping gives them; nil: their own.
func writeNamed(t *testing.T, path string, g *ir.Graph, set params.Set, m *mapping.Mapping) {
	t.Helper()
	if m == nil {
		m = mapping.Identity()
	}
	var ours []string
	for _, p := range g.Params() {
		ours = append(ours, p.Name)
	}
	theirs := m.Names(ours)
	header := map[string]any{}
	var data bytes.Buffer
	for _, p := range g.Params() {
		start := data.Len()
		if err := binary.Write(&data, binary.LittleEndian, set.Of(p).Data); err != nil {
			t.Fatal(err)
		}
		header[theirs[p.Name]] = map[string]any{"dtype": "F32", "shape": p.Shape, "data_offsets": []int{start, data.Len()}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	n := len(text)
	file := append([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), 0, 0, 0, 0}, text...)
	writeTestFile(t, path, string(append(file, data.Bytes()...)))
}

func writeTestFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyMapping: a mapping is looked for beside the architecture, wherever the model lies, and named.
func TestVerifyMapping(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	file, checkpoint, model := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "w.safetensors"), filepath.Join(elsewhere, "m.onnx")
	const rules = "epsilon 1e-5 padding symmetric\nstem = first\nnext = second\nlogits = fc\n"
	writeTestFile(t, file, tiny)
	writeTestFile(t, filepath.Join(dir, "tiny.map"), rules)
	m, err := mapping.Parse(source.NewFile("tiny.map", rules))
	if err != nil {
		t.Fatal(err)
	}
	g, set := trained(t, file, "A", nil)
	writeNamed(t, checkpoint, g, set, m)
	netc(t, 0, "onnx", "--variant", "A", "--weights", checkpoint, "-o", model, file)
	stdout, stderr := netc(t, 0, "verify", "--source", file, "--weights", checkpoint, model)
	if !strings.Contains(stdout, "agrees with the source") || !strings.Contains(stderr, "translated by "+filepath.Join(dir, "tiny.map")) {
		t.Errorf("got %s\n%s", stdout, stderr)
	}
}

// TestAs: the name of a published checkpoint gives variant, resolution, arithmetic and normalisation.
func TestAs(t *testing.T) {
	const file = "../../examples/mobilenetv3/mobilenetv3.net"
	dir := t.TempDir()
	checkpoint, model := filepath.Join(dir, "w.safetensors"), filepath.Join(dir, "m.onnx")
	g, set := trained(t, file, "small_050", nil)
	writeNamed(t, checkpoint, g, set, shipped(t, "timm-efficientnet"))

	// timm's own and TensorFlow's are not told apart by names.
	_, stderr := netc(t, 0, "weights", "--variant", "small_050", "--resolution", "192", file, checkpoint)
	if strings.Count(stderr, "names do not tell") != 1 || !strings.Contains(stderr, "--as NAME") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 0, "weights", "--as", "mobilenetv3_small_050.lamb_in1k", file, checkpoint)
	if strings.Contains(stderr, "warning") || !strings.Contains(stderr, "of timm: epsilon 1e-05, padding symmetric\n") ||
		!strings.Contains(stderr, "its images are of 224 × 224 pixels: the shorter side resized to 256 (bicubic)") {
		t.Errorf("got %s", stderr)
	}

	// What a name stands for is what the settings make.
	g, set = trained(t, file, "small_075", nil)
	writeNamed(t, checkpoint, g, set, shipped(t, "timm-efficientnet"))
	plain, named := filepath.Join(dir, "plain.onnx"), model
	netc(t, 0, "onnx", "--variant", "small_075", "--set", "epsilon=0.001", "--set", "padding=same", "--preprocess", "--mean", "0.5,0.5,0.5",
		"--std", "0.5,0.5,0.5", "--weights", checkpoint, "-o", plain, file)
	netc(t, 0, "onnx", "--as", "tf_mobilenetv3_small_075.in1k", "--preprocess", "--weights", checkpoint, "-o", named, file)
	if readTestFile(t, plain) != readTestFile(t, named) {
		t.Error("the models differ")
	}
	_, stderr = netc(t, 0, "weights", "--as", "mobilenetv3_large_100", "--set", "classes=10", "--reinit", "logits", file, largeCheckpoint(t, dir, file))
	if !strings.Contains(stderr, "its weights want different images; name one of them") {
		t.Errorf("got %s", stderr)
	}
}

func largeCheckpoint(t *testing.T, dir, file string) string {
	g, set := trained(t, file, "large_100", build.Override{"resolution": 32})
	path := filepath.Join(dir, "large.safetensors")
	writeNamed(t, path, g, set, shipped(t, "timm-efficientnet"))
	return path
}

// TestAsContradicted: flags that say something else than the name are errors.
func TestAsContradicted(t *testing.T) {
	const file = "../../examples/mobilenetv3/mobilenetv3.net"
	tests := []struct {
		flags string
		want  string
	}{
		{"--as tf_mobilenetv3_small_100.in1k --variant small_075", "--variant small_075 contradicts --as tf_mobilenetv3_small_100.in1k, which has the variant small_100"},
		{"--as tf_mobilenetv3_small_100.in1k --set epsilon=1e-5", "--set epsilon contradicts"},
		{"--as tf_mobilenetv3_small_100.in1k --set padding=symmetric", "--set padding contradicts"},
		{"--as tf_mobilenetv3_small_100.in1k --width 2", "--width 2 contradicts"},
		{"--as tf_mobilenetv3_small_100.in1k --mean 0,0,0 --std 1,1,1", "--mean and --std contradict"},
		{"--as tf_efficientnet_b0.in1k", "is B0 of the family EfficientNet, which is not in " + file + "; see examples/efficientnet/efficientnet.net"},
		{"--as mobilenetv3_small_100.lamp_in1k", "near it are mobilenetv3_small_100.lamb_in1k"},
		{"--as tf_mobilenetv3_small_minimal_100.in1k", "is no network of the examples: it has no squeeze-and-excitation"},
		{"--as resnetblur50.bt_in1k", "without parameters (anti-aliasing)"},
	}
	for _, tt := range tests {
		args := append([]string{"onnx", "-o", filepath.Join(t.TempDir(), "m.onnx")}, strings.Fields(tt.flags)...)
		if _, stderr := netc(t, 1, append(args, file)...); !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.flags, stderr, tt.want)
		}
	}
	netc(t, 0, "summary", "--as", "tf_mobilenetv3_small_100.in1k", "--variant", "SMALL_100", "--set", "epsilon=1e-3", "--resolution", "192", file)
}

func shipped(t *testing.T, name string) *mapping.Mapping {
	t.Helper()
	for _, m := range mapping.Shipped() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no mapping is called %s", name)
	return nil
}

func readTestFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExpect: numbers prove a binding, or say what is wrong with it; nothing is written that they disprove.
func TestExpect(t *testing.T) {
	dir := t.TempDir()
	file, checkpoint, golden := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "w.safetensors"), filepath.Join(dir, "golden.npz")
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
	if !strings.Contains(stderr, "gives the numbers of "+golden+": logits to ") || !strings.Contains(stderr, "for 1 images, read as NCHW") {
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
		if !strings.Contains(stderr, "With epsilon 0.001, padding same it gives them") || !strings.Contains(stderr, "give --set epsilon=0.001 --set padding=same") {
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
	_, stderr = netc(t, 1, append(append([]string{"weights"}, wrong...), filepath.Join(dir, "fixed.net"), checkpoint)...)
	if !strings.Contains(stderr, "has no such settings: write epsilon 0.001, padding same into its BatchNorm and Conv") {
		t.Errorf("got %s", stderr)
	}

	// Usage.
	_, stderr = netc(t, 2, append(append([]string{"onnx"}, wrong...), "-o", model, file)...)
	if !strings.Contains(stderr, "--expect belongs to --weights") {
		t.Errorf("got %s", stderr)
	}
	_, stderr = netc(t, 1, "weights", "--variant", "A", "--expect", file, file, checkpoint)
	if !strings.Contains(stderr, "--expect: ") || !strings.Contains(stderr, "not a format that netc knows") {
		t.Errorf("got %s", stderr)
	}
}

// TestModelArithmetic: the operations of an ONNX model say how it pads and what its epsilon is, and the network must do the same.
func TestModelArithmetic(t *testing.T) {
	dir := t.TempDir()
	file, model := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "m.onnx")
	writeTestFile(t, file, tiny)
	plain := []string{}
	tensorflow := []string{"--set", "epsilon=0.001", "--set", "padding=same"}
	tests := []struct {
		written, bound, with []string
		want                 string // "": it binds
	}{
		{tensorflow, tensorflow, []string{"--keep-bn"}, ""},
		{tensorflow, plain, []string{"--keep-bn"}, "it has epsilon 0.001, padding same, and the network epsilon 1e-05, padding symmetric: give --set epsilon=0.001 --set padding=same"},
		{plain, tensorflow, []string{"--keep-bn"}, "give --set epsilon=1e-05 --set padding=symmetric"},
		{tensorflow, plain, nil, "it has padding same, and the network padding symmetric: give --set padding=same"},
		{tensorflow, []string{"--set", "padding=same"}, nil, ""}, // an epsilon that is merged is gone
		{tensorflow, append(tensorflow, "--resolution", "15"), []string{"--keep-bn"}, ""},
		{append(tensorflow, "--resolution", "15"), tensorflow, []string{"--keep-bn"}, ""}, // 15 pads alike either way, 8 does not
		{append(plain, "--resolution", "33"), plain, []string{"--keep-bn"}, ""},
		{append(plain, "--resolution", "33"), []string{"--set", "padding=same"}, []string{"--keep-bn"}, ""}, // all images are odd
	}
	for _, tt := range tests {
		write := append([]string{"onnx", "--variant", "A", "--seed", "1", "-o", model}, append(tt.with, tt.written...)...)
		netc(t, 0, append(write, file)...)
		code := 0
		if tt.want != "" {
			code = 1
		}
		_, stderr := netc(t, code, append(append([]string{"weights", "--variant", "A"}, tt.bound...), file, model)...)
		if !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "warning") {
			t.Errorf("%v in %v: got %s, want %s", tt.written, tt.bound, stderr, tt.want)
		}
		if err := os.Remove(model); err != nil {
			t.Fatal(err)
		}
	}

	// Operations without parameters.
	netc(t, 0, "onnx", "--variant", "A", "--seed", "1", "-o", model, file)
	for change, want := range map[string]string{
		"act = SiLU => act = ReLU":                          "the model has the operation Sigmoid",
		"next   Conv( => more AvgPool(2)\n    next   Conv(": "",
	} {
		from, to, _ := strings.Cut(change, " => ")
		writeTestFile(t, filepath.Join(dir, "other.net"), strings.Replace(tiny, from, to, 1))
		_, stderr := netc(t, 0, "weights", "--variant", "A", filepath.Join(dir, "other.net"), model)
		if !strings.Contains(stderr, want) || want == "" && strings.Contains(stderr, "warning") {
			t.Errorf("%s: got %s", change, stderr)
		}
	}
	writeTestFile(t, filepath.Join(dir, "pool.net"), strings.Replace(tiny, "    next   Conv(", "    more   AvgPool(3)\n    next   Conv(", 1))
	netc(t, 0, "onnx", "--variant", "A", "--seed", "1", "-o", filepath.Join(dir, "pool.onnx"), filepath.Join(dir, "pool.net"))
	if _, stderr := netc(t, 0, "weights", "--variant", "A", file, filepath.Join(dir, "pool.onnx")); !strings.Contains(stderr, "the model has the operation AveragePool") {
		t.Errorf("anti-aliasing: got %s", stderr)
	}
}
