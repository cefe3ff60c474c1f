package execute

import (
	"context"
	"sync"
	"time"

	"github.com/netc-lang/netc/codegen/engine"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// MachinePeak measures what this machine can do at most: floating-point operations a second of the kernels, in a
// convolution of single pixels whose values and weights stay in the caches, and bytes a second that copying moves
// between parts of the memory that are larger than the caches, read and written. The best of several runs counts, for
// others may use the machine too. It takes half a second.
func MachinePeak(workers int) (flops, bandwidth float64, err error) {
	if flops, err = arithmeticPeak(workers); err != nil {
		return 0, 0, err
	}
	return flops, copyPeak(workers), nil
}

func arithmeticPeak(workers int) (float64, error) {
	const channels, side, layers, runs = 256, 24, 6, 30
	b := ir.NewBuilder("peak")
	node, err := b.Add("image", ir.Input{Shape: ir.DimsOf(channels, side, side)}, nil)
	for i := range layers {
		if err == nil {
			op := ir.Conv{Out: channels, Kernel: ir.Square(1), Stride: ir.Square(1), Dilation: ir.Square(1), Groups: 1}
			node, err = b.Add("layer"+string(rune('0'+i)), op, nil, node)
		}
	}
	if err != nil {
		return 0, err
	}
	g := b.Build(node)
	p, err := plan.Of(g, params.Initializer(g, 1))
	if err != nil {
		return 0, err
	}
	model := New(p, engine.WithWorkers(workers), engine.WithProfile())
	image := eval.Noise(g, 1, 1)[0]
	best := 0.0
	for range runs {
		before := model.Profile()
		if _, err := model.Infer(context.Background(), image); err != nil {
			return 0, err
		}
		best = max(best, fastest(before, model.Profile()))
	}
	return best, nil
}

// fastest returns how many operations a second the fastest layer did in the one inference between two profiles.
func fastest(before, after engine.Profile) float64 {
	best := 0.0
	for i, l := range after.Layers {
		took := l.Time
		if i < len(before.Layers) {
			took -= before.Layers[i].Time
		}
		if l.FLOPs > 0 && took > 0 {
			best = max(best, float64(l.FLOPs)/took.Seconds())
		}
	}
	return best
}

func copyPeak(workers int) float64 {
	const size, runs = 64 << 20, 4
	from, to := make([]byte, size), make([]byte, size)
	for i := range from {
		from[i] = byte(i)
	}
	best := 0.0
	for range runs {
		start := time.Now()
		var done sync.WaitGroup
		for w := range workers {
			part := func(b []byte) []byte { return b[w*size/workers : (w+1)*size/workers] }
			done.Go(func() { copy(part(to), part(from)) })
		}
		done.Wait()
		best = max(best, 2*size/time.Since(start).Seconds())
	}
	return best
}
