package torch

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/torch/python"
)

// TestPython runs the emitted modules: their parameters are the graph's, they can be trained, and they compute what the
// reference interpreter does.
func TestPython(t *testing.T) {
	python := python.Require(t, []string{"torch"}, "python3-torch")
	for _, tt := range graphs {
		t.Run(tt.name, func(t *testing.T) { agrees(t, python, tt.build()) })
	}
}

// TestPythonFamilies does the same to the cheapest variant of every example.
func TestPythonFamilies(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	python := python.Require(t, []string{"torch"}, "python3-torch")
	for _, network := range compilertest.Examples(t, false) {
		t.Run(network.Graph.Name, func(t *testing.T) { agrees(t, python, network.Graph) })
	}
}

// agrees holds the module's results against the reference interpreter's.
func agrees(t *testing.T, python string, g *ir.Graph) {
	t.Helper()
	image := eval.Noise(g, 3, 1)[0]
	set := eval.Calibrated(g, 3, image)
	want, err := eval.Run(g, set, image)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]float32{}
	for _, p := range g.Params() {
		values[p.Name] = set.Of(p).Data
	}
	got := runPython(t, python, g, values, image)
	for i, result := range want {
		if len(got) < len(result) {
			t.Fatalf("result %d has %d values, want %d", i, len(got), len(result))
		}
		largest, difference := 0.0, 0.0
		for j, v := range result {
			largest = max(largest, math.Abs(float64(v)))
			difference = max(difference, math.Abs(float64(v)-float64(got[j])))
		}
		if !(difference <= 1e-4*largest) {
			t.Errorf("result %d differs by %g, its largest value is %g", i, difference, largest)
		}
		got = got[len(result):]
	}
	if len(got) > 0 {
		t.Errorf("%d values too many", len(got))
	}
}

// runPython emits the graph and runs it with these values of its parameters on an image.
func runPython(t *testing.T, python string, g *ir.Graph, values map[string][]float32, image []float32) []float32 {
	t.Helper()
	folder := t.TempDir()
	var emitted, flat, picture bytes.Buffer
	if err := Write(&emitted, g); err != nil {
		t.Fatal(err)
	}
	list := [][]any{}
	for _, p := range g.Params() {
		list = append(list, []any{p.Name, p.Shape})
		appendFloats(&flat, values[p.Name])
	}
	appendFloats(&picture, image)
	write := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	module := write("module.py", emitted.Bytes())
	write("params.json", asJSON(t, list))
	write("shape.json", asJSON(t, g.Input().Shape))
	write("params.f32", flat.Bytes())
	write("image.f32", picture.Bytes())
	command := exec.Command(python, filepath.Join("testdata", "run.py"), module, className(t, emitted.String()), folder)
	command.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	data, err := os.ReadFile(filepath.Join(folder, "results.f32"))
	if err != nil {
		t.Fatal(err)
	}
	results := make([]float32, len(data)/4)
	if _, err := binary.Decode(data, binary.LittleEndian, results); err != nil {
		t.Fatal(err)
	}
	return results
}

func appendFloats(b *bytes.Buffer, values []float32) {
	if err := binary.Write(b, binary.LittleEndian, values); err != nil {
		panic(err)
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// className returns the network's class: the last of the file.
func className(t *testing.T, module string) string {
	t.Helper()
	found := classLine.FindAllStringSubmatch(module, -1)
	if found == nil {
		t.Fatal("no class in the module")
	}
	return found[len(found)-1][1]
}

var classLine = regexp.MustCompile(`(?m)^class (\w+)\(`)
