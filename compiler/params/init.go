package params

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/netc-lang/netc/compiler/ir"
)

// Initialize gives every parameter the value that the EfficientNet authors start training from (arXiv:1905.11946,
// reference code): convolutions normal with variance 2/fan-out, linear layers uniform within ±1/√out, biases 0, batch
// norm and layer norm the identity. A learned tensor begins as its operation says.
//
// A tensor's values depend on the seed and its name alone, so they are the same in whatever order they are made.
func Initialize(g *ir.Graph, seed uint64) Set {
	set := Set{}
	var wait sync.WaitGroup
	tokens := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, n := range g.Nodes {
		for _, p := range n.Params {
			t := &Tensor{Shape: p.Shape, Data: make([]float32, p.Shape.Elements())}
			set[p.Name] = t
			wait.Add(1)
			go func() {
				defer wait.Done()
				tokens <- struct{}{}
				initialize(n.Op, p, t.Data, Random(seed, p.Name))
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
		initialize(n.Op, p, to, random)
		return nil
	}
}

// initialize fills data with a parameter's next values.
func initialize(op ir.Op, p *ir.Param, data []float32, random *rand.Rand) {
	clear(data)
	switch p.Role {
	case ir.Scale, ir.RunningVariance:
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
	case ir.Weight:
		switch op := op.(type) {
		case ir.Conv:
			deviation := math.Sqrt(2 / float64(op.Kernel.Area()*op.Out/op.Groups))
			for i := range data {
				data[i] = float32(deviation * random.NormFloat64())
			}
		case ir.Linear:
			limit := 1 / math.Sqrt(float64(op.Out))
			for i := range data {
				data[i] = float32(limit * (2*random.Float64() - 1))
			}
		}
	}
}
