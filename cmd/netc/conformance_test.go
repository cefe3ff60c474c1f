package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/golang"
	"github.com/netc-lang/netc/codegen/golang/golangtest"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/ort"
)

var large = flag.Bool("large", false, "compare large networks with ONNX Runtime too: B5 to B7, and every variant of "+
	"every family")

// TestConformance compares generated Go with ONNX Runtime on the emitted file, for every EfficientNet, with weights and
// statistics under which every layer matters.
func TestConformance(t *testing.T) {
	program, err := compiler.Load("../../examples/efficientnet/efficientnet.net")
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range program.Variants() {
		t.Run(variant, func(t *testing.T) {
			network, err := program.Build(variant, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !*large && network.Graph.MACs() > 5e9 {
				t.Skip("large; run the test with -large")
			}
			if testing.Short() && variant != "B0" {
				t.Skip("only B0 with -short")
			}
			conforms(t, network.Graph)
		})
	}
}

// TestFamiliesConform does the same to the cheapest variant of every example, or with -large to every variant.
func TestFamiliesConform(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	for _, network := range compilertest.Examples(t, *large) {
		t.Run(network.Graph.Name, func(t *testing.T) { conforms(t, network.Graph) })
	}
}

// TestFamiliesConformOnARM64 does so with packages built for arm64, under an emulator; and with the examples whose
// results are images or several values, and a network of two inputs.
func TestFamiliesConformOnARM64(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	if runtime.GOARCH == "arm64" {
		t.Skip("TestFamiliesConform is the same")
	}
	emulator, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs Debian's qemu-user: ", err)
	}
	arm := platform{"linux", "arm64", []string{emulator}}
	networks := compilertest.SmallExamples(t, 400e6) // what is larger takes the emulator minutes
	if *large {
		networks = compilertest.Examples(t, true)
	}
	for _, network := range networks {
		t.Run(network.Graph.Name, func(t *testing.T) { conformsOn(t, arm, network.Graph) })
	}
	eachPicture(t, func(t *testing.T, g *ir.Graph) {
		if !*large && g.MACs() > 1.1e9 {
			t.Skip("large; run the test with -large")
		}
		conformsOn(t, arm, g)
	})
	t.Run("two inputs", func(t *testing.T) { conformsOn(t, arm, newEnds(t).graph) })
}

// TestHalfWeightsConform holds that a package with weights of float16 computes what netc does with them: as they are,
// and widened when the model is made, which is what portable Go does; on this machine and, under an emulator, on arm64.
func TestHalfWeightsConform(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	program, err := compiler.Load("../../examples/fashion/fashion.net")
	if err != nil {
		t.Fatal(err)
	}
	network, err := program.Build("F0", nil)
	if err != nil {
		t.Fatal(err)
	}
	g, half := network.Graph, plan.WithWeights(kernel.F16)
	image := eval.Noise(g, 5, 1)[0]
	values := eval.Calibrated(g, 5, image).Values()
	p, err := plan.Of(g, values, half)
	if err != nil {
		t.Fatal(err)
	}
	want, err := execute.New(p).Infer(context.Background(), image)
	if err != nil {
		t.Fatal(err)
	}
	platforms := []platform{here}
	if emulator, err := exec.LookPath("qemu-aarch64"); err == nil && runtime.GOARCH != "arm64" {
		platforms = append(platforms, platform{"linux", "arm64", []string{emulator}})
	}
	for _, on := range platforms {
		path := buildRunner(t, on, g, values, half)
		for _, level := range []string{"", "portable"} {
			t.Run(on.architecture+"/"+level, func(t *testing.T) {
				t.Setenv("NETC_CPU", level)
				compare(t, runBinary(t, on, path, image), want[0])
			})
		}
	}
}

// TestSmallNetworksConformInPortableGo does so with the smallest networks on processors that have no assembly: of 32
// and of 64 bits, little-endian and big-endian, and WebAssembly.
func TestSmallNetworksConformInPortableGo(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short")
	}
	var networks []*compiler.Network
	for _, network := range compilertest.Examples(t, false) {
		if network.Graph.MACs() < 30e6 {
			networks = append(networks, network)
		}
	}
	if len(networks) < 2 {
		t.Fatalf("there are %d small networks", len(networks))
	}
	goRoot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range []platform{
		{"linux", "386", []string{"qemu-i386"}},
		{"linux", "arm", []string{"qemu-arm"}},
		{"linux", "riscv64", []string{"qemu-riscv64"}},
		{"linux", "ppc64le", []string{"qemu-ppc64le"}},
		{"linux", "s390x", []string{"qemu-s390x"}}, // big-endian
		{"js", "wasm", []string{"node", "--stack-size=8192", filepath.Join(strings.TrimSpace(string(goRoot)),
			"lib", "wasm", "wasm_exec_node.js")}},
	} {
		t.Run(on.architecture, func(t *testing.T) {
			if on.architecture == "386" && here.system == "linux" && here.architecture == "amd64" {
				on.run = nil // this machine is one, and Go's threads do not work in qemu-i386
			}
			if on.run != nil {
				if _, err := exec.LookPath(on.run[0]); err != nil {
					if os.Getenv("CI") != "" {
						t.Fatal(err)
					}
					t.Skip("needs Debian's qemu-user, or Node: ", err)
				}
			}
			for _, network := range networks {
				t.Run(network.Graph.Name, func(t *testing.T) { conformsOn(t, on, network.Graph) })
			}
		})
	}
}

// platform is what generated Go is built for, and what runs its programs where this machine does not.
type platform struct {
	system, architecture string
	run                  []string // a command, which the program's path follows
}

// here is this machine.
var here = platform{runtime.GOOS, runtime.GOARCH, nil}

// allowed is how far results of two implementations may be apart, relative to the largest of them: hundreds of layers
// add up in other orders what float32 has seven digits of. A test that allows more says why.
const allowed = 1e-4

// conforms compares generated Go with ONNX Runtime.
func conforms(t *testing.T, g *ir.Graph) {
	t.Helper()
	conformsOn(t, here, g)
}

// conformsOn compares all results of one example, which holds a value of each input.
func conformsOn(t *testing.T, on platform, g *ir.Graph) {
	t.Helper()
	ort.Require(t)
	example := eval.Noise(g, 5, 1)[0]
	set := eval.Calibrated(g, 5, example)
	got := resultsOn(t, on, g, set, example)
	for i, want := range runtimeResults(t, g, set, example) {
		if len(got) < len(want) {
			t.Fatalf("%s has %d values, want %d", g.Outputs[i].Name, len(got), len(want))
		}
		compare(t, got[:len(want)], want)
		got = got[len(want):]
	}
	if len(got) > 0 {
		t.Errorf("%d values too many", len(got))
	}
}

// compare holds logits against the reference's: max |difference| ≤ allowed × max |logit|.
func compare(t *testing.T, got, want []float32) {
	t.Helper()
	compareWithin(t, got, want, allowed)
}

// compareWithin allows differences up to a share of the largest value.
func compareWithin(t *testing.T, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d logits, want %d", len(got), len(want))
	}
	var largest, difference float64
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		difference = max(difference, math.Abs(float64(got[i])-float64(want[i])))
		if got[i] != got[i] {
			t.Fatalf("logit %d is NaN", i)
		}
	}
	t.Logf("largest logit %.3g, largest difference %.2g of it", largest, difference/largest)
	if !(largest >= 0.1 && largest <= 1000) {
		t.Errorf("the largest logit is %g: these weights compare nothing", largest)
	}
	if !(difference <= tolerance*largest) {
		t.Errorf("the logits differ by %g, the largest is %g", difference, largest)
	}
}

func runtimeLogits(t *testing.T, g *ir.Graph, set params.Set, image []float32) []float32 {
	t.Helper()
	return runtimeResults(t, g, set, image)[0]
}

// runtimeResults is what ONNX Runtime makes of an example: a value of each input, one behind the other.
func runtimeResults(t *testing.T, g *ir.Graph, set params.Set, example []float32) [][]float32 {
	t.Helper()
	// With batch norm kept, the comparison covers folding too: generated Go folds it.
	var model bytes.Buffer
	m, err := onnx.Build(g, set.Values(), onnx.Options{KeepBatchNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Write(&model, nil); err != nil {
		t.Fatal(err)
	}
	var inputs, outputs []string
	var tensors []ort.Tensor
	for i, data := range eval.Split(g, example) {
		inputs = append(inputs, g.Inputs[i].Name)
		tensors = append(tensors, ort.Tensor{Shape: append([]int{1}, g.Inputs[i].Shape...), Data: data})
	}
	for _, o := range g.Outputs {
		outputs = append(outputs, o.Name)
	}
	session, err := ort.NewSession(model.Bytes(), inputs, outputs, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	tensors, err = session.Run(nil, tensors...)
	if err != nil {
		t.Fatal(err)
	}
	var results [][]float32
	for _, r := range tensors {
		results = append(results, r.Data.([]float32))
	}
	return results
}

// runner is the program around a generated package: examples on standard input, results on standard output, of each
// example those of all outputs.
const runner = `package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"generated/network"
)

func main() {
	model, err := network.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	inputs, outputs := slices(model.Inputs()), slices(model.Outputs())
	for {
		for _, in := range inputs {
			if err := binary.Read(os.Stdin, binary.LittleEndian, in); err == io.EOF {
				return
			} else if err != nil {
				panic(err)
			}
		}
		if err := model.Run(context.Background(), inputs, outputs); err != nil {
			panic(err)
		}
		for _, out := range outputs {
			binary.Write(os.Stdout, binary.LittleEndian, out)
		}
	}
}

func slices(tensors []network.Tensor) (all []any) {
	for _, t := range tensors {
		length := 1
		for _, n := range t.Shape {
			length *= n
		}
		all = append(all, make([]float32, length))
	}
	return all
}
`

// generatedResults generates the Go package, builds it and runs it on images that lie one behind the other.
func generatedResults(t *testing.T, g *ir.Graph, set params.Set, images []float32) []float32 {
	t.Helper()
	results := resultsOn(t, here, g, set, images)
	sameInProcess(t, g, set, images, results)
	return results
}

// sameInProcess holds that netc itself, which runs the plan with the packages that the generated code is made of,
// computes the same bits.
func sameInProcess(t *testing.T, g *ir.Graph, set params.Set, images, want []float32) {
	t.Helper()
	p, err := plan.Of(g, set.Values())
	if err != nil {
		t.Fatal(err)
	}
	results, err := execute.New(p).Infer(context.Background(), images)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(results[0], want,
		func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
		t.Error("netc computes other bits than the generated package")
	}
}

func resultsOn(t *testing.T, on platform, g *ir.Graph, set params.Set, images []float32) []float32 {
	t.Helper()
	return runBinary(t, on, buildRunner(t, on, g, set.Values()), images)
}

// buildRunner generates a network's package, builds the runner with it and returns the program's path.
func buildRunner(t *testing.T, on platform, g *ir.Graph, values params.Values, options ...plan.Option) string {
	t.Helper()
	p, err := plan.Of(g, values, options...)
	if err != nil {
		t.Fatal(err)
	}
	files, err := golang.Generate(p, golang.Options{Package: "network"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "network"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, "network", f.Name), golangtest.Foreseen(f.Name, f.Data),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"go.mod": "module generated\n\ngo 1.24\n", "main.go": runner} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binaryPath := filepath.Join(dir, "runner")
	compile := exec.Command("go", "build", "-o", binaryPath, ".")
	compile.Dir = dir
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+on.system, "GOARCH="+on.architecture)
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binaryPath
}

func runBinary(t *testing.T, on platform, path string, images []float32) []float32 {
	t.Helper()
	var in, out bytes.Buffer
	if err := binary.Write(&in, binary.LittleEndian, images); err != nil {
		t.Fatal(err)
	}
	command := append(slices.Clone(on.run), path)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	results := make([]float32, out.Len()/4)
	if err := binary.Read(&out, binary.LittleEndian, results); err != nil && err != io.EOF {
		t.Fatal(fmt.Errorf("the results: %w", err))
	}
	return results
}
