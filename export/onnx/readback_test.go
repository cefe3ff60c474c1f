package onnx

import (
	"flag"
	"fmt"
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
	"github.com/netc-lang/netc/compiler/compilertest"
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
	tidy, derived := pass.Run(pass.Export(true, false), g, nil)
	set, err := derived.Values(set.Values()).Set(tidy)
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[*ir.Param][]int{}
	for _, n := range tidy.Nodes {
		for _, p := range n.Params {
			shapes[p] = storedShape(n, p)
		}
	}
	for _, p := range tidy.Params() {
		n, ok := m.GetNodeByName(p.Name)
		if !ok {
			t.Errorf("onnx-go does not find %s", p.Name)
			continue
		}
		got := n.(*value).tensor
		if !slices.Equal([]int(got.Shape()), shapes[p]) || !slices.Equal(got.Data().([]float32), set.Of(p).Data) {
			t.Errorf("onnx-go reads other values of %s", p.Name)
		}
	}
	for _, n := range append(tidy.Nodes, g.Output()) {
		if _, learned := n.Op.(ir.Learned); learned { // where no batch is wanted, its parameter stands for it
			continue
		}
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
		"backbone.ir": {"Conv", "HardSwish", "Conv", "Add", "MaxPool", "GlobalAveragePool", "Conv", "Sigmoid", "Mul",
			"Conv", "AveragePool",
			"Concat", "Slice", "Conv", "GlobalAveragePool", "Flatten", "Gemm"},
		"joined.ir": {"Conv", "Conv", "Conv", "Concat", "Concat", "Sigmoid", "Mul"},
		"parts.ir":  {"Conv", "Split", "Relu", "Slice", "Slice", "Concat"},
		"windows.ir": {"Conv", "Conv", "Conv", "Conv", "MaxPool", "AveragePool", "MaxPool", "AveragePool",
			"AveragePool", "Concat", "Slice"},
		"functions.ir": {"Relu", "Clip", "LeakyRelu", "Elu", "PRelu", "PRelu", "Clip", "Sigmoid", "Mul", "Sigmoid",
			"HardSwish", "HardSigmoid", "Mul", "HardSigmoid", "HardSigmoid", "Tanh", "Div", "Erf", "Add", "Mul", "Mul",
			"Softplus", "Tanh", "Mul", "Softplus", "Concat", "Concat"},
		"resize.ir": {"Conv", "Pad", "Pad", "Resize", "Resize", "Resize", "Concat", "DepthToSpace", "GlobalMaxPool",
			"Mul"},
		"sizes.ir": {
			"Conv", "MaxPool", "Shape", "Slice", "Concat", "Resize", "Mul", "Shape", "Slice", "Concat", "Resize",
			"Shape",
			"Slice", "Concat", "Resize", "GlobalAveragePool", "Shape", "Slice", "Concat", "Resize", "Concat", "Shape",
			"Slice", "Concat", "Resize",
		},
		"transposed.ir": {"ConvTranspose", "BatchNormalization", "Relu", "ConvTranspose", "ConvTranspose",
			"ConvTranspose", "BatchNormalization", "ConvTranspose"},
		"attention.ir": {
			"Conv", "Reshape", "Transpose", "Shape", "Slice", "Concat", "Expand", "Concat", "Add",
			"LayerNormalization", "Transpose", "MatMul", "Add", "Reshape", "Transpose", "Split", "Reshape",
			"Reshape", "Reshape", "Mul", "Transpose", "MatMul", "Softmax", "MatMul", "Transpose", "Reshape",
			"Transpose", "MatMul", "Add", "Add", "LayerNormalization", "Transpose", "MatMul", "Add", "Div", "Erf",
			"Add", "Mul", "Mul", "Transpose", "MatMul", "Add", "Add", "LayerNormalization", "Transpose", "MatMul",
			"Add", "Reshape", "Transpose", "Split", "Reshape", "Reshape", "Reshape", "Mul", "Transpose", "MatMul",
			"Softmax", "MatMul", "Transpose", "Reshape", "Transpose", "MatMul", "Add", "Add", "LayerNormalization",
			"Transpose", "MatMul", "Add", "Div", "Erf", "Add", "Mul", "Mul", "Transpose", "MatMul", "Add", "Add",
			"LayerNormalization", "Slice", "Flatten", "Gemm",
		},
		"tensors.ir": {
			"Conv", "Shape", "Slice", "Concat", "Expand", "Mul", "Sub", "Mul", "Add", "Div", "Mul", "Add",
			"Transpose", "LayerNormalization", "Transpose", "LayerNormalization", "LayerNormalization", "Sub",
			"Softmax", "Concat", "Slice", "Reshape", "Transpose", "Transpose", "MatMul", "Add", "Transpose",
			"MatMul", "Softmax", "Sigmoid", "Mul", "Slice", "Slice", "Mul", "Add", "Mul", "Reshape", "Flatten",
			"BatchNormalization", "Gemm", "Slice", "Concat",
		},
		"shared.ir": {
			"Conv", "Sigmoid", "Mul", "MaxPool", "Conv", "Sigmoid", "Mul", "Conv", "PRelu", "Conv", "Mul", "Add",
			"Conv", "Sigmoid", "Mul", "Conv", "PRelu", "Conv", "Mul", "Add", "Conv", "Sigmoid", "Mul", "Conv",
			"PRelu", "Conv", "Mul", "Add", "Conv", "Sigmoid", "Mul", "Conv", "PRelu", "Conv", "Mul", "Add", "Conv",
			"BatchNormalization", "Conv", "BatchNormalization", "GlobalAveragePool", "Flatten", "GlobalAveragePool",
			"Flatten", "Gemm", "Gemm", "Mul",
		},
		"dropped.ir": {"BatchNormalization"},
		"norms.ir":   {"BatchNormalization", "Conv", "Relu", "BatchNormalization", "Conv"},
	}
	for name, g := range graphs(t) {
		t.Run(name, func(t *testing.T) {
			if got := readBack(t, g, eval.Calibrated(g, 1)); !slices.Equal(got, want[name]) {
				t.Errorf("operators:\n got %q\nwant %q", got, want[name])
			}
		})
	}
}

var large = flag.Bool("large", false, "read back every variant of every example, which takes long")

// TestReadBackExamples does the same to the cheapest variant of every example, or with -large to every variant.
func TestReadBackExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("onnx-go is slow")
	}
	for _, n := range compilertest.Examples(t, *large) {
		t.Run(n.Graph.Name, func(t *testing.T) { readBack(t, n.Graph, params.Initialize(n.Graph, 1)) })
	}
}

// TestChecker runs the checker of ONNX itself, with shape inference, over every test graph in every opset that it knows
// and with each option, and over B0.
func TestChecker(t *testing.T) {
	interpreter := python.Require(t, []string{"onnx"}, "python3-onnx")
	options := []Options{{KeepBatchNorm: true}, {Type: Float16}, {Type: Float16, KeepIO: true}, {Batch: 2}}
	for opset := MinOpset; opset <= 17; opset++ {
		options = append(options, Options{Opset: opset})
	}
	const script = "import sys, onnx\nfor p in sys.argv[1:]: onnx.checker.check_model(onnx.load(p), full_check=True)"
	args := []string{"-c", script}
	dir := t.TempDir()
	add := func(g *ir.Graph, set params.Set, o Options) {
		path := filepath.Join(dir, fmt.Sprintf("%d.onnx", len(args)))
		if err := os.WriteFile(path, written(t, build(t, g, set, o)), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	for _, g := range graphs(t) {
		set := params.Initialize(g, 1)
		for _, o := range options {
			add(g, set, o)
		}
	}
	backbone := graphs(t)["backbone.ir"]
	for _, o := range []Options{{DynamicSize: true}, {Preprocess: true, Softmax: true}, {TopK: 3},
		{Features: []string{pass.FeaturesAuto}}} {
		add(backbone, params.Initialize(backbone, 1), o)
	}
	program, err := compiler.Load("../../examples/efficientnet/efficientnet.net")
	if err != nil {
		t.Fatal(err)
	}
	b0, err := program.Build("b0", nil)
	if err != nil {
		t.Fatal(err)
	}
	add(b0.Graph, params.Initialize(b0.Graph, 1), Options{Preprocess: true, Softmax: true, TopK: 5})
	if out, err := exec.Command(interpreter, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
