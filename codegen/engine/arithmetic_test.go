package engine

import (
	"bytes"
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/kernel"
)

// narrow is a network whose step computes with float16, of weights of float32.
func narrow() *Network {
	const channels = 16
	value := kernel.HalfBlocks(channels, 1)
	weights := kernel.InWeights(0, kernel.F32, channels, channels)
	return &Network{
		Name: "Narrow", Packing: "0123456789abcdef", Inputs: []int{1}, Arena: 256,
		Sections: []kernel.Section{
			{Type: kernel.F32, Elements: channels * channels},
			{Type: kernel.F32, Elements: channels},
		},
		Steps: []Step{{Name: "stage2.0.project.conv", Kernel: &kernel.Pointwise{
			Out:     kernel.Ref{Space: kernel.ArenaSpace, Value: value},
			In:      kernel.Ref{Space: kernel.ArenaSpace, Value: value},
			Weights: weights, Bias: kernel.InWeights(weights.Value.Bytes(), kernel.F32, channels, 1),
			InChannels: channels, OutChannels: channels, Pixels: 1}}},
	}
}

// TestBeyondFloat16: weights that float16 cannot hold are refused where they are float16 in the arithmetic, in every
// way that there is.
func TestBeyondFloat16(t *testing.T) {
	n := narrow()
	dir := t.TempDir()
	good := writeFile(t, filepath.Join(dir, "good.bin"), fileOf(n, -65504))
	file := fileOf(n, 70000)
	path := writeFile(t, filepath.Join(dir, "bad.bin"), file)
	e, err := Open(n, good, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() error{
		"embedded": func() error { _, err := Embedded(n, path, string(file), nil); return err },
		"opened":   func() error { _, err := Open(n, path, nil); return err },
		"copied":   func() error { _, err := Open(n, path, []Option{WithCopy()}); return err },
		"swapped":  func() error { return e.Swap(path) },
	} {
		const want = "bad.bin has the weight 70000 of the step stage2.0.project.conv, beyond the largest float16, 65504"
		if err := open(); !errors.Is(err, ErrWeights) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(n, bytes.NewReader(file), nil); !errors.Is(err, ErrWeights) {
		t.Errorf("read: %v", err)
	}
	if _, err := plannedEngine(n, -65504); err != nil {
		t.Errorf("a plan: %v", err)
	}
	if _, err := plannedEngine(n, 70000); !errors.Is(err, ErrWeights) || !strings.Contains(err.Error(), "70000") {
		t.Errorf("a plan that nobody has checked: %v", err)
	}
	infinite := fileOf(n, float32(math.Inf(1))) // which they are in float32, too
	if _, err := Read(n, bytes.NewReader(infinite), nil); err != nil {
		t.Error(err)
	}
}

// plannedEngine makes an engine as netc does of a plan, all of whose weights are a value, and returns what it panics
// of.
func plannedEngine(n *Network, value float32) (e *Engine, err error) {
	defer func() { err, _ = recover().(error) }()
	file := fileOf(n, value)
	return NewEngine(n, file[len(file)-sectionBytes(n.Sections):], nil), nil
}

// TestOn: a network computes with float16 where it can, the processor does and nobody wants float32; then it has other
// steps and another arena, and is the same in all else.
func TestOn(t *testing.T) {
	step := func(name string) []Step { return []Step{{Name: name, Kernel: &doing{1, 7, nil}}} }
	results := []kernel.Ref{kernel.PlanesInArena(0, kernel.F32, 1, 1)}
	alone := &Network{Name: "N", Inputs: []int{1}, Arena: 64, Steps: step("floats"), Results: results}
	both := *alone
	both.Half = &Halves{Steps: step("halves"), Arena: 128, Results: results}
	const half = kernel.NEON | kernel.FP16
	for _, c := range []struct {
		n      *Network
		has    kernel.Features
		floats bool
		half   bool
	}{
		{alone, half, false, false}, {&both, kernel.NEON, false, false},
		{&both, half, true, false}, {&both, half, false, true}, {&both, kernel.AVX2, false, false},
	} {
		var options []Option
		if c.floats {
			options = append(options, WithFloat32())
		}
		e := boundTo(&kernel.Machine{Has: c.has}, c.n, options)
		want := c.n.Steps
		if c.half {
			want = c.n.Half.Steps
		}
		if e.half != c.half || e.network.Steps[0].Name != want[0].Name ||
			e.tasks[0] != want[0].Kernel.(*doing) || (e.network.Arena == 128) != c.half || e.network.Name != "N" ||
			e.scratch != 7 || len(e.network.Inputs) != 1 {
			t.Errorf("%+v: with float16 %t, the network %+v", c, e.half, e.network)
		}
	}
}

// TestInRange: a result that is not finite is an error of arithmetic of float16, unless the input is not finite either.
func TestInRange(t *testing.T) {
	n := &Network{Inputs: []int{1}, Arena: 128, Results: []kernel.Ref{
		kernel.PlanesInArena(0, kernel.F32, 1, 1), kernel.PlanesInArena(64, kernel.F32, 1, 1)}}
	n.Steps = []Step{{Kernel: &doing{1, 0, func(_ *kernel.Worker, m kernel.Memory, _, _ int) {
		x, out := kernel.FloatsOf(m[kernel.InputSpace])[0], kernel.FloatsOf(m[kernel.ArenaSpace])
		out[0], out[16] = x*math.MaxFloat32, x
	}}}}
	infinite, number := float32(math.Inf(1)), float32(math.NaN())
	for _, half := range []bool{false, true} {
		e := NewEngine(n, nil, []Option{WithWorkers(2)})
		e.half = half
		infer := func(input ...float32) (large, same []float32, err error) {
			large, same = make([]float32, len(input)), make([]float32, len(input))
			return large, same, e.InferBatch(context.Background(), len(input), list(input), list(large, same))
		}
		for _, x := range []float32{1, infinite, number} {
			if large, same, err := infer(x); err != nil || same[0] != x && x == x || large[0] == 0 {
				t.Errorf("of %g: %v, %v, %v", x, large, same, err)
			}
		}
		for _, inputs := range [][]float32{{2}, {1, 2}, {infinite, 1, 2, 1}} {
			_, same, err := infer(inputs...)
			if half != errors.Is(err, errBeyond) || !half && err != nil || len(inputs) == 1 && half != (same[0] == 0) {
				t.Errorf("half %t: of %g: %v, %v", half, inputs, same, err)
			}
		}
		if _, _, err := infer(1, 1, 1); err != nil {
			t.Error(err)
		}
		same := make([]float32, 1)
		results := [][]float32{nil, same}
		if err := e.Infer(context.Background(), list([]float32{2}), results); err != nil || same[0] != 2 {
			t.Errorf("a result that is not wanted: %v, %v", same, err)
		}
	}
}
