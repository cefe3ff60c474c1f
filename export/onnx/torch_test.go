package onnx

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/torch"
	"github.com/netc-lang/netc/export/torch/python"
)

// torchModel is a network as PyTorch writes it through the module that netc emits.
type torchModel struct {
	graph     *ir.Graph
	set       params.Set
	path      string         // of the ONNX file
	operators map[string]int // in it
}

// torchModels lets torch.onnx.export write networks, each "FAMILY VARIANT".
func torchModels(t testing.TB, networks [][2]string) []torchModel {
	t.Helper()
	interpreter := python.Require(t, []string{"torch", "onnx"}, "python3-torch and python3-onnx")
	args := []string{"testdata/torch_export.py"}
	var models []torchModel
	for _, n := range networks {
		folder := t.TempDir()
		program, err := compiler.Load("../../examples/" + n[0] + "/" + n[0] + ".net")
		if err != nil {
			t.Fatal(err)
		}
		network, err := program.Build(n[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		g, _ := pass.Run(pass.Canonical, network.Graph, nil)
		m := torchModel{graph: g, set: distinct(g), path: filepath.Join(folder, "torch.onnx")}
		writeTorch(t, folder, m)
		models = append(models, m)
		args = append(args, folder)
	}
	command := exec.Command(interpreter, args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for i := range models {
		if err := decoder.Decode(&models[i].operators); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return models
}

// distinct initialises a network so that no two parameters are equal: those PyTorch would write once, with Identity
// operations for the others.
func distinct(g *ir.Graph) params.Set {
	set := params.Initialize(g, 1)
	for _, p := range g.Params() {
		random := params.Random(2, p.Name)
		for i := range set.Of(p).Data {
			set.Of(p).Data[i] += float32(random.Float64() / 100)
		}
	}
	return set
}

func writeTorch(t testing.TB, folder string, m torchModel) {
	t.Helper()
	var module, values bytes.Buffer
	if err := torch.Write(&module, m.graph, torch.Options{}); err != nil {
		t.Fatal(err)
	}
	list := [][]any{}
	for _, p := range m.graph.Params() {
		list = append(list, []any{p.Name, p.Shape})
		binary.Write(&values, binary.LittleEndian, m.set.Of(p).Data)
	}
	names, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := json.Marshal(m.graph.Input().Shape)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"module.py": module.Bytes(), "weights.json": names,
		"weights.f32": values.Bytes(), "shape.json": shape} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoMoreOperationsThanTorch counts the operations of both files. Where they are equal, so is each operator's count;
// "same" padding, clamps and slices take PyTorch more.
func TestNoMoreOperationsThanTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("it imports PyTorch")
	}
	networks := [][2]string{{"efficientnet", "b0"}, {"efficientnet_tf", "b0"}, {"efficientnet_lite", "lite0"},
		{"mobilenetv2", "100"},
		{"mobilenetv3", "large_100"}, {"mixnet", "s"}, {"resnet", "18"}}
	fewer := []string{"efficientnet_tf", "efficientnet_lite", "mobilenetv2", "mixnet"}
	for i, m := range torchModels(t, networks) {
		ours := build(t, m.graph, m.set, Options{}).Operators()
		for _, litter := range []string{"Identity", "Dropout", "Constant", "Reshape", "Shape", "Pad", "Cast"} {
			if ours[litter] > 0 {
				t.Errorf("%s: %d operations %s", networks[i], ours[litter], litter)
			}
		}
		a, b := total(ours), total(m.operators)
		t.Logf("%s: %d operations, PyTorch writes %d", networks[i], a, b)
		if less := slices.Contains(fewer, networks[i][0]); less && a >= b || !less && a != b {
			t.Errorf("%s: %d operations %v, PyTorch writes %d %v", networks[i], a, ours, b, m.operators)
		}
	}
}

func total(operators map[string]int) int {
	n := 0
	for _, count := range operators {
		n += count
	}
	return n
}

// BenchmarkAgainstTorch runs both files in ONNX Runtime in turn, on one thread, and reports the median of each.
func BenchmarkAgainstTorch(b *testing.B) {
	ort.Require(b)
	networks := [][2]string{{"efficientnet", "b0"}, {"efficientnet_tf", "b0"}, {"mobilenetv3", "large_100"},
		{"mixnet", "s"}, {"resnet", "18"}}
	for i, m := range torchModels(b, networks) {
		b.Run(networks[i][0]+"-"+networks[i][1], func(b *testing.B) {
			model, err := Build(m.graph, m.set.Values(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			var file bytes.Buffer
			if err := model.Write(&file, nil); err != nil {
				b.Fatal(err)
			}
			ours := ort.Load(b, file.Bytes(), m.graph.Input().Name, m.graph.Output().Name, 1)
			theirs := ort.LoadFile(b, m.path, "image", "logits", 1)
			image := eval.Noise(m.graph, 1, 1)[0]
			shape, length := append([]int{1}, m.graph.Input().Shape...), m.graph.Output().Shape.Elements()
			var times [2][]time.Duration
			for b.Loop() {
				for k, model := range []*ort.Model{ours, theirs} {
					start := time.Now()
					if _, err := model.Run(image, shape, length); err != nil {
						b.Fatal(err)
					}
					times[k] = append(times[k], time.Since(start))
				}
			}
			b.ReportMetric(0, "ns/op")
			for k, unit := range []string{"ms/netc", "ms/torch"} {
				slices.Sort(times[k])
				b.ReportMetric(times[k][len(times[k])/2].Seconds()*1e3, unit)
			}
		})
	}
}
