package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// TestAdapt: the first convolution of a network for other images is made of one for red, green and blue. A grey image
// gives what it gave.
func TestAdapt(t *testing.T) {
	dir := t.TempDir()
	file, checkpoint := filepath.Join(dir, "tiny.net"), filepath.Join(dir, "w.safetensors")
	writeTestFile(t, file, tiny)
	g, set := trained(t, file, "A", nil)
	writeNamed(t, checkpoint, g, set, nil)
	grey := eval.Noise(g, 3, 1)[0][:256]
	want, err := eval.Run(g, set, slices.Concat(grey, grey, grey))
	if err != nil {
		t.Fatal(err)
	}
	for channels, told := range map[int]string{
		1: "stem.conv.weight is made of kernels for red, green and blue, which are summed",
		2: "which are repeated for 2 channels and scaled by 3/2",
		4: "which are repeated for 4 channels and scaled by 3/4",
		6: "which are repeated for 6 channels and scaled by 3/6",
	} {
		other, golden := filepath.Join(dir, "other.net"), filepath.Join(dir, "golden.npz")
		writeTestFile(t, other, strings.Replace(tiny, "image[3,", fmt.Sprintf("image[%d,", channels), 1))
		_, stderr := netc(t, 1, "weights", "--variant", "A", other, checkpoint)
		if !strings.Contains(stderr, "give --adapt stem.conv") {
			t.Errorf("%d channels: got %s", channels, stderr)
		}
		values := slices.Repeat(grey, channels)
		arrays := []compilertest.Array{{Name: "input", Shape: []int{channels, 16, 16}, Values: values}}
		if channels%3 == 0 || channels == 1 { // otherwise the colours do not weigh alike
			arrays = append(arrays, compilertest.Array{Name: "output", Shape: []int{5}, Values: want[0]})
		} else {
			arrays = append(arrays, compilertest.Array{Name: "output", Shape: []int{5},
				Values: adaptedResults(t, other, set, channels, values)})
		}
		compilertest.WriteArchive(t, golden, arrays...)
		_, stderr = netc(t, 0, "weights", "--variant", "A", "--adapt", "stem.conv", "--expect", golden, other,
			checkpoint)
		if !strings.Contains(stderr, told) || !strings.Contains(stderr, "gives the numbers") {
			t.Errorf("%d channels: got %s", channels, stderr)
		}
	}
	for layer, want := range map[string]string{"next.conv": "only a convolution of the network's input",
		"stem": "no such layer", "stem.conv": "it has 3 channels already"} {
		if _, stderr := netc(t, 1, "weights", "--variant", "A", "--adapt", layer, file,
			checkpoint); !strings.Contains(stderr, "--adapt "+layer+": ") || !strings.Contains(stderr, want) {
			t.Errorf("%s: got %s", layer, stderr)
		}
	}

	// What is merged with its batch norm is adapted as well.
	one, model := filepath.Join(dir, "one.net"), filepath.Join(dir, "m.onnx")
	writeTestFile(t, one, strings.Replace(tiny, "image[3,", "image[1,", 1))
	netc(t, 0, "onnx", "--variant", "A", "--weights", checkpoint, "-o", model, file)
	golden := filepath.Join(dir, "one.npz")
	compilertest.WriteArchive(t, golden, compilertest.Array{Name: "input", Shape: []int{1, 16, 16}, Values: grey},
		compilertest.Array{Name: "output", Shape: []int{5}, Values: want[0]})
	netc(t, 0, "weights", "--variant", "A", "--adapt", "stem.conv", "--expect", golden, one, model)
}

// adaptedResults computes a network whose first kernels are repeated and scaled as timm's are.
func adaptedResults(t *testing.T, file string, set params.Set, channels int, image []float32) []float32 {
	t.Helper()
	g, _ := trained(t, file, "A", nil)
	own := params.Set{}
	for name, tensor := range set {
		own[name] = tensor
	}
	from := set["stem.conv.weight"]
	to := &params.Tensor{Shape: ir.Shape{8, channels, 3, 3}}
	for o := range 8 {
		for c := range channels {
			for i := range 9 {
				to.Data = append(to.Data, from.Data[(o*3+c%3)*9+i]*3/float32(channels))
			}
		}
	}
	own["stem.conv.weight"] = to
	out, err := eval.Run(g, own, image)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}
