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
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/export/size"
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

// TestPythonFamilies does the same to the cheapest variant of every example, on images small enough for the
// interpreter.
func TestPythonFamilies(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	python := python.Require(t, []string{"torch"}, "python3-torch")
	for _, network := range compilertest.SmallExamples(t, 400e6) {
		t.Run(network.Graph.Name, func(t *testing.T) { agrees(t, python, network.Graph) })
	}
}

// sharedLines are networks that apply a layer several times, their lines separated by semicolons.
var sharedLines = map[string]string{
	"once":         "h = shared(H); a = image -> h; return a",
	"sum":          "h = shared(H); a = image -> h; b = (a -> h) + a; return b",
	"other sum":    "h = shared(H); a = image -> h; b = a + (a -> h); return b",
	"factor":       "h = shared(H); a = image -> h; b = (a -> h) * 0.5; return b",
	"first factor": "h = shared(H); a = 2 * (image -> h); b = 2 * (a -> h) -> ReLU; return b",
	"loop":         "h = shared(H); a = image -> h; b = a + (a -> h); c = b + (b -> h); d = c + (c -> h); return d",
	"operation":    "h = shared(Conv(3)); a = image -> h; b = (a -> h) + a; return b",
	"own layers":   "h = shared(H); a = image -> h; b = ((a -> h) -> ReLU -> Conv(3)) + a; return b",
	"two on a line": "h = shared(H); g = shared(Conv(3)); a = (image -> h) - (image -> g); " +
		"b = (a -> h) + (a -> ReLU -> h) + (a -> g); return b -> g -> h",
	"blocks": "h = shared(H); g = shared(Conv(3)); use a = Residual(f: h); use b = Residual(f: g); " +
		"rs a x 2; qs b x 2; return qs",
	"within blocks":   "a = image -> Own; b = (a -> Own) + a; return b",
	"arithmetic":      "h = shared(Double); a = image -> Conv(3) -> h; b = (a -> h) + a; return b",
	"second, then it": "h = shared(Two); a = image -> h; b = a[0] -> h; return x: b[0], y: b[1]",
	"first again":     "h = shared(Two); a = image -> h; b = a[0] -> h; return x: b[0], y: a[1]",
	"other again":     "h = shared(Two); a = image -> h; b = a[0] -> h; return b[1]",
	"both twice":      "h = shared(Two); a = image -> h; b = a[0] -> h; return x: a[1] + b[0], y: b[1]",
	"tensors":         "h = shared(Join); c = image -> ReLU; a = [image, c] -> h; b = [a, image] -> h; return b",
	"one for two":     "h = shared(Join); c = image -> ReLU; a = [image, c] -> h; b = ([a, a] -> h) + a; return b",
	"two for one":     "h = shared(Join); a = [image, image] -> h; b = ([a, image] -> h) + a; return b",
	"steps inside":    "h = shared(Deep); a = image -> h; b = (a -> h) + a; return a * b",
}

// arithmeticLines are networks with lines of arithmetic.
var arithmeticLines = map[string]string{
	"line":         "a = image -> Conv(3); b = a + image; return b",
	"lines":        "a = image -> Conv(3); b = a + image * a; c = b - a; return c",
	"behind":       "a = (image -> Conv(3)) + image; b = (a -> Conv(3)) * a; return b",
	"other layers": "a = (image -> Conv(3) -> ReLU) + (image -> Conv(3)); return a",
	"blocks":       "a Sums x 2; b Sums; return a + b",
	"outputs":      "a = image -> Conv(3); b = a + image; return c: b, d: a * b",
}

// TestPythonShared runs layers that are applied several times on lines that compute more, within blocks, to several
// tensors and with several results.
func TestPythonShared(t *testing.T) {
	runLines(t, sharedLines)
}

// TestPythonArithmetic runs lines of arithmetic, alone and behind a layer, in networks and blocks. No part of a module
// is made for them: its parts are the layers and blocks, and none of them is empty.
func TestPythonArithmetic(t *testing.T) {
	for name, text := range runLines(t, arithmeticLines) {
		if strings.Contains(text, "The part") || regexp.MustCompile(`\{\s*\}`).MatchString(text) {
			t.Errorf("%s: there is a part for arithmetic:\n%s", name, text)
		}
	}
}

// runLines compiles networks of lines that are separated by semicolons, holds their modules against the interpreter,
// and returns the text of these.
func runLines(t *testing.T, networks map[string]string) map[string]string {
	t.Helper()
	python := python.Require(t, []string{"torch"}, "python3-torch")
	var modules []ran
	var names []string
	texts := map[string]string{}
	for name, lines := range networks {
		g := compiled(t, lines)
		names, modules = append(names, name), append(modules, expected(t, g))
		var module strings.Builder
		if err := Write(&module, g, Options{}); err != nil {
			t.Fatal(err)
		}
		texts[name] = module.String()
	}
	runAll(t, python, modules...)
	for i, m := range modules {
		t.Run(names[i], func(t *testing.T) { m.agrees(t) })
	}
	return texts
}

// compiled compiles a network of lines, and of blocks that they may use.
func compiled(t *testing.T, lines string) *ir.Graph {
	t.Helper()
	text := "network N {\n    input image[3, 6, 5]\n    " + strings.ReplaceAll(lines, "; ", "\n    ") + "\n}\n" + `
block H()(x) { return x -> Conv(3, kernel: 3) -> SiLU -> Conv(3, bias: true) }
block Residual(f: layer)(x) { return (x -> f) + x }
block Own()(x) {
    f = shared(H)
    y = (x -> f) + x
    return (y -> f) + y
}
block Double()(x) { return x + x }
block Sums()(x) {
    a = x -> Conv(3)
    b = a + x
    c = (b -> Conv(3)) + (x -> Conv(3))
    d = b * c
    return a - d
}
block Two()(x) {
    a = x -> Conv(3)
    b = a -> Conv(3, kernel: 3)
    return [a, b]
}
block Join()(x, y) { return [x, y -> Sigmoid] -> Concat -> Conv(3) }
block Act(f: layer)(x) { return x -> Conv(3) -> f }
block Deep()(x) {
    a = x -> H
    return (a -> H) * a
}
family N { A: }
`
	p, err := compiler.LoadFile(source.NewFile("shared.net", text))
	if err != nil {
		t.Fatalf("%s: %v", lines, err)
	}
	network, err := p.Build("", nil)
	if err != nil {
		t.Fatalf("%s: %v", lines, err)
	}
	return network.Graph
}

// agrees holds the module's results against the reference interpreter's.
func agrees(t *testing.T, python string, g *ir.Graph) {
	t.Helper()
	m := expected(t, g)
	runAll(t, python, m)
	m.agrees(t)
}

// ran is a module and what it should compute.
type ran struct {
	arguments []string // of testdata/run.py
	want      [][]float32
}

// expected writes a graph's module and computes with the reference interpreter what it should.
func expected(t *testing.T, g *ir.Graph) ran {
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
	return ran{prepare(t, g, values, g, image), want}
}

func (m ran) agrees(t *testing.T) {
	t.Helper()
	got := m.results(t)
	for i, result := range m.want {
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

// prepare emits the graph, with these values of its parameters and an example of the sizes that another one takes, and
// returns the arguments of testdata/run.py.
func prepare(t *testing.T, g *ir.Graph, values map[string][]float32, sized *ir.Graph, image []float32) []string {
	t.Helper()
	folder := t.TempDir()
	var emitted, flat, picture bytes.Buffer
	if err := Write(&emitted, g, Options{}); err != nil {
		t.Fatal(err)
	}
	list, inputs := [][]any{}, [][]any{}
	for _, in := range sized.Inputs {
		inputs = append(inputs, []any{in.Name, in.Shape})
	}
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
	write("shape.json", asJSON(t, inputs))
	write("params.f32", flat.Bytes())
	write("image.f32", picture.Bytes())
	return []string{module, className(t, emitted.String()), folder}
}

// runAll runs modules in one process.
func runAll(t *testing.T, python string, modules ...ran) {
	t.Helper()
	arguments := []string{filepath.Join("testdata", "run.py")}
	for _, m := range modules {
		arguments = append(arguments, m.arguments...)
	}
	command := exec.Command(python, arguments...)
	command.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// results returns all that a module has computed.
func (m ran) results(t *testing.T) []float32 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(m.arguments[2], "results.f32"))
	if err != nil {
		t.Fatal(err)
	}
	results := make([]float32, len(data)/4)
	if _, err := binary.Decode(data, binary.LittleEndian, results); err != nil {
		t.Fatal(err)
	}
	return results
}

// TestPythonOtherSize gives a module whose computation is the same for every size images of another one.
func TestPythonOtherSize(t *testing.T) {
	python := python.Require(t, []string{"torch"}, "python3-torch")
	for name, g := range map[string]*ir.Graph{"mobile": mobile(), "sizes": parsed("sizes")()} {
		t.Run(name, func(t *testing.T) { agreesAtOtherSize(t, python, g) })
	}
}

func agreesAtOtherSize(t *testing.T, python string, g *ir.Graph) {
	other, err := size.Resize(g, 23, 18)
	if err != nil {
		t.Fatal(err)
	}
	image := eval.Noise(other, 3, 1)[0]
	set := eval.Calibrated(other, 3, image)
	want, err := eval.Run(other, set, image)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]float32{}
	for _, p := range g.Params() {
		values[p.Name] = set.Of(p).Data
	}
	m := ran{arguments: prepare(t, g, values, other, image)}
	runAll(t, python, m)
	got, all := m.results(t), slices.Concat(want...)
	for i, v := range all {
		if d := math.Abs(float64(v - got[i])); len(got) != len(all) || !(d < 1e-4) {
			t.Fatalf("number %d of %d is %g, want %g", i, len(got), got[i], v)
		}
	}
}

// TestPythonRefusesOtherSizes gives modules whose computation depends on the size of the image images of another one:
// with padding that is right for one size, a vector as long as the image is large, values that fit each other by
// chance, and what only the source knows.
func TestPythonRefusesOtherSizes(t *testing.T) {
	python := python.Require(t, []string{"torch"}, "python3-torch")
	const head = "graph \"Sized\"\nimage = Input(Shape: {2, 8, 12}) : [2, 8, 12]\n"
	for name, tt := range map[string]struct {
		text    string
		options Options
	}{
		"padding": {text: "conv = Conv(Out: 3, Kernel: 3, Stride: 2, Dilation: 1, Groups: 1, Pad: {0, 0, 1, 1}) " +
			"image : [3, 4, 6]\noutput conv\n"},
		"pooling": {text: "pool = MaxPool(Kernel: 3, Stride: 2, Pad: {0, 0, 1, 1}) image : [2, 4, 6]\noutput pool\n"},
		"vector":  {text: "flat = Flatten() image : [192]\nlogits = Linear(Out: 2) flat : [2]\noutput logits\n"},
		"source": {text: "pool = AvgPool(Kernel: 3, Stride: 1) image : [2, 6, 10]\nmean = GlobalAvgPool() pool : [2, " +
			"1, 1]\noutput mean\n",
			options: Options{SizeBound: true}},
	} {
		g, err := ir.Parse(head + tt.text)
		if err != nil {
			t.Fatal(err)
		}
		var module bytes.Buffer
		if err := Write(&module, g, tt.options); err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "sized.py"), module.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(python, "-c", sizesScript)
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s\n%s", name, err, out, module.Bytes())
		}
	}
}

// TestPythonNamesWrongInput holds that a module of several inputs says which of them has a wrong size.
func TestPythonNamesWrongInput(t *testing.T) {
	python := python.Require(t, []string{"torch"}, "python3-torch")
	g, err := ir.Parse("graph \"Sized\"\nimage = Input(Shape: {2, 8, 12}) : [2, 8, 12]\n" +
		"depth = Input(Shape: {1, 8, 12}) : [1, 8, 12]\n" +
		"both = Concat(Axis: 0) image depth : [3, 8, 12]\noutput both\n")
	if err != nil {
		t.Fatal(err)
	}
	var module bytes.Buffer
	if err := Write(&module, g, Options{SizeBound: true}); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "sized.py"), module.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "-c", wrongInputScript)
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, module.Bytes())
	}
}

const wrongInputScript = `
import sys
sys.path.insert(0, ".")
import torch, sized
network = sized.Sized().eval()
right = dict(image=torch.randn(1, 2, 8, 12), depth=torch.randn(1, 1, 8, 12))
network(**right)
for name in right:
    for height, width, want in (9, 12, "8 pixels high"), (8, 13, "12 pixels wide"):
        try:
            network(**{**right, name: torch.randn(1, right[name].shape[1], height, width)})
        except AssertionError as error:
            assert f"{name} must be {want}" in str(error) and "the image" not in str(error), error
            continue
        sys.exit(f"{name} of {height}x{width} is taken")
`

// sizesScript runs a module for images of 8 by 12 pixels on others, one of them with as many pixels. torch.fx and
// tracing must be able to follow the module.
const sizesScript = `
import sys
sys.path.insert(0, ".")
import torch, sized
network = sized.Sized().eval()
right = torch.randn(1, 2, 8, 12)
with torch.no_grad():
    want = network(right)
    for other in (torch.fx.symbolic_trace(network), torch.jit.trace(network, right)):
        assert torch.equal(other(right), want)
    for height, width in (12, 8), (8, 13), (9, 12), (16, 24), (6, 16):
        try:
            network(torch.randn(1, 2, height, width))
        except AssertionError as error:
            assert "the image must be 8 pixels high" in str(error) or "the image must be 12 pixels wide" in str(error), error
            continue
        sys.exit(f"an image of {height}x{width} is taken")
`

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

// TestPythonTraining holds what modules do in training alone: testdata/training.py says what of which.
func TestPythonTraining(t *testing.T) {
	python := python.Require(t, []string{"torch"}, "python3-torch")
	folder := t.TempDir()
	for name, g := range map[string]*ir.Graph{
		"drops": drops(), "inits": inited(), "mobile": mobile(), "two_inputs": twoInputs(),
	} {
		var module bytes.Buffer
		if err := Write(&module, g, Options{}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".py"), module.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(python, filepath.Join("testdata", "training.py"), folder).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
