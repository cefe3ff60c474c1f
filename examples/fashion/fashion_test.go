package main

import (
	"compress/gzip"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/weights"
	"github.com/netc-lang/netc/examples/fashion/network"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// TestPictures classifies the pictures that are checked in: the first test image of each class, named after what it
// shows. PyTorch, too, takes the shirt for a T-shirt, the two classes that are confused most often.
func TestPictures(t *testing.T) {
	paths, err := filepath.Glob("images/*.png")
	if err != nil || len(paths) != len(classes) {
		t.Fatalf("%d pictures: %v", len(paths), err)
	}
	model, err := network.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		pixels, err := read(path)
		if err != nil {
			t.Fatal(err)
		}
		class, err := model.Predict(t.Context(), pixels)
		if err != nil {
			t.Fatal(err)
		}
		want := classes[filepath.Base(path)[0]-'0']
		if want == "shirt" {
			want = "T-shirt"
		}
		if classes[class] != want {
			t.Errorf("%s is taken for %s, want %s", path, classes[class], want)
		}
	}
	if _, err := read("fashion.net"); err == nil || !strings.Contains(err.Error(), "fashion.net") {
		t.Errorf("a file that is no picture: %v", err)
	}
}

// dataset is where Debian's package dataset-fashion-mnist puts its files; NETC_FASHION_MNIST may name another folder.
func dataset() string {
	if dir := os.Getenv("NETC_FASHION_MNIST"); dir != "" {
		return dir
	}
	return "/usr/share/datasets/fashion-mnist"
}

func readGzip(t *testing.T, name string, header int) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(dataset(), name))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("the test images are not installed: apt-get install dataset-fashion-mnist")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data[header:]
}

// TestAllImages runs the 10,000 test images through the generated code and through ONNX Runtime: the predictions are
// the same, up to ties, and at least 90% of them are right.
func TestAllImages(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 images; not with -short")
	}
	raw := readGzip(t, "t10k-images-idx3-ubyte.gz", 16)
	labels := readGzip(t, "t10k-labels-idx1-ubyte.gz", 8)
	images := make([]float32, len(raw))
	for i, p := range raw {
		images[i] = (float32(p)/255 - mean) / deviation
	}
	model, err := network.New()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(labels)*network.Classes)
	if err := model.Infer(t.Context(), images, got); err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, label := range labels {
		if best(got[i*network.Classes:(i+1)*network.Classes]) == int(label) {
			right++
		}
	}
	t.Logf("%d of %d are right", right, len(labels))
	if right*10 < len(labels)*9 {
		t.Errorf("only %d of %d are right", right, len(labels))
	}
	t.Run("ONNX Runtime", func(t *testing.T) { samePredictions(t, got, runtimeLogits(t, images, len(labels))) })
	t.Run("PyTorch", func(t *testing.T) { samePredictions(t, got, torchLogits(t, len(labels))) })
}

// runtimeLogits runs the emitted ONNX file in ONNX Runtime.
func runtimeLogits(t *testing.T, images []float32, count int) []float32 {
	g, set := trained(t)
	var file strings.Builder
	if err := onnx.Write(&file, g, set); err != nil {
		t.Fatal(err)
	}
	session := ort.Load(t, []byte(file.String()), g.Input().Name, g.Output().Name, 2)
	logits, err := session.Run(images, append([]int{count}, g.Input().Shape...), count*network.Classes)
	if err != nil {
		t.Fatal(err)
	}
	return logits
}

// trained returns the variant F0 and its trained weights.
func trained(t *testing.T) (*ir.Graph, params.Set) {
	t.Helper()
	program, err := compiler.Load("fashion.net")
	if err != nil {
		t.Fatal(err)
	}
	f0, err := program.Build("f0", nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := weights.Read("f0.safetensors", f0.Graph)
	if err != nil {
		t.Fatal(err)
	}
	return f0.Graph, set
}

func best(logits []float32) int {
	class := 0
	for i, v := range logits {
		if v > logits[class] {
			class = i
		}
	}
	return class
}

// samePredictions allows another class only where both implementations see the two within 1e-4 of each other.
func samePredictions(t *testing.T, got, want []float32) {
	t.Helper()
	largest := 0.0
	for at := 0; at < len(want); at += network.Classes {
		g, w := got[at:at+network.Classes], want[at:at+network.Classes]
		for i := range g {
			largest = max(largest, math.Abs(float64(g[i]-w[i])))
		}
		if a, b := best(g), best(w); a != b && (g[a]-g[b] > 1e-4 || w[b]-w[a] > 1e-4) {
			t.Errorf("image %d is %s here and %s there", at/network.Classes, classes[a], classes[b])
		}
	}
	t.Logf("largest difference between logits: %.2g", largest)
}
