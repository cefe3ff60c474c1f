package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// pixelRows is a value of several matrices of pixels, with the numbers of each pixel side by side in values.
type pixelRows struct {
	PixelRows
	in     []float32
	values [][]float32
}

// somePixels returns random pixels around an offset. Lanes past the last channel hold NaN, and so do floats between
// the matrices.
func somePixels(r *rand.Rand, batches, channels, pixels int, offset float32) *pixelRows {
	p := &pixelRows{PixelRows: PixelRows{Batches: batches, BlockPitch: pixels * lanes, Channels: channels,
		Pixels: pixels}}
	p.BatchPitch = blocksOf(channels)*p.BlockPitch + 32
	p.in = alignedFloats(batches * p.BatchPitch)
	for i := range p.in {
		p.in[i] = float32(math.NaN())
	}
	for batch := range batches {
		for pixel := range pixels {
			numbers := make([]float32, channels)
			for c := range numbers {
				numbers[c] = offset + float32(r.NormFloat64()*3)
				p.in[p.place(batch, pixel, c)] = numbers[c]
			}
			p.values = append(p.values, numbers)
		}
	}
	return p
}

func (p *pixelRows) place(batch, pixel, channel int) int {
	return batch*p.BatchPitch + channel/lanes*p.BlockPitch + pixel*lanes + channel%lanes
}

// set gives the first number of the first pixel another value.
func (p *pixelRows) set(v float32) *pixelRows {
	p.in[0], p.values[0][0] = v, v
	return p
}

// compare runs a task, in place and into other memory, and holds the results against those of each pixel.
func (p *pixelRows) compare(t *testing.T, name string, task Task,
	run func(out, in []float32, w *Worker, first, last int),
	tolerance float64, want func(x []float64) []float64) {
	t.Helper()
	elsewhere, inPlace := alignedFloats(len(p.in)), alignedFloats(len(p.in))
	copy(inPlace, p.in)
	inPieces(task.Items(), 3, func(first, last int) { run(elsewhere, p.in, newWorker(task), first, last) })
	inPieces(task.Items(), 3, func(first, last int) { run(inPlace, inPlace, newWorker(task), first, last) })
	for i, numbers := range p.values {
		exact := make([]float64, len(numbers))
		for c, v := range numbers {
			exact[c] = float64(v)
		}
		for c, w := range want(exact) {
			at := p.place(i/p.Pixels, i%p.Pixels, c)
			if !near(elsewhere[at], float32(w), tolerance) || !near(inPlace[at], float32(w), tolerance) {
				t.Fatalf("%s: channel %d of pixel %d is %v, in place %v, want %v", name, c, i, elsewhere[at],
					inPlace[at], w)
			}
		}
	}
}

// pixelProblems calls a function with values of many sizes.
func pixelProblems(do func(name string, p *pixelRows, offset float32)) {
	r := rand.New(rand.NewPCG(6, 2))
	for _, channels := range []int{1, 2, 15, 16, 17, 32, 45, 64, 197} {
		for _, pixels := range []int{1, 3, 16, 17, 37} {
			for _, batches := range []int{1, 2} {
				for _, offset := range []float32{0, 2, -100, 1000} {
					name := fmt.Sprintf("%d×%d pixels of %d channels around %g", batches, pixels, channels, offset)
					do(name, somePixels(r, batches, channels, pixels, offset), offset)
				}
			}
		}
	}
}

// softmaxOf is computed after the definition.
func softmaxOf(x []float64) []float64 {
	most, sum, y := math.Inf(-1), 0.0, make([]float64, len(x))
	for _, v := range x {
		most = max(most, v)
	}
	for i, v := range x {
		y[i] = math.Exp(v - most)
		sum += y[i]
	}
	for i := range y {
		y[i] /= sum
	}
	return y
}

func TestSoftmax(t *testing.T) { onEveryLevel(t, testSoftmax) }

func testSoftmax(t *testing.T) {
	check := func(name string, p *pixelRows) {
		task := (&SoftmaxPixels{Rows: p.PixelRows}).Bind(machine(), nil).(*softmaxTask)
		p.compare(t, name, task, func(out, in []float32, w *Worker, first, last int) {
			for item := first; item < last; item++ {
				at, pixels := task.run(&task.Rows, item)
				task.compute(out[at:], in[at:], pixels, w.Scratch)
			}
		}, 2e-6, softmaxOf)
	}
	pixelProblems(func(name string, p *pixelRows, _ float32) { check(name, p) })
	r := rand.New(rand.NewPCG(6, 3))
	inf := float32(math.Inf(1))
	for _, v := range []float32{-inf, inf, float32(math.NaN()), 3e38, -3e38} {
		check(fmt.Sprintf("one number is %g", v), somePixels(r, 1, 35, 18, 0).set(v))
	}
}

func TestLayerNorm(t *testing.T) { onEveryLevel(t, testLayerNorm) }

func testLayerNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 4))
	const epsilon = 1e-5
	pixelProblems(func(name string, p *pixelRows, offset float32) {
		if offset < 0 || offset > 2 { // where float32 has few digits left for the differences
			return
		}
		factors, offsets := randomFloats(r, p.Channels), randomFloats(r, p.Channels)
		task := (&LayerNorm{Rows: p.PixelRows, Epsilon: epsilon}).Bind(machine(), nil).(*layerNormTask)
		n := normalisation{factors: vector(factors), offsets: vector(offsets), blocks: blocksOf(p.Channels),
			pitch: p.BlockPitch}
		p.compare(t, name, task, func(out, in []float32, w *Worker, first, last int) {
			for item := first; item < last; item++ {
				at, pixels := task.run(&task.Rows, item)
				n.out, n.in = out[at:], in[at:]
				task.compute(&n, pixels, w.Scratch)
			}
		}, 2e-5, func(x []float64) []float64 {
			mean, variance, y := 0.0, 0.0, make([]float64, len(x))
			for _, v := range x {
				mean += v / float64(len(x))
			}
			for _, v := range x {
				variance += (v - mean) * (v - mean) / float64(len(x))
			}
			for i, v := range x {
				y[i] = (v-mean)/math.Sqrt(variance+epsilon)*float64(factors[i]) + float64(offsets[i])
			}
			return y
		})
	})
}
