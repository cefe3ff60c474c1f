package verify_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// graphs returns the exporter's test graphs.
func graphs(t testing.TB) map[string]*ir.Graph {
	t.Helper()
	paths, err := filepath.Glob("../testdata/*.ir")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no test graphs: %v", err)
	}
	found := map[string]*ir.Graph{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if found[filepath.Base(path)], err = ir.Parse(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func calibrated(g *ir.Graph) params.Values { return eval.Calibrated(g, 1).Values() }

func write(t testing.TB, g *ir.Graph, o onnx.Options) []byte {
	t.Helper()
	m, err := onnx.Build(g, calibrated(g), o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Write(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sizes(g *ir.Graph) verify.Sizes {
	s := g.Input().Shape
	return verify.Sizes{Batch: 2, Height: int64(s[1]), Width: int64(s[2])}
}

// TestEmittedModels reads back what the exporter writes with every kind of option, finds nothing wrong and evaluates
// it.
func TestEmittedModels(t *testing.T) {
	options := []onnx.Options{
		{},
		{KeepBatchNorm: true},
		{Batch: 2},
		{Opset: 13},
		{Opset: 20},
		{Opset: onnx.MaxOpset},
		{Type: onnx.Float16},
		{Type: onnx.Float16, KeepIO: true},
		{Type: onnx.BFloat16},
		{Type: onnx.BFloat16, KeepIO: true},
	}
	for name, g := range graphs(t) {
		images := eval.Noise(g, 7, 2)
		var want []float32
		for _, image := range images {
			out, err := eval.Run(g, eval.Calibrated(g, 1), image)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, out[0]...)
		}
		for _, o := range options {
			t.Run(fmt.Sprintf("%s/%+v", name, o), func(t *testing.T) {
				m, err := verify.Decode(write(t, g, o))
				if err != nil {
					t.Fatal(err)
				}
				if r := m.Check(sizes(g)); !r.OK() || r.Values < len(g.Nodes)/3 {
					t.Fatalf("%d values; %s", r.Values, strings.Join(r.Problems, "\n"))
				}
				in := m.Graph.Inputs[0]
				dims := []int64{2}
				for _, d := range g.Input().Shape {
					dims = append(dims, int64(d))
				}
				input := verify.Array{
					Type:   in.Type,
					Dims:   dims,
					Floats: wide(append(slices.Clone(images[0]), images[1]...)),
				}
				out, err := m.Evaluate(map[string]verify.Array{in.Name: input}, verify.Evaluation{})
				if err != nil {
					t.Fatal(err)
				}
				tolerance := map[onnx.ElementType]float64{onnx.Float32: 1e-5, onnx.Float16: 4e-3,
					onnx.BFloat16: 4e-2}[o.Type]
				agree(t, out[0].Floats, want, tolerance)
			})
		}
	}
}

func wide(values []float32) []float64 {
	result := make([]float64, len(values))
	for i, v := range values {
		result[i] = float64(v)
	}
	return result
}

func agree(t *testing.T, got []float64, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	largest, difference := 0.0, 0.0
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		difference = max(difference, math.Abs(got[i]-float64(want[i])))
		if got[i] != got[i] {
			t.Fatalf("value %d is NaN", i)
		}
	}
	if !(difference <= tolerance*largest) {
		t.Errorf("the values differ by %g, the largest is %g", difference, largest)
	}
	if tolerance > 1e-3 && difference < 1e-5*largest {
		t.Errorf("16 bits are as exact as 32: nothing was rounded")
	}
}

// TestHeadsAndPixels does the same to models whose inputs and outputs are not the network's.
func TestHeadsAndPixels(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	for _, o := range []onnx.Options{{Softmax: true}, {TopK: 3}, {Softmax: true, TopK: 2, Preprocess: true},
		{Features: []string{"low", "deep"}},
		{Features: []string{pass.FeaturesAuto}, DynamicSize: true}, {Preprocess: true, DynamicSize: true,
			Type: onnx.Float16}} {
		m, err := verify.Decode(write(t, g, o))
		if err != nil {
			t.Fatal(err)
		}
		if r := m.Check(sizes(g)); !r.OK() {
			t.Errorf("%+v: %s", o, strings.Join(r.Problems, "\n"))
		}
		if o.DynamicSize {
			if r := m.Check(verify.Sizes{Batch: 1, Height: 64, Width: 47}); !r.OK() || r.Open < 5 {
				t.Errorf("%+v, another size: %s", o, strings.Join(r.Problems, "\n"))
			}
		}
		input := verify.Array{Type: verify.Float32, Dims: []int64{1, 3, 33, 30}, Floats: wide(eval.Noise(g, 1, 1)[0])}
		if o.Preprocess {
			input = verify.Array{Type: verify.Uint8, Dims: []int64{1, 33, 30, 3}, Ints: make([]int64, 33*30*3)}
		}
		out, err := m.Evaluate(map[string]verify.Array{m.Graph.Inputs[0].Name: input}, verify.Evaluation{})
		if err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		if len(out) != len(m.Graph.Outputs) {
			t.Errorf("%+v: %d outputs", o, len(out))
		}
	}
}

func TestMetadata(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	labels := []string{"a", "b", "c", "d", "e", "f", "g \"x\""}
	m, err := verify.Decode(
		write(
			t,
			g,
			onnx.Options{
				Preprocess: true,
				Metadata: onnx.Metadata{Version: "1.2.3", Source: "x.net", SourceHash: "abc",
					Family: "Back", Variant: "B0", Labels: labels},
			},
		),
	)
	if err != nil {
		t.Fatal(err)
	}
	if m.Producer != "netc" || m.ProducerVersion != "1.2.3" {
		t.Errorf("the producer is %s %s", m.Producer, m.ProducerVersion)
	}
	for key, want := range map[string]string{"source": "x.net", "source_sha256": "abc", "imports_sha256": "",
		"family": "Back", "variant": "B0",
		"resolution": "33x30", "layout": "NHWC", "mean": "0.485,0.456,0.406", "std": "0.229,0.224,0.225",
		"labels": `["a","b","c","d","e","f","g \"x\""]`} {
		if got := m.Property(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

// TestDamaged changes a model and looks for the problem that must be found.
func TestDamaged(t *testing.T) {
	g := graphs(t)["mobile.ir"]
	replace := func(old, new string) func(m *verify.Model) {
		return func(m *verify.Model) {
			for i := range m.Graph.Nodes {
				for k, in := range m.Graph.Nodes[i].Inputs {
					if in == old {
						m.Graph.Nodes[i].Inputs[k] = new
					}
				}
			}
		}
	}
	for want, change := range map[string]func(m *verify.Model){
		"not covered: the file format has version 2: 3 to 13": func(m *verify.Model) {
			m.IRVersion = 2
		},
		"not covered: the operators have version 27: 1 to 26": func(m *verify.Model) {
			m.Opset = 27
		},
		"problem: the name depthwise is defined twice": func(m *verify.Model) {
			m.Graph.Nodes[0].Outputs[0] = "depthwise"
		},
		"note: the value pool is never used": replace("pool", "depthwise"),
		"is not defined before it": func(m *verify.Model) {
			n := m.Graph.Nodes
			n[1], n[2] = n[2], n[1]
		},
		"not covered: node 3, Loop depthwise: the operator": func(m *verify.Model) {
			m.Graph.Nodes[3].Operator = "Loop"
		},
		"came with opset 14": func(m *verify.Model) {
			m.Opset = 13
			m.Graph.Nodes[1].Operator = "HardSwish"
		},
		"inputs: with opset 17, it has 2 to 3, not 1": func(m *verify.Model) {
			m.Graph.Nodes[0].Inputs = m.Graph.Nodes[0].Inputs[:1]
		},
		"problem: node 1, Sigmoid stem.act.sigmoid: the operator has no attribute strides": func(m *verify.Model) {
			m.Graph.Nodes[1].Attributes = m.Graph.Nodes[0].Attributes
		},
		"has another type": func(m *verify.Model) {
			m.Graph.Nodes[0].Attributes[1].Kind = verify.FloatKind
		},
		"strides has 1 values, not 2": func(m *verify.Model) {
			m.Graph.Nodes[0].Attributes[1].Ints = []int64{1}
		},
		"must be at least 1": func(m *verify.Model) {
			m.Graph.Nodes[0].Attributes[1].Ints = []int64{0, 1}
		},
		"its shape [8 3 3 3] needs 864": func(m *verify.Model) {
			m.Graph.Initializers[0].Raw = m.Graph.Initializers[0].Raw[4:]
		},
		"problem: initializer stem.conv.weight: element 2 is NaN": func(m *verify.Model) {
			binary.LittleEndian.PutUint32(m.Graph.Initializers[0].Raw[8:], 0x7fc00000)
		},
		"note: initializer stem.conv.weight: element 2 is +Inf": func(m *verify.Model) {
			binary.LittleEndian.PutUint32(m.Graph.Initializers[0].Raw[8:], 0x7f800000)
		},
		"impossible": func(m *verify.Model) {
			m.Graph.Initializers[0].Dims[0] = -8
		},
		"too many elements": func(m *verify.Model) {
			m.Graph.Initializers[0].Dims = []int64{1 << 30, 1 << 30}
		},
		"declared with the dimension 9, but": func(m *verify.Model) {
			m.Graph.Infos[2].Dims[1].Size = 9
		},
		"declared as fp16, but is fp32": func(m *verify.Model) {
			m.Graph.Infos[2].Type = verify.Float16
		},
		"problem: the output scores is declared, but": func(m *verify.Model) {
			m.Graph.Outputs[0].Name = "scores"
		},
		"note: ghost\\x1b[2J is declared, but nothing has that": func(m *verify.Model) {
			m.Graph.Infos[0].Name = "ghost\x1b[2J"
		},
		"no output": func(m *verify.Model) {
			m.Graph.Outputs = nil
		},
		"is declared with 3 dimensions, but has 4": func(m *verify.Model) {
			m.Graph.Infos[2].Dims = m.Graph.Infos[2].Dims[:3]
		},
		"problem: the output logits is declared twice": func(m *verify.Model) {
			m.Graph.Outputs = append(m.Graph.Outputs, m.Graph.Outputs[0])
		},
		"not covered: the input image has no shape": func(m *verify.Model) {
			m.Graph.Inputs[0] = verify.Value{Name: "image", Type: verify.Float32}
		},
		"it takes bf16 from opset ": func(m *verify.Model) {
			m.Opset, m.Graph.Inputs[0].Type = 13, verify.BFloat16
		},
		"not covered: the input image is declared as [0 3 15 14]": func(m *verify.Model) {
			m.Graph.Inputs[0].Dims[0] = m.Graph.Inputs[0].Dims[1]
			m.Graph.Inputs[0].Dims[0].Size = 0
		},
		"the dimension N is 8 here and 2": func(m *verify.Model) {
			m.Graph.Infos[0].Dims[1] = m.Graph.Infos[0].Dims[0]
		},
		"the weight [8 1 5 5] does not fit": func(m *verify.Model) { m.Graph.Nodes[3].Attributes[4].Int = 1 },
		"note: stem.conv is declared twice": func(m *verify.Model) {
			m.Graph.Infos = append(m.Graph.Infos,
				m.Graph.Infos[0])
		},
		"are fp32 and fp16": func(m *verify.Model) { half(&m.Graph.Initializers[0]) },
	} {
		m, err := verify.Decode(bytes.Clone(write(t, g, onnx.Options{})))
		if err != nil {
			t.Fatal(err)
		}
		change(m)
		r := m.Check(verify.Sizes{Batch: 2, Height: 15, Width: 14})
		if text := findings(r); !strings.Contains(text, want) {
			t.Errorf("want %q among the findings:\n%s", want, text)
		}
	}
}

// findings lists all that a report says, a line each, with what kind of finding it is.
func findings(r *verify.Report) string {
	var b strings.Builder
	for _, list := range []struct {
		kind string
		of   []string
	}{{"problem", r.Problems}, {"not covered", r.Uncovered}, {"note", r.Notes}} {
		for _, text := range list.of {
			fmt.Fprintf(&b, "%s: %s\n", list.kind, text)
		}
	}
	return b.String()
}

func half(t *verify.Tensor) { t.Type, t.Raw = verify.Float16, make([]byte, len(t.Raw)/2) }

func TestNotModels(t *testing.T) {
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("hello, world"),
		"cut":        write(t, graphs(t)["mobile.ir"], onnx.Options{})[:900],
		"wrong type": {7 << 3, 1}} {
		if _, err := verify.Decode(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	path := filepath.Join(t.TempDir(), "m.onnx")
	for data, want := range map[string]string{"hello": path + " is text, and no ONNX model", "\x00\xff": path + ": "} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := verify.ReadFile(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want %s", data, m, err, want)
		}
	}
}

// TestExternalData reads weights that lie in another file, and refuses to where the model lies about it.
func TestExternalData(t *testing.T) {
	g := graphs(t)["mobile.ir"]
	m, err := onnx.Build(g, eval.Calibrated(g, 1).Values(), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, tt := range []struct {
		location, want string
		cut            int
	}{{"weights.bin", "", 0}, {"weights.bin", "truncated", 4}, {"../weights.bin", "not in the model's folder", 0},
		{"/etc/passwd", "not in the model's folder", 0}} {
		var model, data bytes.Buffer
		if err := m.WriteExternal(&model, &data, tt.location, nil); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "m.onnx")
		if err := os.WriteFile(path, model.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "weights.bin"), data.Bytes()[:data.Len()-tt.cut], 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := verify.ReadFile(path)
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got the error %v, want %q in it", tt.location, err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if r := read.Check(verify.Sizes{Batch: 1, Height: 15, Width: 14}); !r.OK() {
			t.Error(r.Problems)
		}
	}
}

// small are graphs for fuzzing, with every operation between them. Their models have hundreds of bytes, not
// thousands: the fuzzer runs a large input no faster for what it learns from it, and spends minutes on making it
// smaller.
var small = []string{`graph "a"
image = Input(Shape: {2, 5, 4}) : [2, 5, 4]
conv = Conv(Out: 2, Kernel: 3, Stride: 2, Dilation: 1, Groups: 2, Pad: {1, 1, 1, 1}) image : [2, 3, 2]
norm = BatchNorm(Epsilon: 0.001, Momentum: 0.01) conv : [2, 3, 2]
act = Activation(Function: SiLU) norm : [2, 3, 2]
pool = GlobalAvgPool() act : [2, 1, 1]
gate = Mul() act pool : [2, 3, 2]
sum = Add() gate norm : [2, 3, 2]
flat = Flatten() sum : [12]
logits = Linear(Out: 2, Bias: true) flat : [2]
output logits
`, `graph "b"
image = Input(Shape: {2, 5, 4}) : [2, 5, 4]
low = Slice(From: 0, To: 1) image : [1, 5, 4]
high = Slice(From: 1, To: 2) image : [1, 5, 4]
most = MaxPool(Kernel: 2, Stride: 1) low : [1, 4, 3]
mean = AvgPool(Kernel: 3, Stride: 1, Pad: {1, 0, 0, 1}) high : [1, 4, 3]
both = Concat() most mean : [2, 4, 3]
relu = Activation(Function: ReLU6) both : [2, 4, 3]
gelu = Activation(Function: GELU) relu : [2, 4, 3]
output gelu
`}

// FuzzModel looks for files that make the reader, the check or the evaluation panic.
func FuzzModel(f *testing.F) {
	for _, text := range small {
		g, err := ir.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		options := []onnx.Options{
			{},
			{Type: onnx.Float16, KeepIO: true, Opset: 20},
			{KeepBatchNorm: true, Preprocess: true, Opset: 13,
				Normalisation: &onnx.Normalisation{Mean: []float64{0.5, 0.5}, Std: []float64{0.2, 0.2}}},
		}
		if len(g.Output().Shape) == 1 {
			options = append(options, onnx.Options{Softmax: true, TopK: 1})
		}
		for _, o := range options {
			f.Add(write(f, g, o))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := verify.Decode(data)
		if err != nil {
			return
		}
		if !m.Check(verify.Sizes{Batch: 1, Height: 5, Width: 4}).OK() || len(m.Graph.Free()) != 1 {
			return
		}
		in := m.Graph.Free()[0]
		input := verify.Array{Type: in.Type}
		n := int64(1)
		for i, d := range in.Dims {
			size := d.Size
			if d.Symbol != "" {
				size = []int64{1, 5, 4, 4, 4}[min(i, 4)]
			}
			input.Dims = append(input.Dims, size)
			n *= size
		}
		if n < 1 || n > 1<<16 {
			return
		}
		input.Floats, input.Ints = make([]float64, n), make([]int64, n)
		m.Evaluate(map[string]verify.Array{in.Name: input}, verify.Evaluation{Work: 1 << 18})
	})
}
