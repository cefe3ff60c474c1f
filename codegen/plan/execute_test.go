package plan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
)

// execution runs a plan on the kernels as an engine would.
type execution struct {
	memory  kernel.Memory
	tasks   []kernel.Task
	shuffle *rand.Rand
}

// execute runs what some outputs need of a plan; the items of each step in ranges of random length, in random order,
// each by a worker of its own. The arena and scratch are full of NaN before.
func execute(p *Plan, example []float32, wanted, seed uint64) [][]float32 {
	e := &execution{shuffle: rand.New(rand.NewPCG(seed, 1))}
	machine := kernel.Host()
	for _, s := range p.Steps {
		e.tasks = append(e.tasks, s.Kernel.Bind(machine, e.tasks))
	}
	weights := kernel.BytesOf(undefined(len(p.Weights) / 4))
	copy(weights, p.Weights)
	e.memory = kernel.NewMemory(len(p.Inputs), kernel.BytesOf(undefined(p.Arena/4)), weights,
		kernel.BytesOf(undefined(machine.Bound()/4)))
	machine.Convert(e.memory, func(n int, do func(i int)) {
		for i := range n {
			do(i)
		}
	})
	for i, in := range p.Inputs {
		size := in.Shape.Elements()
		e.memory.SetInput(i, example[:size])
		example = example[size:]
	}
	for i, t := range e.tasks {
		if !p.Steps[i].runs(wanted) {
			continue
		}
		e.ranges(t.Items(), func(first, last int) {
			t.Run(&kernel.Worker{Scratch: undefined(t.Scratch())}, e.memory, first, last)
		})
	}
	var results [][]float32
	for _, o := range p.Outputs {
		results = append(results, kernel.FloatsOf(e.memory.Bytes(&o.At)))
	}
	return results
}

// undefined returns floats that are all NaN, the first at a multiple of 64 bytes.
func undefined(n int) []float32 {
	all := make([]float32, n+kernel.Alignment)
	for uintptr(unsafe.Pointer(&all[0]))%64 != 0 {
		all = all[1:]
	}
	all = all[:n]
	for i := range all {
		all[i] = float32(math.NaN())
	}
	return all
}

// ranges calls do with ranges that together are all items.
func (e *execution) ranges(items int, do func(first, last int)) {
	var cuts []int
	for at := 0; at < items; at += 1 + e.shuffle.IntN(items) {
		cuts = append(cuts, at)
	}
	for _, i := range e.shuffle.Perm(len(cuts)) {
		last := items
		if i+1 < len(cuts) {
			last = cuts[i+1]
		}
		do(cuts[i], last)
	}
}

// TestPlansOfRandomGraphs holds what plans compute on the kernels against the reference interpreter.
func TestPlansOfRandomGraphs(t *testing.T) {
	count := uint64(600)
	if testing.Short() {
		count = 150
	}
	kinds := map[string]bool{}
	for seed := range count + 2 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := eval.RandomGraph(seed, seed%2 == 1)
			if seed >= count {
				g = largerGraph(t)
			}
			images := eval.Noise(g, seed, 4)
			image := images[0]
			set := eval.Calibrated(g, seed, images...)
			want, err := eval.Run(g, set, image)
			if err != nil {
				t.Fatal(err)
			}
			lowered := &pass.Lowered{Graph: g}
			if seed%2 == 0 {
				lowered = pass.Lower(g, nil)
			}
			p := planOf(t, lowered, set.Values())
			for _, s := range p.Steps {
				kinds[fmt.Sprintf("%T", s.Kernel)] = true
			}
			for _, wanted := range subsets(p) {
				for i, got := range execute(p, image, wanted, seed) {
					if wanted>>i&1 == 1 {
						sameValues(t, g, p, g.Outputs[i].Node, got, want[i])
					}
				}
			}
		})
	}
	for _, k := range []kernel.Kernel{
		&kernel.Planar{}, &kernel.Pointwise{}, &kernel.Conv{}, &kernel.Winograd{}, &kernel.Depthwise{},
		&kernel.ExpandDepthwise{}, &kernel.PlanarDepthwise{}, &kernel.Linear{}, &kernel.MaxPool{}, &kernel.Pad{},
		&kernel.Upsample{}, &kernel.DepthToSpace{},
		&kernel.AveragePool{},
		&kernel.GlobalAverage{}, &kernel.AverageSums{}, &kernel.Activate{}, &kernel.BatchNorm{}, &kernel.Add{},
		&kernel.Multiply{}, &kernel.AddChannels{}, &kernel.MultiplyChannels{}, &kernel.CopyChannels{},
		&kernel.Block{},
		&kernel.Unblock{},
	} {
		if !kinds[fmt.Sprintf("%T", k)] {
			t.Errorf("no plan has a %T", k)
		}
	}
}

// TestPlansOfRandomTensors does the same to graphs of tensors of any rank.
func TestPlansOfRandomTensors(t *testing.T) {
	count := uint64(2000)
	if testing.Short() {
		count = 400
	}
	kinds := map[string]bool{}
	for seed := range count {
		g := eval.RandomTensors(seed)
		images := eval.Noise(g, seed, 4)
		set := eval.Calibrated(g, seed, images...)
		want, err := eval.Run(g, set, images[0])
		if err != nil {
			t.Fatal(err)
		}
		p := planOf(t, pass.Lower(g, nil), set.Values())
		for _, s := range p.Steps {
			kinds[fmt.Sprintf("%T", s.Kernel)] = true
		}
		for _, wanted := range subsets(p) {
			for i, got := range execute(p, images[0], wanted, seed) {
				if wanted>>i&1 == 1 {
					sameValues(t, g, p, g.Outputs[i].Node, got, want[i])
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for _, k := range []kernel.Kernel{&kernel.Rearrange{}, &kernel.Combine{}, &kernel.Affine{}, &kernel.LayerNorm{},
		&kernel.SoftmaxPixels{}, &kernel.MatMul{}, &kernel.Load{}, &kernel.Pointwise{}} {
		if !kinds[fmt.Sprintf("%T", k)] {
			t.Errorf("no plan has a %T", k)
		}
	}
}

// largerGraph has convolutions of more pixels than those of random graphs.
func largerGraph(t *testing.T) *ir.Graph {
	t.Helper()
	b := ir.NewBuilder("larger")
	add := func(name string, op ir.Op, inputs ...*ir.Node) *ir.Node {
		n, err := b.Add(name, op, nil, inputs...)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	conv := func(out, pad int) ir.Conv {
		return ir.Conv{Out: out, Kernel: ir.Square(3), Stride: ir.Square(1), Dilation: ir.Square(1), Groups: 1,
			Pad: ir.Padding{Top: pad, Left: pad, Bottom: pad, Right: pad}, Bias: true}
	}
	image := add("image", ir.Input{Shape: ir.DimsOf(3, 21, 22)})
	first := add("first", conv(40, 1), image)
	second := add("second", ir.Add{}, add("inner", conv(40, 1), first), first)
	return b.Build(add("last", conv(19, 0), add("relu", ir.Activation{Function: ir.ReLU}, second)))
}

func planOf(t *testing.T, l *pass.Lowered, values params.Values) *Plan {
	t.Helper()
	p, err := Build(l, values)
	if err != nil {
		t.Fatal(err)
	}
	if p.Arena < p.LowerBound {
		t.Errorf("the arena has %d bytes, fewer than the %d that are alive at once", p.Arena, p.LowerBound)
	}
	return p
}

func sameValues(t *testing.T, g *ir.Graph, p *Plan, n *ir.Node, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d values, want %d", n.Name, len(got), len(want))
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i := range want {
		if difference := math.Abs(float64(got[i]) - float64(want[i])); !(difference <= 2e-4*largest+1e-5) {
			t.Fatalf("%s[%d] is %g, want %g (the largest is %g)\n%s\n%s", n.Name, i, got[i], want[i], largest, g, p)
		}
	}
}
