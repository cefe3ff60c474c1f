package torch

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/torch/python"
)

// TestPython runs the emitted modules: their parameters are the graph's, and they can be trained.
func TestPython(t *testing.T) {
	python := python.Require(t, []string{"torch"}, "python3-torch")
	for _, tt := range graphs {
		t.Run(tt.name, func(t *testing.T) {
			g := tt.build()
			random := rand.New(rand.NewPCG(1, 2))
			values := map[string][]float32{}
			for _, p := range g.Params() {
				data := make([]float32, p.Shape.Elements())
				for i := range data {
					data[i] = random.Float32()
				}
				values[p.Name] = data
			}
			image := make([]float32, g.Input().Shape.Elements())
			results := runPython(t, python, g, values, image)
			if want := resultSize(g); len(results) != want {
				t.Errorf("got %d results, want %d", len(results), want)
			}
		})
	}
}

func resultSize(g *ir.Graph) int {
	n := 0
	for _, out := range g.Outputs {
		n += out.Shape.Elements()
	}
	return n
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
