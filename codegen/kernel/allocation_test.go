package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestNoAllocation holds that tasks take no memory from the heap: an inference runs hundreds of them.
func TestNoAllocation(t *testing.T) { onEveryLevel(t, testNoAllocation) }

func testNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	w := Window{InHeight: 12, InWidth: 12, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1,
		OutHeight: 12,
		OutWidth:  12}
	const channels, pixels = 32, 12 * 12
	value := func(at int) Ref { return InArena(4*at*channels*pixels, F32, channels, pixels) }
	out, in, residual, sums := value(0), value(1), value(2), value(3)
	image := InInput(0, 0, F32, 3, pixels)
	weights, more := InWeights(0, F32, channels, channels*9), InWeights(4*channels*channels*9, F32, channels, 9)
	bias := InWeights(4*channels*channels*18, F32, channels, 1)
	memory := NewMemory(1, BytesOf(randomFloats(r, 4*channels*pixels)),
		BytesOf(randomFloats(r, channels*channels*19)), nil)
	memory.SetInput(0, randomFloats(r, 3*pixels))
	for _, k := range []Kernel{
		&Winograd{out, in, weights, bias, residual, channels, channels, w, just(Silu)},
		&Conv{out, in, weights, bias, residual, 1, channels, channels, w, just(Silu)},
		&Pointwise{out, in, weights, bias, residual, bias, channels, channels, pixels, just(Silu)},
		&Depthwise{out, in, more, bias, residual, sums, channels, w, just(Silu)},
		&ExpandDepthwise{out, in, weights, bias, more, bias, sums, channels, channels, w, just(Silu), just(Silu)},
		&PlanarDepthwise{out, image, weights, bias, more, bias, sums, 3, channels, w, just(Silu), w, just(Silu)},
		&Planar{out, image, weights, bias, residual, 3, channels, w, just(Silu)},
		&Linear{out, in, weights, bias, residual, channels, channels, just(Silu)},
		&MaxPool{out, in, channels, w}, &AveragePool{out, in, channels, w, true},
		&GlobalAverage{out, in, channels, pixels},
		&Add{out, in, residual, channels * pixels}, &Multiply{out, in, residual, channels * pixels},
		&Activate{out, in, channels * pixels, just(Silu)},
		&AddChannels{out, in, bias, channels, pixels}, &MultiplyChannels{out, in, bias, channels, pixels},
		&Affine{out, in, bias, bias, channels, pixels},
		&CopyChannels{out, in, 3, 5, 20, pixels}, &Block{out, image, 3, pixels}, &Unblock{out, in, channels, pixels},
	} {
		task := k.Bind(machine(), nil)
		worker := newWorker(task)
		run := func() {
			worker.Begin(0)
			task.Run(worker, memory, 0, task.Items())
		}
		if n := testing.AllocsPerRun(5, run); n != 0 {
			t.Errorf("%s: %g allocations", fmt.Sprintf("%T", k), n)
		}
	}
}
