package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/plan"
)

// execution runs a plan on the kernels as generated code would.
type execution struct {
	plan    *plan.Plan
	image   []float32
	arena   []float32
	rows    []int // of the sums that each step left
	shuffle *rand.Rand
}

func aligned(n int) []float32 {
	all := make([]float32, n+15)
	skip := 0
	for uintptr(unsafe.Pointer(unsafe.SliceData(all[skip:])))%64 != 0 {
		skip++
	}
	return all[skip : skip+n]
}

// execute runs a plan; the items of each step in ranges of random length, in random order. The arena is full of NaN before.
func execute(p *plan.Plan, image []float32, seed uint64) [][]float32 {
	e := &execution{plan: p, image: image, arena: aligned(p.Arena), rows: make([]int, len(p.Steps)), shuffle: rand.New(rand.NewPCG(seed, 1))}
	for i := range e.arena {
		e.arena[i] = float32(math.NaN())
	}
	for i, s := range p.Steps {
		e.step(i, s)
	}
	var results [][]float32
	for _, o := range p.Outputs {
		results = append(results, e.at(o.At))
	}
	return results
}

func (e *execution) at(p plan.Place) []float32 {
	space := map[plan.Space][]float32{plan.Image: e.image, plan.Arena: e.arena, plan.Weights: e.plan.Weights}[p.Space]
	return space[p.Offset : p.Offset+p.Length : p.Offset+p.Length]
}

func (e *execution) optional(p *plan.Place) []float32 {
	if p == nil {
		return nil
	}
	return e.at(*p)
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

func windowOf(w plan.Window) window {
	return window{inHeight: w.InHeight, inWidth: w.InWidth, outHeight: w.OutHeight, outWidth: w.OutWidth,
		size: w.Size, stride: w.Stride, dilation: w.Dilation, top: w.Top, left: w.Left}
}

func functionOf(f ir.Function) function {
	return map[ir.Function]function{ir.NoFunction: identity, ir.ReLU: relu, ir.ReLU6: relu6, ir.SiLU: silu, ir.Sigmoid: sigmoid,
		ir.HardSwish: hardSwish, ir.HardSigmoid: hardSigmoid, ir.Tanh: tanh, ir.GELU: gelu}[f]
}

func planarOf(k plan.Planar) planarShape {
	return planarShape{in: k.In, out: k.Out, window: windowOf(k.Window), function: functionOf(k.Function)}
}

func (e *execution) step(i int, s plan.Step) {
	out, in := e.at(s.Out), e.at(s.In[0])
	var second []float32
	if len(s.In) > 1 {
		second = e.at(s.In[1])
	}
	w := make([][]float32, 4)
	for k, p := range s.Weights {
		w[k] = e.at(p)
	}
	residual, scale, sums := e.optional(s.Residual), e.optional(s.Scale), e.optional(s.Sums)
	scratch := func(n int) []float32 {
		all := aligned(n)
		for i := range all {
			all[i] = float32(math.NaN())
		}
		return all
	}
	switch k := s.Kernel.(type) {
	case plan.Planar:
		shape := planarOf(k)
		e.ranges(shape.items(), func(first, last int) {
			convPlanar(out, in, w[0], w[1], residual, scratch(shape.scratchFloats()), &shape, first, last)
		})
	case plan.Pointwise:
		shape := &pointwiseShape{in: k.In, out: k.Out, pixels: k.Pixels, scaled: k.Scaled, function: functionOf(k.Function)}
		e.ranges(shape.items(), func(first, last int) {
			pointwise(out, in, w[0], w[1], residual, scale, scratch(shape.scratchFloats()), shape, first, last)
		})
	case plan.Conv:
		shape := &convShape{groups: k.Groups, in: k.In, out: k.Out, window: windowOf(k.Window), function: functionOf(k.Function)}
		e.ranges(shape.items(), func(first, last int) {
			conv(out, in, w[0], w[1], residual, scratch(shape.scratchFloats()), shape, first, last)
		})
	case plan.Winograd:
		shape := &winogradShape{in: k.In, out: k.Out, window: windowOf(k.Window), function: functionOf(k.Function)}
		e.ranges(shape.items(), func(first, last int) {
			winograd(out, in, w[0], w[1], residual, scratch(shape.scratchFloats()), shape, first, last)
		})
	case plan.Depthwise:
		shape := &depthwiseShape{channels: k.Channels, window: windowOf(k.Window), function: functionOf(k.Function)}
		e.rows[i] = shape.sumRows()
		e.ranges(shape.items(), func(first, last int) {
			depthwise(out, in, w[0], w[1], residual, sums, scratch(shape.scratchFloats()), shape, first, last)
		})
	case plan.ExpandDepthwise:
		shape := &expandDepthwiseShape{in: k.In, channels: k.Channels, window: windowOf(k.Window),
			expandFunction: functionOf(k.ExpandFunction), function: functionOf(k.Function)}
		e.rows[i] = shape.sumRows()
		e.ranges(shape.items(), func(first, last int) {
			expandDepthwise(out, in, w[0], w[1], w[2], w[3], sums, scratch(shape.scratchFloats()), shape, first, last)
		})
	case plan.PlanarDepthwise:
		shape := &planarDepthwiseShape{planar: planarOf(k.Planar), window: windowOf(k.Window), function: functionOf(k.Function)}
		e.rows[i] = shape.sumRows()
		e.ranges(shape.items(), func(first, last int) {
			planarDepthwise(out, in, w[0], w[1], w[2], w[3], sums, scratch(shape.scratchFloats()), shape, first, last)
		})
	case plan.Linear:
		shape := &linearShape{in: k.In, out: k.Out, function: functionOf(k.Function)}
		e.ranges(shape.items(), func(first, last int) { linear(out, in, w[0], w[1], residual, shape, first, last) })
	case plan.MaxPool:
		shape := &poolShape{channels: k.Channels, window: windowOf(k.Window)}
		e.ranges(shape.items(), func(first, last int) { maxPool(out, in, shape, first, last) })
	case plan.AveragePool:
		shape := &poolShape{channels: k.Channels, window: windowOf(k.Window), countPadding: k.CountPadding}
		e.ranges(shape.items(), func(first, last int) { averagePool(out, in, shape, first, last) })
	case plan.GlobalAverage:
		shape := &averageShape{channels: k.Channels, pixels: k.Pixels, count: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { globalAverage(out, in, shape, first, last) })
	case plan.AverageSums:
		shape := &averageShape{channels: k.Channels, pixels: e.rows[k.Of], count: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { globalAverage(out, in, shape, first, last) })
	default:
		e.simple(s, out, in, second, w)
	}
}

// simple runs the kernels that do nothing but move and combine values.
func (e *execution) simple(s plan.Step, out, in, second []float32, w [][]float32) {
	switch k := s.Kernel.(type) {
	case plan.Activate:
		shape := &elementwiseShape{floats: k.Floats, function: functionOf(k.Function)}
		e.ranges(shape.items(), func(first, last int) { activate(out, in, shape, first, last) })
	case plan.Add:
		shape := &elementwiseShape{floats: k.Floats}
		e.ranges(shape.items(), func(first, last int) { add(out, in, second, shape, first, last) })
	case plan.Multiply:
		shape := &elementwiseShape{floats: k.Floats}
		e.ranges(shape.items(), func(first, last int) { multiply(out, in, second, shape, first, last) })
	case plan.Affine:
		shape := &channelsShape{channels: k.Channels, pixels: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { affine(out, in, w[0], w[1], shape, first, last) })
	case plan.AddChannels:
		shape := &channelsShape{channels: k.Channels, pixels: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { addChannels(out, in, second, shape, first, last) })
	case plan.MultiplyChannels:
		shape := &channelsShape{channels: k.Channels, pixels: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { multiplyChannels(out, in, second, shape, first, last) })
	case plan.CopyChannels:
		shape := &copyShape{from: k.From, to: k.To, channels: k.Channels, pixels: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { copyChannels(out, in, shape, first, last) })
	case plan.Block:
		shape := &blockShape{channels: k.Channels, pixels: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { block(out, in, shape, first, last) })
	case plan.Unblock:
		shape := &blockShape{channels: k.Channels, pixels: k.Pixels}
		e.ranges(shape.items(), func(first, last int) { unblock(out, in, shape, first, last) })
	default:
		panic(fmt.Sprintf("no kernel for %T", s.Kernel))
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
			for i, got := range execute(p, image, seed) {
				sameValues(t, g, p, g.Outputs[i], got, want[i])
			}
		})
	}
	for _, k := range []plan.Kernel{plan.Planar{}, plan.Pointwise{}, plan.Conv{}, plan.Winograd{}, plan.Depthwise{}, plan.ExpandDepthwise{}, plan.PlanarDepthwise{}, plan.Linear{}, plan.MaxPool{},
		plan.AveragePool{}, plan.GlobalAverage{}, plan.AverageSums{}, plan.Activate{}, plan.Affine{}, plan.Add{}, plan.Multiply{},
		plan.AddChannels{}, plan.MultiplyChannels{}, plan.CopyChannels{}, plan.Block{}, plan.Unblock{}} {
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
		return ir.Conv{Out: out, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: ir.Padding{Top: pad, Left: pad, Bottom: pad, Right: pad}, Bias: true}
	}
	image := add("image", ir.Input{Channels: 3, Height: 21, Width: 22})
	first := add("first", conv(40, 1), image)
	second := add("second", ir.Add{}, add("inner", conv(40, 1), first), first)
	return b.Build(add("last", conv(19, 0), add("relu", ir.Activation{Function: ir.ReLU}, second)))
}

func planOf(t *testing.T, l *pass.Lowered, values params.Values) *plan.Plan {
	t.Helper()
	p, err := plan.Build(l, values)
	if err != nil {
		t.Fatal(err)
	}
	if p.Arena < p.LowerBound {
		t.Errorf("the arena has %d floats, fewer than the %d that are alive at once", p.Arena, p.LowerBound)
	}
	return p
}

func sameValues(t *testing.T, g *ir.Graph, p *plan.Plan, n *ir.Node, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d values, want %d", n.Name, len(got), len(want))
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i := range want {
		if difference := math.Abs(float64(got[i]) - float64(want[i])); !(difference <= 2e-4*largest+1e-6) {
			t.Fatalf("%s[%d] is %g, want %g (the largest is %g)\n%s\n%s", n.Name, i, got[i], want[i], largest, g, p)
		}
	}
}
