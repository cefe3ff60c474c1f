package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/export/onnx/ort"
)

const aroundNet = `network Around {
    use norm = BatchNorm, act = ReLU

    input image[3, 24, 20]

    stem   Conv(16, kernel: 3, stride: 2) -> norm -> act
    pool   GlobalAvgPool -> Flatten
    logits Linear(6)
}

family Around {
    a:
}
`

// aroundMain runs two pictures, through each way that a package has, and prints what they give.
const aroundMain = `package main

import (
	"context"
	"encoding/json"
	"os"

	"generated/network"
)

func main() {
	model, err := network.New(network.WithMaxInferences(1))
	check(err)
	pixels := make([]uint8, 2*network.ImageLength)
	for i := range pixels {
		pixels[i] = uint8(i * i >> 3)
	}
	probabilities := make([]float32, 2*network.Classes)
	check(model.InferPixels(context.Background(), pixels, probabilities))
	best, err := model.Classify(context.Background(), pixels[network.ImageLength:])
	check(err)
	top, err := network.Top(probabilities[network.Classes:], network.TopK)
	check(err)
	plane := network.InputHeight * network.InputWidth
	image := make([]float32, network.ImageLength)
	for i := range image {
		c := i / plane
		image[i] = (float32(pixels[i%plane*network.InputChannels+c])/255 - network.Mean[c]) / network.Std[c]
	}
	floats := make([]float32, network.Classes)
	check(model.Infer(context.Background(), image, floats))
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"probabilities": probabilities, "best": best, "top": top, "floats": floats,
	}))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
`

// TestAround holds that what stands around a network does in Go what it does in a model of ONNX that has the same
// flags.
func TestAround(t *testing.T) {
	ort.Require(t)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{
		"around.net": aroundNet, "labels.txt": "a\nb\nc\nthe fourth\ne\nf\n", "go.mod": "module generated\n\ngo 1.22\n",
		"main.go": aroundMain,
	} {
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{
		{"gen", "-o", in("network")}, {"onnx", "-o", in("around.onnx")},
	} {
		command = append(command, "--seed", "3", "--preprocess", "--mean", "0.4,0.5,0.6", "--std", "0.2,0.25,0.3",
			"--softmax", "--topk", "4", "--labels", in("labels.txt"), in("around.net"))
		var out, problems bytes.Buffer
		if code := run(command, &bytes.Buffer{}, &out, &problems); code != exitDone {
			t.Fatalf("netc %v: %s", command, &problems)
		}
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	type score struct {
		Class              int
		Label              string
		Value, Probability float32
	}
	var got struct {
		Probabilities, Floats []float32
		Best, Top             []score
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	const classes, best = 6, 4
	pixels := make([]uint8, 2*24*20*3)
	for i := range pixels {
		pixels[i] = uint8(i * i >> 3)
	}
	s, err := ort.NewSessionFile(in("around.onnx"), []string{"image"}, []string{"top_scores", "top_classes"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Run([]ort.Tensor{
		{Shape: []int{2, best}, Data: make([]float32, 2*best)}, {Shape: []int{2, best}, Data: make([]int64, 2*best)},
	}, ort.Tensor{Shape: []int{2, 24, 20, 3}, Data: pixels})
	if err != nil {
		t.Fatal(err)
	}
	scores, numbers := out[0].Data.([]float32), out[1].Data.([]int64)
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-5 }
	labels := []string{"a", "b", "c", "the fourth", "e", "f"}
	if len(got.Best) != best || len(got.Probabilities) != 2*classes {
		t.Fatalf("there are %d of the best, and %d probabilities", len(got.Best), len(got.Probabilities))
	}
	for i := range 2 * best {
		if class := int(numbers[i]); !near(got.Probabilities[i/best*classes+class], scores[i]) {
			t.Errorf("picture %d, class %d: %g, and %g in ONNX Runtime", i/best, class,
				got.Probabilities[i/best*classes+class], scores[i])
		}
	}
	for i, b := range got.Best {
		class := int(numbers[best+i])
		if b.Class != class || b.Label != labels[class] || !near(b.Value, scores[best+i]) || b.Value != b.Probability ||
			b != got.Top[i] {
			t.Errorf("the best are %+v, Top says %+v; in ONNX Runtime %v, %v", got.Best, got.Top, numbers[best:],
				scores)
		}
	}
	for i, p := range got.Floats {
		if !near(p, got.Probabilities[i]) {
			t.Errorf("class %d: %g from floats, %g from pixels", i, p, got.Probabilities[i])
		}
	}
}
