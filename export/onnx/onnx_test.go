package onnx

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/ort"
)

// graphs returns the test graphs in testdata/*.ir: each shows some operations in settings that are easy to get wrong.
func graphs(t *testing.T) map[string]*ir.Graph {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.ir")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test graphs: %v", err)
	}
	found := map[string]*ir.Graph{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		g, err := ir.Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		found[filepath.Base(path)] = g
	}
	return found
}

func encode(t *testing.T, g *ir.Graph, set params.Set) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, g, set); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise returns a random image of the graph's input shape, times a batch.
func noise(g *ir.Graph, batch int) []float32 {
	r := params.Random(99, "noise")
	image := make([]float32, batch*g.Input().Shape.Elements())
	for i := range image {
		image[i] = float32(r.NormFloat64())
	}
	return image
}

// TestRuntimeAgrees runs every test graph in ONNX Runtime and in the reference interpreter, one image and three at
// once.
func TestRuntimeAgrees(t *testing.T) {
	for name, g := range graphs(t) {
		t.Run(name, func(t *testing.T) {
			set := eval.Calibrated(g, 1)
			model := ort.Load(t, encode(t, g, set), g.Input().Name, g.Output().Name, 1)
			size, length := g.Input().Shape.Elements(), g.Output().Shape.Elements()
			for _, batch := range []int{1, 3} {
				images := noise(g, batch)
				got, err := model.Run(images, append([]int{batch}, g.Input().Shape...), batch*length)
				if err != nil {
					t.Fatal(err)
				}
				for b := range batch {
					want, err := eval.Run(g, set, images[b*size:(b+1)*size])
					if err != nil {
						t.Fatal(err)
					}
					if err := agree(got[b*length:(b+1)*length], want[0]); err != nil {
						t.Errorf("batch %d, image %d: %v", batch, b, err)
					}
				}
			}
		})
	}
}

func agree(got, want []float32) error {
	largest, difference := 0.0, 0.0
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		difference = max(difference, math.Abs(float64(got[i])-float64(want[i])))
		if got[i] != got[i] {
			return fmt.Errorf("value %d is NaN, not %g", i, want[i])
		}
	}
	if !(difference <= 2e-5*largest) {
		return fmt.Errorf("the values differ by %g, the largest is %g", difference, largest)
	}
	return nil
}

func TestDeterministic(t *testing.T) {
	for name, g := range graphs(t) {
		set := eval.Calibrated(g, 1)
		if !bytes.Equal(encode(t, g, set), encode(t, g, set)) {
			t.Errorf("%s: two runs wrote different bytes", name)
		}
	}
}

// TestNamesForTwo refuses graphs in which a name would stand for two values: of an output, a parameter and a node.
func TestNamesForTwo(t *testing.T) {
	const conv = " = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) image : [2, 4, 4]\n"
	for _, tt := range []struct{ lines, want string }{
		{"a" + conv + "b" + conv + "c = Add() a b : [2, 4, 4]\noutput c", ""},
		{"a" + conv + "a.weight = Activation(Function: ReLU) a : [2, 4, 4]\nb = Add() a a.weight : [2, 4, 4]\noutput b",
			"the name a.weight stands for two values"},
		{"a" + conv + "a.weight = Activation(Function: ReLU) a : [2, 4, 4]\noutput a.weight",
			"the name a.weight stands for two values"},
		{"a" + conv + "output a.weight=a", "the name a.weight stands for two values"},
		{"a" + conv + "b" + conv + "c = Add() a b : [2, 4, 4]\noutput a=c", ""}, // the node gets another name
		{"a" + conv + "output b=a", ""},
	} {
		g, err := ir.Parse("graph \"g\"\nimage = Input(Shape: {2, 4, 4}) : [2, 4, 4]\n" + tt.lines)
		if err != nil {
			t.Fatal(err)
		}
		err = Write(&bytes.Buffer{}, g, eval.Calibrated(g, 1))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.lines, err, tt.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	g, err := ir.Parse(`lowered graph "lowered"
image = Input(Shape: {2, 4, 4}) : [2, 4, 4]
conv = Conv(Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) -> Activation(Function: ReLU) image : [2, 4, 4]
output conv
`)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(&bytes.Buffer{}, g, eval.Calibrated(g, 1)); err == nil {
		t.Error("a lowered graph was exported")
	}
	g.Nodes[1].Op = ir.Conv{Out: 2, Kernel: ir.Square(1), Stride: ir.Square(1), Dilation: ir.Square(1), Groups: 1}
	if err := Write(&bytes.Buffer{}, g, params.Set{}); err == nil {
		t.Error("a graph without its weights was exported")
	}
}
