package main

import (
	"context"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"github.com/netc-lang/netc/codegen/execute"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/pass"
)

// TestHalfArithmetic runs packages that compute with float16 on arm64, under an emulator, and prints by how much their
// results differ from those of float32: the figures of docs/performance.md, with -large of all examples. On a processor
// without FEAT_FP16 the same package computes with float32, as on any other.
func TestHalfArithmetic(t *testing.T) {
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
	const macs = 150e6 // what is larger takes the emulator long
	some := []string{"Fashion", "EfficientNet", "MobileNetV3Small", "RegNetY"}
	first, count := true, 0
	for _, network := range compilertest.SmallExamples(t, macs) {
		if !slices.Contains(some, network.Family) && !*large {
			continue
		}
		count++
		t.Run(network.Graph.Name, func(t *testing.T) {
			g := network.Graph
			image := eval.Noise(g, 5, 1)[0]
			values := eval.Calibrated(g, 5, image).Values()
			half := []plan.Option{plan.WithWeights(kernel.F16), plan.WithArithmetic(kernel.F16)}
			p, err := plan.Build(pass.Lower(g, nil), values, half...)
			if err != nil {
				t.Fatal(err)
			}
			if p.Half == nil {
				t.Skip("no step has a kernel of float16")
			}
			results, err := execute.New(p).Infer(context.Background(), image)
			if err != nil {
				t.Fatal(err)
			}
			want := results[0]
			path := buildRunner(t, platform{"linux", "arm64", nil}, g, values, half...)
			on := func(cpu string) []float32 {
				return runBinary(t, platform{run: []string{emulator, "-cpu", cpu}}, path, image)
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
			if !(deviation < 0.07) { // logits that have nothing to do with each other differ by a third
				t.Error("that is too much")
			}
			if same {
				t.Error("the results are those of float32")
			}
			if first {
				first = false
				compare(t, on("cortex-a72"), want)
				compareWithin(t, runBinary(t, here, buildRunner(t, here, g, values, half...), image), want, 0)
			}
		})
	}
	if count < len(some) {
		t.Errorf("there are %d networks of %v", count, some)
	}
}
