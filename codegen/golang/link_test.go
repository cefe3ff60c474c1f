package golang

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/golang/golangtest"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/dsl/source"
)

// alone are networks of as few operations as there can be: each needs files of the kernels that the others need not.
// What runs through Flatten has a vector for its result, everything else an image.
var alone = map[string]string{
	"flatten":     "a Flatten",
	"linear":      "a Flatten -> Linear(5)",
	"relu":        "a ReLU",
	"silu":        "a SiLU",
	"gelu":        "a GELU",
	"norm":        "a BatchNorm",
	"maxpool":     "a MaxPool(3)",
	"avgpool":     "a AvgPool(3)",
	"globalpool":  "a GlobalAvgPool",
	"conv":        "a Conv(8, kernel: 3)",
	"pointwise":   "a Conv(8)",
	"depthwise":   "a DepthwiseConv(3)",
	"groups":      "a Conv(6, kernel: 3, groups: 3)",
	"dense":       "a MaxPool(2, stride: 2) -> Conv(16, kernel: 3) -> Conv(16, kernel: 3)",
	"add":         "a Sigmoid\n    return image + a",
	"multiply":    "a Tanh\n    return image * a",
	"scale":       "a GlobalAvgPool\n    return image * a",
	"concat":      "a ReLU\n    return [image, a] -> Concat",
	"slice":       "a Slice(1, 3)",
	"expand":      "a Conv(24) -> ReLU -> DepthwiseConv(3)",
	"mlp":         "a Flatten -> Linear(12) -> ReLU -> Linear(5)",
	"poolonly":    "a AvgPool(2, stride: 2) -> GlobalAvgPool -> Flatten",
	"hardsigmoid": "a HardSigmoid -> HardSwish -> ReLU6",
	"leaky":       "a Conv(8) -> LeakyReLU(0.1) -> DepthwiseConv(3) -> LeakyReLU(0.2)",
	"prelu":       "a Conv(20) -> PReLU -> PReLU(shared: true)",
	"softplus":    "a Conv(8) -> Softplus -> DepthwiseConv(3) -> Softplus -> Conv(8, kernel: 3) -> Softplus",
	"smooth":      "a Conv(8) -> Mish -> DepthwiseConv(3) -> ELU(alpha: 0.5) -> HardTanh(max: 2.0)",
	"keras":       "a Conv(8) -> HardSigmoid(slope: 0.2) -> Conv(8) -> HardSwish(slope: 0.2, offset: 0.4)",
}

// TestEveryOperationLinks makes a package of each of these networks and one program that runs them all, on every
// instruction set that the machine has, and compares what they answer with the interpreter. A function that is missing
// in assembly is noticed by the linker alone, when a program is made: to build and vet the package passes.
func TestEveryOperationLinks(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), []byte("module example.com/all\n\ngo 1.24\n"))
	var imports, runs strings.Builder
	want := map[string][]float32{}
	for name, body := range alone {
		text := "network N {\n    input image[3, 7, 7]\n    " + body + "\n}\n\nfamily N { A: }\n"
		program, err := compiler.LoadFile(source.NewFile(name+".net", text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		network, err := program.Build("A", nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		set := params.Initialize(network.Graph, 1)
		results, err := eval.Run(network.Graph, set, ramp(network.Graph.Input().Shape.Elements()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want[name] = results[0]
		p, err := plan.Of(network.Graph, set.Values())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files, err := Generate(p, Options{Package: name})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range files {
			writeFile(t, filepath.Join(dir, name, f.Name), golangtest.Foreseen(f.Name, f.Data))
		}
		fmt.Fprintf(&imports, "\t%q\n", "example.com/all/"+name)
		fmt.Fprintf(&runs, "\t{\n\t\tm, err := %[1]s.New()\n\t\tout := make([]float32, %[2]d)\n\t\tif err == nil {\n"+
			"\t\t\terr = m.Infer(context.Background(), ramp(%[1]s.ImageLength), out)\n\t\t}\n"+
			"\t\ttell(%[1]q, out, err)\n\t}\n", name, len(want[name]))
	}
	filled := strings.NewReplacer("IMPORTS", imports.String(), "RUNS", runs.String())
	writeFile(t, filepath.Join(dir, "main.go"), []byte(filled.Replace(allMain)))
	program := filepath.Join(dir, "all")
	goCommand(t, dir, []string{"CGO_ENABLED=0"}, "build", "-o", program, ".")
	for _, level := range []string{"portable", "avx2", "avx512", "amx"} {
		cmd := exec.Command(program)
		cmd.Env = append(cmd.Environ(), "NETC_CPU="+level)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", level, err)
		}
		got := map[string][]float32{}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		for name, results := range want {
			compareAll(t, name+" with "+level, got[name], results)
		}
	}
}

func compareAll(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d results, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-4*max(1, math.Abs(float64(want[i])))) {
			t.Errorf("%s: result %d is %g, want %g", what, i, got[i], want[i])
			return
		}
	}
}

// ramp is an image whose pixels are all different and of both signs.
func ramp(n int) []float32 {
	all := make([]float32, n)
	for i := range all {
		all[i] = float32(i*37%101)/25 - 2
	}
	return all
}

const allMain = `package main

import (
	"context"
	"encoding/json"
	"os"

IMPORTS)

func ramp(n int) []float32 {
	all := make([]float32, n)
	for i := range all {
		all[i] = float32(i*37%101)/25 - 2
	}
	return all
}

func main() {
	results := map[string][]float32{}
	tell := func(name string, out []float32, err error) {
		if err != nil {
			panic(name + ": " + err.Error())
		}
		results[name] = out
	}
RUNS
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
`
