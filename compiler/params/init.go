package params

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/netc-lang/netc/compiler/ir"
)

// Initialize gives every parameter the value that training starts from. Where an operation says nothing else (ir.Init),
// that is what the EfficientNet authors have (arXiv:1905.11946, reference code): convolutions normal with variance
// 2/fan-out, linear layers uniform within ±1/√out. Biases are 0, batch norm and layer norm the identity. A learned
// tensor begins as its operation says.
//
// A tensor's values depend on the seed and its name alone, so they are the same in whatever order they are made.
func Initialize(g *ir.Graph, seed uint64) Set {
	set := Set{}
	var wait sync.WaitGroup
	tokens := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, n := range g.Nodes {
		if n.Shared.Again {
			continue
		}
		for _, p := range n.Params {
			t := &Tensor{Shape: p.Shape, Data: make([]float32, p.Shape.Elements())}
			set[p.Name] = t
			wait.Add(1)
			go func() {
				defer wait.Done()
				tokens <- struct{}{}
				initialize(n, p, t.Data, Random(seed, p.Name))
				<-tokens
			}()
		}
	}
	wait.Wait()
	return set
}

// Random returns the generator of a parameter's values: a function of the seed and the parameter's name.
func Random(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Initial reads the value that Initialize gives to one parameter of a node.
func Initial(n *ir.Node, p *ir.Param, seed uint64) Reader {
	random := Random(seed, p.Name)
	return func(to []float32) error {
		initialize(n, p, to, random)
		return nil
	}
}

// initialize fills data with a parameter's next values.
func initialize(n *ir.Node, p *ir.Param, data []float32, random *rand.Rand) {
	op := n.Op
	clear(data)
	switch p.Role {
	case ir.Scale, ir.RunningVariance:
		if norm, ok := op.(ir.BatchNorm); ok && norm.Zero && p.Role == ir.Scale {
			return
		}
		for i := range data {
			data[i] = 1
		}
	case ir.Slope: // arXiv:1502.01852
		for i := range data {
			data[i] = 0.25
		}
	case ir.Tensor:
		op := op.(ir.Learned)
		for i := range data {
			data[i] = float32(op.Value)
			if op.Deviation > 0 {
				data[i] = float32(op.Value + op.Deviation*random.NormFloat64())
			}
		}
	case ir.Weight, ir.Bias:
		start := startOf(op, n.Inputs[0].Shape, p.Role)
		for i := range data {
			switch {
			case start.deviation > 0:
				data[i] = float32(start.deviation * random.NormFloat64())
			case start.limit > 0:
				data[i] = float32(start.limit * (2*random.Float64() - 1))
			}
		}
	}
}

// start is a distribution around 0: normal, uniform, or, without both, 0 alone.
type start struct{ deviation, limit float64 }

// startOf returns that of a weight or bias of an operation on a value of shape in.
func startOf(op ir.Op, in ir.Shape, role ir.Role) start {
	var init ir.Init
	var fanIn, fanOut float64
	conv, isConv := op.(ir.Conv)
	if t, ok := op.(ir.ConvTranspose); ok { // starts as a convolution does
		conv, isConv = ir.Conv{Out: t.Out, Kernel: t.Kernel, Groups: t.Groups}, true
	}
	linear, _ := op.(ir.Linear)
	if isConv {
		init, fanOut = conv.Init, float64(conv.Kernel.Area()*conv.Out/conv.Groups)
		fanIn = float64(conv.Kernel.Area() * in[0] / conv.Groups)
	} else {
		init, fanOut, fanIn = linear.Init, float64(linear.Out), float64(in[len(in)-1])
	}
	switch {
	case init == ir.Torch:
		return start{limit: 1 / math.Sqrt(fanIn)}
	case role == ir.Bias:
		return start{}
	case init == ir.FanIn:
		return start{deviation: math.Sqrt(2 / fanIn)}
	case init == ir.Xavier:
		return start{limit: math.Sqrt(6 / (fanIn + fanOut))}
	case init == ir.Normal:
		return start{deviation: 0.02}
	case isConv:
		return start{deviation: math.Sqrt(2 / fanOut)}
	}
	return start{limit: 1 / math.Sqrt(fanOut)}
}
