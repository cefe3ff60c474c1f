package onnx

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/simple"
	"gonum.org/v1/gonum/graph"
	gorgonia "gorgonia.org/tensor"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/torch/python"
)

// recorder is a backend for onnx-go that keeps the operations it is given.
type recorder struct {
	*simple.Graph
	operations []string
}

func (r *recorder) ApplyOperation(o onnxgo.Operation, _ ...graph.Node) error {
	r.operations = append(r.operations, o.Name)
	return nil
}

func (r *recorder) NewNode() graph.Node { return &value{Node: r.Graph.NewNode()} }

// value is a node that keeps its tensor.
type value struct {
	graph.Node
	tensor gorgonia.Tensor
}

func (v *value) SetTensor(t gorgonia.Tensor) error { v.tensor = t; return nil }
func (v *value) GetTensor() gorgonia.Tensor        { return v.tensor }

// readBack decodes a model with onnx-go, a reader that shares nothing with the writer, and holds what it found against
// the graph.
func readBack(t *testing.T, g *ir.Graph, set params.Set) []string {
	t.Helper()
	r := &recorder{Graph: simple.NewSimpleGraph()}
	m := onnxgo.NewModel(r)
	if err := m.UnmarshalBinary(encode(t, g, set)); err != nil {
		t.Fatalf("onnx-go does not read the model: %v", err)
	}
	if len(m.Input) != 1 || len(m.Output) != len(g.Outputs) {
		t.Errorf("onnx-go finds %d inputs and %d outputs", len(m.Input), len(m.Output))
	}
	tidy, set := pass.Run(pass.Export(true), g, set, nil)
	for _, p := range tidy.Params() {
		n, ok := m.GetNodeByName(p.Name)
		if !ok {
			t.Errorf("onnx-go does not find %s", p.Name)
			continue
		}
		got := n.(*value).tensor
		if !slices.Equal([]int(got.Shape()), []int(p.Shape)) || !slices.Equal(got.Data().([]float32), set.Of(p).Data) {
			t.Errorf("onnx-go reads other values of %s", p.Name)
		}
	}
	for _, n := range append(tidy.Nodes, g.Output()) {
		if _, ok := m.GetNodeByName(n.Name); !ok && (n == g.Output() || n != tidy.Output()) {
			t.Errorf("onnx-go does not find the value %s", n.Name)
		}
	}
	return r.operations
}

func TestReadBack(t *testing.T) {
	want := map[string][]string{
		"mobile.ir": {"Conv", "Sigmoid", "Mul", "Conv", "GlobalAveragePool", "Conv", "Conv", "Sigmoid", "Mul", "Conv",
			"Add", "Flatten", "Gemm"},
		"backbone.ir": {"Conv", "HardSwish", "Conv", "Add", "MaxPool", "GlobalAveragePool", "Conv", "Sigmoid", "Mul", "Conv", "AveragePool",
			"Concat", "Slice", "Conv", "GlobalAveragePool", "Flatten", "Gemm"},
		"windows.ir": {"Conv", "Conv", "MaxPool", "AveragePool", "AveragePool", "Concat", "Slice"},
		"functions.ir": {"Relu", "Clip", "Sigmoid", "Mul", "Sigmoid", "HardSwish", "HardSigmoid", "Tanh", "Div", "Erf", "Add", "Mul", "Mul",
			"Concat"},
		"dropped.ir": {"BatchNormalization"},
	}
	for name, g := range graphs(t) {
		t.Run(name, func(t *testing.T) {
			if got := readBack(t, g, eval.Calibrated(g, 1)); !slices.Equal(got, want[name]) {
				t.Errorf("operators:\n got %q\nwant %q", got, want[name])
			}
		})
	}
}

// TestReadBackExamples does the same to every variant of the examples.
func TestReadBackExamples(t *testing.T) {
	for _, path := range []string{"efficientnet/efficientnet.net", "fashion/fashion.net"} {
		program, err := compiler.Load(filepath.Join("../../examples", path))
		if err != nil {
			t.Fatal(err)
		}
		networks, err := program.BuildAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range networks {
			t.Run(n.Graph.Name, func(t *testing.T) { readBack(t, n.Graph, params.Initialize(n.Graph, 1)) })
		}
	}
}

// TestChecker runs the checker of ONNX itself over every test graph and over B0.
func TestChecker(t *testing.T) {
	python := python.Require(t, []string{"onnx"}, "python3-onnx")
	all := graphs(t)
	program, err := compiler.Load("../../examples/efficientnet/efficientnet.net")
	if err != nil {
		t.Fatal(err)
	}
	b0, err := program.Build("b0", nil)
	if err != nil {
		t.Fatal(err)
	}
	all["b0"] = b0.Graph
	args := []string{"-c", "import sys, onnx\nfor p in sys.argv[1:]: onnx.checker.check_model(onnx.load(p), full_check=True)"}
	for name, g := range all {
		path := filepath.Join(t.TempDir(), name+".onnx")
		if err := os.WriteFile(path, encode(t, g, params.Initialize(g, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
