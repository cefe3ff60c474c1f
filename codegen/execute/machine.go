package execute

import (
	"bytes"
	"context"
	"fmt"
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
func MachinePeak(workers int) (flops, bandwidth float64) {
	return arithmeticPeak(workers), copyPeak(workers)
}

func arithmeticPeak(workers int) float64 {
	const channels, side, layers, runs = 256, 24, 6, 30
	b := ir.NewBuilder("peak")
	node := must(b.Add("image", ir.Input{Shape: ir.DimsOf(channels, side, side)}, nil))
	for i := range layers {
		op := ir.Conv{Out: channels, Kernel: ir.Square(1), Stride: ir.Square(1), Dilation: ir.Square(1), Groups: 1}
		node = must(b.Add(fmt.Sprint("layer", i), op, nil, node))
	}
	g := b.Build(node)
	model := New(must(plan.Of(g, params.Initializer(g, 1))), engine.WithWorkers(workers), engine.WithProfile())
	image := eval.Noise(g, 1, 1)[0]
	best := 0.0
	for range runs {
		before := model.Profile()
		must(model.Infer(context.Background(), image))
		best = max(best, fastest(before, model.Profile()))
	}
	return best
}

// must returns a value that is there always: its network is the same each time.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
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
	from, to := bytes.Repeat([]byte{1}, size), make([]byte, size) // pages that nobody has written to are all one page
	best := 0.0
	for range runs {
		start := time.Now()
		copyTogether(to, from, workers)
		best = max(best, moved(size, time.Since(start)))
	}
	return best
}

// moved returns how many bytes a second are read and written where so many are copied.
func moved(bytes int, took time.Duration) float64 { return float64(2*bytes) / took.Seconds() }

// copyTogether has each of so many workers copy a part.
func copyTogether(to, from []byte, workers int) {
	var done sync.WaitGroup
	for w := range workers {
		begin, end := w*len(from)/workers, (w+1)*len(from)/workers
		done.Go(func() { copy(to[begin:end], from[begin:end]) })
	}
	done.Wait()
}
