package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/weights"
)

// TestHalfArithmetic runs packages that compute with float16 on arm64, under an emulator, and prints by how much their
// results differ from those of float32: the figures of docs/performance.md, with -large of all examples. On a processor
// without FEAT_FP16 the same package computes with float32, as on any other.
func TestHalfArithmetic(t *testing.T) {
	emulator := requireEmulator(t)
	const macs = 40e6 // what is larger takes the emulator long
	some := []string{"Fashion", "EfficientNet", "MobileNetV3Small", "RegNetY"}
	first, count := true, 0
	test := func(t *testing.T, g *ir.Graph) {
		halfArithmetic(t, emulator, g, first)
		first = false
	}
	for _, network := range compilertest.SmallExamples(t, macs) {
		if !slices.Contains(some, network.Family) && !*large {
			continue
		}
		count++
		t.Run(network.Graph.Name, func(t *testing.T) { test(t, network.Graph) })
	}
	if count < len(some) {
		t.Errorf("there are %d networks of %v", count, some)
	}
	eachPicture(t, func(t *testing.T, g *ir.Graph) {
		if !*large && g.MACs() > 2*macs {
			t.Skip("large; run the test with -large")
		}
		test(t, g)
	})
}

// halfArithmetic compares arithmetic of float16 with that of float32. everywhere has the package compute with float32,
// too, where the processor has nothing else, and builds it for phones.
func halfArithmetic(t *testing.T, emulator string, g *ir.Graph, everywhere bool) {
	t.Helper()
	example := eval.Noise(g, 5, 1)[0]
	values := eval.Calibrated(g, 5, example).Values()
	half := []plan.Option{plan.WithWeights(kernel.F16), plan.WithArithmetic(kernel.F16)}
	p, err := plan.Of(g, values, half...)
	if err != nil {
		t.Fatal(err)
	}
	if p.Half == nil {
		t.Skip("no step has a kernel of float16")
	}
	results, err := execute.New(p).Infer(context.Background(), eval.Split(g, example)...)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Concat(results...)
	path := buildRunner(t, platform{"linux", "arm64", nil}, g, values, half...)
	on := func(cpu string) []float32 {
		return runBinary(t, platform{run: []string{emulator, "-cpu", cpu}}, path, example)
	}
	got := on("max")
	compareWithin(t, got, want, 0.25)
	largest, squares, same := 0.0, 0.0, true
	for i, v := range want {
		largest = max(largest, math.Abs(float64(v)))
		squares += (float64(got[i]) - float64(v)) * (float64(got[i]) - float64(v))
		same = same && got[i] == v
	}
	deviation := math.Sqrt(squares/float64(len(want))) / largest
	t.Logf("root mean square %.2g of it", deviation)
	if !(deviation < 0.07) { // results that have nothing to do with each other differ by a third
		t.Error("that is too much")
	}
	if same {
		t.Error("the results are those of float32")
	}
	if everywhere {
		buildRunner(t, platform{"android", "arm64", nil}, g, values, half...)
		compare(t, on("cortex-a72"), want)
		compareWithin(t, runBinary(t, here, buildRunner(t, here, g, values, half...), example), want, 0)
	}
}

// requireEmulator returns the path of the emulator of arm64, or skips the test.
func requireEmulator(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("not with -short")
	}
	emulator, err := exec.LookPath("qemu-aarch64")
	if err != nil || runtime.GOOS != "linux" {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs Debian's qemu-user: ", err)
	}
	return emulator
}

// TestHalfTrained does so with trained weights and real images, and prints what it means for the best class. The
// weights are float32 in their file, so that the difference has in it that they are rounded. With -large, it does so
// with the networks of npm packages, too.
func TestHalfTrained(t *testing.T) {
	emulator := requireEmulator(t)
	t.Run("Fashion-F0", func(t *testing.T) {
		program, err := compiler.Load("../../examples/fashion/fashion.net")
		if err != nil {
			t.Fatal(err)
		}
		network, err := program.Build("F0", nil)
		if err != nil {
			t.Fatal(err)
		}
		count := 20
		if *large {
			count = 200
		}
		images, labels := clothes(t, count)
		set := boundSet(t, "../../examples/fashion/f0.safetensors", network.Graph, weights.Options{})
		halfTrained(t, emulator, network.Graph, set.Values(), images, labels, 0.03)
	})
	if !*large {
		return
	}
	requireTrained(t)
	for _, n := range trainedNetworks() {
		t.Run(n.name, func(t *testing.T) {
			g, set, _, images, _ := n.loaded(t, t.TempDir())
			halfTrained(t, emulator, g, set.Values(), images, nil, 0.05)
		})
	}
}

// halfTrained compares float16 with float32. The largest difference may be a share of an image's largest logit.
func halfTrained(t *testing.T, emulator string, g *ir.Graph, values params.Values, images []float32, labels []byte,
	most float64) {
	t.Helper()
	half := plan.WithArithmetic(kernel.F16)
	p, err := plan.Of(g, values, half)
	if err != nil {
		t.Fatal(err)
	}
	results, err := execute.New(p).Infer(context.Background(), images)
	if err != nil {
		t.Fatal(err)
	}
	want := results[0]
	// One thread: those that look for work would take the emulator most of its time.
	arm := platform{"linux", "arm64", []string{emulator, "-cpu", "max", "-E", "GOMAXPROCS=1"}}
	got := runBinary(t, arm, buildRunner(t, arm, g, values, half), images)
	if len(got) != len(want) || slices.Equal(got, want) {
		t.Fatalf("%d logits, want %d others", len(got), len(want))
	}
	classes := g.Outputs[0].Node.Shape.Elements()
	count := len(want) / classes
	var largest, squares float64
	agree, right, rightInFloat := 0, 0, 0
	for i := range count {
		mine, theirs := got[i*classes:][:classes], want[i*classes:][:classes]
		scale := 0.0
		for _, v := range theirs {
			scale = max(scale, math.Abs(float64(v)))
		}
		for k, v := range theirs {
			d := math.Abs(float64(mine[k])-float64(v)) / scale
			largest, squares = max(largest, d), squares+d*d // NaN becomes the largest there
		}
		a, b := best(mine), best(theirs)
		if a == b {
			agree++
		}
		if labels != nil && a == int(labels[i]) {
			right++
		}
		if labels != nil && b == int(labels[i]) {
			rightInFloat++
		}
	}
	t.Logf("%d images: largest difference %.2g of an image's largest logit, root mean square %.2g", count, largest,
		math.Sqrt(squares/float64(len(want))))
	t.Logf("the best class is the same for %d of %d; right are %d, and %d with float32", agree, count, right,
		rightInFloat)
	if !(largest < most) || agree*100 < count*99 {
		t.Error("that is too much")
	}
}

// clothes returns the first test images of Fashion-MNIST, as F0 takes them, and their classes.
func clothes(t *testing.T, count int) (images []float32, labels []byte) {
	t.Helper()
	const header, size, mean, deviation = 16, 28 * 28, 0.2860, 0.3530
	read := func(name string, skip, length int) []byte {
		folder := cmp.Or(os.Getenv("NETC_FASHION_MNIST"), "/usr/share/datasets/fashion-mnist")
		f, err := os.Open(filepath.Join(folder, name))
		if os.IsNotExist(err) && os.Getenv("CI") != "true" {
			t.Skip("the test images are not installed: apt-get install dataset-fashion-mnist")
		}
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		data := make([]byte, skip+length)
		if _, err := io.ReadFull(z, data); err != nil {
			t.Fatal(err)
		}
		return data[skip:]
	}
	for _, p := range read("t10k-images-idx3-ubyte.gz", header, count*size) {
		images = append(images, (float32(p)/255-mean)/deviation)
	}
	return images, read("t10k-labels-idx1-ubyte.gz", header/2, count)
}
