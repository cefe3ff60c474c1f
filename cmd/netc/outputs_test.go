package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/torch/python"
)

// twoEnds is a network of two inputs and two outputs with names of their own.
const twoEnds = `network Pair {
    input left[3, 17, 14]
    input right[1, 17, 14]

    near   Conv(16, kernel: 3) -> BatchNorm -> ReLU
    far    = right -> Conv(16, kernel: 3) -> SiLU
    joined = [near, far] -> Concat
    mixed  = joined -> Conv(24) -> ReLU
    pool   = mixed -> GlobalAvgPool -> Flatten
    scores = pool -> Linear(5)
    return class: scores, box: near -> Conv(4)
}

family Pair {
    P:
}
`

// ends has what the tests of that network need: its values, an example and what the interpreter makes of it.
type ends struct {
	dir     string
	graph   *ir.Graph
	set     params.Set
	inputs  [][]float32
	outputs [][]float32
}

func newEnds(t *testing.T) ends {
	t.Helper()
	e := ends{dir: t.TempDir()}
	e.write(t, "pair.net", []byte(twoEnds))
	program, err := compiler.Load(e.path("pair.net"))
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("P", nil)
	if err != nil {
		t.Fatal(err)
	}
	e.graph, e.set = network.Graph, params.Initialize(network.Graph, 3)
	example := eval.Noise(e.graph, 4, 1)[0]
	e.inputs = eval.Split(e.graph, example)
	if e.outputs, err = eval.Run(e.graph, e.set, example); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e ends) path(name string) string { return filepath.Join(e.dir, name) }

func (e ends) write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(e.path(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.path(name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// agree holds results, one behind the other, to being those of the interpreter.
func (e ends) agree(t *testing.T, who string, got []float32) {
	t.Helper()
	for i, want := range e.outputs {
		if len(got) < len(want) {
			t.Fatalf("%s: %s has %d values, want %d", who, e.graph.Outputs[i].Name, len(got), len(want))
		}
		largest, difference := 0.0, 0.0
		for k, v := range want {
			largest = max(largest, math.Abs(float64(v)))
			difference = max(difference, math.Abs(float64(v-got[k])))
		}
		if !(difference <= allowed*largest) {
			t.Errorf("%s: %s differs by %g of %g", who, e.graph.Outputs[i].Name, difference, largest)
		}
		got = got[len(want):]
	}
	if len(got) > 0 {
		t.Errorf("%s: %d values too many", who, len(got))
	}
}

func littleEndian(values ...[]float32) []byte {
	var b bytes.Buffer
	for _, v := range values {
		binary.Write(&b, binary.LittleEndian, v)
	}
	return b.Bytes()
}

// floatsIn reads float32 numbers.
func floatsIn(t *testing.T, data []byte) []float32 {
	t.Helper()
	values := make([]float32, len(data)/4)
	if _, err := binary.Decode(data, binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return values
}

// TestEndsONNX runs the network in ONNX Runtime.
func TestEndsONNX(t *testing.T) {
	e := newEnds(t)
	ort.Require(t)
	netc(t, exitDone, "onnx", "--seed", "3", "-o", e.path("pair.onnx"), e.path("pair.net"))
	s, err := ort.NewSessionFile(e.path("pair.onnx"), []string{"right", "left"}, []string{"class", "box"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tensor := func(i int) ort.Tensor {
		return ort.Tensor{Shape: append([]int{1}, e.graph.Inputs[i].Shape...), Data: e.inputs[i]}
	}
	out, err := s.Run(nil, tensor(1), tensor(0))
	if err != nil {
		t.Fatal(err)
	}
	var all []float32
	for _, o := range out {
		all = append(all, o.Data.([]float32)...)
	}
	e.agree(t, "ONNX Runtime", all)
}

// TestEndsTorch runs it in PyTorch, which is given the inputs by name.
func TestEndsTorch(t *testing.T) {
	path := python.Require(t, []string{"torch"}, "python3-torch")
	e := newEnds(t)
	netc(t, exitDone, "torch", "-o", e.path("pair.py"), e.path("pair.net"))
	var list [][]any
	var values [][]float32
	for _, p := range e.graph.Params() {
		list, values = append(list, []any{p.Name, p.Shape}), append(values, e.set.Of(p).Data)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	e.write(t, "params.json", text)
	e.write(t, "params.f32", littleEndian(values...))
	e.write(t, "left.f32", littleEndian(e.inputs[0]))
	e.write(t, "right.f32", littleEndian(e.inputs[1]))
	e.write(t, "run.py", []byte(`import array, json, torch, pair
def read(name):
    values = array.array("f")
    with open(name, "rb") as f:
        values.frombytes(f.read())
    return torch.tensor(values, dtype=torch.float32)
state, at, flat = {}, 0, read("params.f32")
for name, shape in json.load(open("params.json")):
    count = torch.Size(shape).numel()
    state[name], at = flat[at : at + count].reshape(shape), at + count
network = pair.PairP()
network.load_state_dict(state, strict=False)
network.eval()
with torch.no_grad():
    box = network(right=read("right.f32").reshape(1, 1, 17, 14), left=read("left.f32").reshape(1, 3, 17, 14))
with open("out.f32", "wb") as f:
    for out in box:
        array.array("f", out.flatten().tolist()).tofile(f)
`))
	cmd := exec.Command(path, "run.py")
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := os.ReadFile(e.path("out.f32"))
	if err != nil {
		t.Fatal(err)
	}
	e.agree(t, "PyTorch", floatsIn(t, out))
}

// TestEndsGo runs it as a generated package: all outputs, one of them alone, and through Run, which knows no names.
func TestEndsGo(t *testing.T) {
	e := newEnds(t)
	netc(t, exitDone, "gen", "--seed", "3", "-o", e.path("pair"), e.path("pair.net"))
	e.write(t, "go.mod", []byte("module example.com/ends\n\ngo 1.22\n"))
	e.write(t, "left.f32", littleEndian(e.inputs[0]))
	e.write(t, "right.f32", littleEndian(e.inputs[1]))
	e.write(t, "main.go", []byte(`package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"testing"

	"example.com/ends/pair"
)

func read(name string, n int) []float32 {
	f, err := os.Open(name)
	check(err)
	values := make([]float32, n)
	check(binary.Read(f, binary.LittleEndian, values))
	return values
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	m, err := pair.New(pair.WithWorkers(2))
	check(err)
	ctx := context.Background()
	in := pair.Inputs{Left: read("left.f32", pair.LeftLength), Right: read("right.f32", pair.RightLength)}
	out := pair.Outputs{Class: make([]float32, pair.ClassLength), Box: make([]float32, pair.BoxLength)}
	check(m.Infer(ctx, in, out))

	box := make([]float32, pair.BoxLength)
	check(m.Infer(ctx, in, pair.Outputs{Box: box}))
	class := make([]float32, pair.ClassLength)
	check(m.Run(ctx, []any{in.Left, in.Right}, []any{class, nil}))
	if !slices.Equal(box, out.Box) || !slices.Equal(class, out.Class) {
		check(fmt.Errorf("an output alone is another: %v, %v", box[:3], class))
	}
	double := pair.Inputs{Left: slices.Concat(in.Left, in.Left), Right: slices.Concat(in.Right, in.Right)}
	many := make([]float32, 2*pair.ClassLength)
	check(m.Infer(ctx, double, pair.Outputs{Class: many}))
	if !slices.Equal(many, slices.Concat(out.Class, out.Class)) {
		check(fmt.Errorf("in a batch it is another: %v", many))
	}
	for _, wrong := range []error{
		m.Infer(ctx, in, pair.Outputs{}),
		m.Infer(ctx, pair.Inputs{Left: in.Left}, out),
		m.Infer(ctx, pair.Inputs{Right: in.Right}, out),
		m.Infer(ctx, pair.Inputs{}, pair.Outputs{Box: box}),
		m.Infer(ctx, in, pair.Outputs{Box: box[1:]}),
		m.Run(ctx, []any{in.Left, nil}, []any{class, nil}),
	} {
		if wrong == nil {
			check(fmt.Errorf("a mistake is no error"))
		}
		fmt.Fprintln(os.Stderr, wrong)
	}
	check(m.Infer(ctx, pair.Inputs{}, pair.Outputs{})) // a batch of none
	allocations := testing.AllocsPerRun(20, func() { m.Infer(ctx, in, out) })
	if allocations != 0 {
		check(fmt.Errorf("%g allocations an inference", allocations))
	}
	for _, t := range append(m.Inputs(), m.Outputs()...) {
		fmt.Fprintln(os.Stderr, t.Name, t.Shape)
	}
	check(binary.Write(os.Stdout, binary.LittleEndian, out.Class))
	check(binary.Write(os.Stdout, binary.LittleEndian, out.Box))
}
`))
	for _, arguments := range [][]string{{"vet", "./..."}, {"test", "./..."}, {"run", "."}} {
		cmd := exec.Command("go", arguments...)
		cmd.Dir = e.dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		var out, problems bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &problems
		if err := cmd.Run(); err != nil {
			t.Fatalf("go %s: %v\n%s", arguments[0], err, &problems)
		}
		if arguments[0] != "run" {
			continue
		}
		e.agree(t, "generated Go", floatsIn(t, out.Bytes()))
		const missing = "in.Left is missing: it must have 714 floats for each value (LeftLength)"
		if n := strings.Count(problems.String(), missing); n != 2 {
			t.Errorf("%q stands there %d times, not 2, in\n%s", missing, n, &problems)
		}
		for _, want := range []string{
			"no output is wanted", "in.Right has 0 floats, but must have 238 for each of 1 values (RightLength)",
			"out.Box has 951 floats", "right is a <nil>", "left [3 17 14]", "box [4 17 14]",
		} {
			if !strings.Contains(problems.String(), want) {
				t.Errorf("no %q in\n%s", want, &problems)
			}
		}
	}
}

// TestEndsHere runs it in this process, by names and as one archive, and proves weights by both outputs.
func TestEndsHere(t *testing.T) {
	e := newEnds(t)
	e.write(t, "left.f32", littleEndian(e.inputs[0]))
	e.write(t, "right.f32", littleEndian(e.inputs[1]))
	array := func(name string, shape ir.Shape, values []float32) compilertest.Array {
		return compilertest.Array{Name: name, Shape: append([]int{1}, shape...), Values: values}
	}
	inputs := []compilertest.Array{
		array("left", e.graph.Inputs[0].Shape, e.inputs[0]), array("right", e.graph.Inputs[1].Shape, e.inputs[1])}
	compilertest.WriteArchive(t, e.path("in.npz"), inputs...)
	compilertest.WriteArchive(t, e.path("one.npz"), inputs[0])
	run := []string{"run", "--seed", "3", e.path("pair.net")}
	byName, _ := netc(t, exitDone, append(run, "right="+e.path("right.f32"), "left="+e.path("left.f32"))...)
	atOnce, _ := netc(t, exitDone, append(run, e.path("in.npz"))...)
	want := fmt.Sprintf("class %v\n", e.graph.Outputs[0].Node.Shape)
	if byName != atOnce || !strings.Contains(byName, want) || !strings.Contains(byName, "box [4, 17, 14]: ") {
		t.Errorf("by name:\n%s\nat once:\n%s", byName, atOnce)
	}
	if _, problem := netc(t, exitWrongInput, append(run, e.path("one.npz"))...); !strings.Contains(problem,
		"none of the 1 arrays is called right") {
		t.Error(problem)
	}
	golden := append(inputs, array("class", e.graph.Outputs[0].Node.Shape, e.outputs[0]),
		array("box", e.graph.Outputs[1].Node.Shape, e.outputs[1]))
	compilertest.WriteArchive(t, e.path("golden.npz"), golden...)
	var weights []compilertest.Array
	for _, p := range e.graph.Params() {
		weights = append(weights, compilertest.Array{Name: p.Name, Shape: p.Shape, Values: e.set.Of(p).Data})
	}
	compilertest.WriteArchive(t, e.path("weights.npz"), weights...)
	expect := []string{"weights", "--expect", e.path("golden.npz"), e.path("pair.net"), e.path("weights.npz")}
	netc(t, exitDone, expect...)
	wrong := append([]float32{}, e.outputs[1]...)
	wrong[7]++
	golden[3].Values = wrong
	compilertest.WriteArchive(t, e.path("golden.npz"), golden...)
	if _, problem := netc(t, exitWrongInput, expect...); !strings.Contains(problem, "box") {
		t.Error(problem)
	}
}
