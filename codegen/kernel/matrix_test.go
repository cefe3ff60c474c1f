package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// withMatrix runs a test at the level that uses the matrix unit wherever it can, or skips it.
func withMatrix(t *testing.T) {
	t.Helper()
	if !supported.has(AMX) {
		t.Skip("no matrix unit")
	}
	best := level
	level = supported | alwaysAMX
	t.Cleanup(func() { level = best })
}

// TestSplit holds that the parts of a number add up to it to the bit, and that those of a number which is not finite
// say so.
func TestSplit(t *testing.T) {
	withMatrix(t)
	r := rand.New(rand.NewPCG(7, 1))
	const pixels = 5
	for _, channels := range []int{1, 15, 16, 17, 31, 32, 33, 48, 70} {
		in := alignedFloats(blocksOf(channels) * pixels * lanes)
		for i := range in {
			in[i] = float32(math.Ldexp(r.NormFloat64(), r.IntN(160)-80))
		}
		in[0], in[1], in[2] = 0, math.MaxFloat32/2, float32(math.Copysign(0, -1))
		to := alignedFloats(partsOf(channels) * pixels * lanes)
		all := unsplit{in: in, channels: channels, count: pixels, blockPitch: pixels * lanes, pixelPitch: lanes}
		if !all.split(to, pixels*lanes) {
			t.Fatal("numbers are not finite")
		}
		for channel := range channels {
			for pixel := range pixels {
				got, want := joined(to, channels, pixels, channel, pixel),
					in[(channel/lanes*pixels+pixel)*lanes+channel%lanes]
				if got != want {
					t.Fatalf("channel %d of %d: the parts of %v make %v", channel, channels, want, got)
				}
			}
		}
		for _, special := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			at := ((channels-1)/lanes*pixels+pixels-1)*lanes + (channels-1)%lanes
			before := in[at]
			in[at] = float32(special)
			if all.split(to, pixels*lanes) {
				t.Errorf("%d channels with a %v count as finite", channels, special)
			}
			in[at] = before
		}
	}
}

// joined adds up the parts of a number.
func joined(parts []float32, channels, pixels, channel, pixel int) float32 {
	pair, high := channel/(2*lanes), channel/lanes%2 == 1
	word := func(part int) uint32 {
		return math.Float32bits(parts[((pair*3+part)*pixels+pixel)*lanes+channel%lanes])
	}
	upper := func(word uint32) float64 { return float64(math.Float32frombits(word & 0xffff0000)) }
	lower := func(word uint32) float64 { return float64(math.Float32frombits(word << 16)) }
	if single := (2*pair+1)*lanes >= channels; single {
		return float32(lower(word(0)) + upper(word(0)) + upper(word(1)))
	}
	take := lower
	if high {
		take = upper
	}
	return float32(take(word(0)) + take(word(1)) + take(word(2)))
}

// TestMatrixExact holds that products of parts are as exact as those of float32: the errors of long sums are no larger
// than those of AVX-512.
func TestMatrixExact(t *testing.T) {
	withMatrix(t)
	r := rand.New(rand.NewPCG(7, 2))
	w := Window{InHeight: 8, InWidth: 9, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
	c := randomConvolution(r, 1, 1000, 64, w, just(Identity), false)
	want := c.reference()
	off := func() (mean float64) {
		for i, got := range runPointwise(c, nil, 1000) {
			mean += math.Abs(float64(got)-float64(want[i])) / float64(len(want))
		}
		return mean
	}
	matrix := off()
	level = AVX2 | AVX512
	if vectors := off(); !(matrix <= vectors) {
		t.Errorf("the mean error is %g on the matrix unit and %g with AVX-512", matrix, vectors)
	}
}

// TestMatrixSpecialValues holds that infinite, enormous and undefined numbers, in the input or in weights, have the
// results that they have with AVX-512.
func TestMatrixSpecialValues(t *testing.T) {
	withMatrix(t)
	runs := map[string]func(c *convolution) []float32{
		"pointwise": func(c *convolution) []float32 { return runPointwise(c, nil, 2) },
		"scaled":    func(c *convolution) []float32 { return runPointwise(c, vector(c.image[:c.in]), 2) },
		"conv":      func(c *convolution) []float32 { return runConv(c, 2) },
		"expand":    func(c *convolution) []float32 { return expanded(c) },
	}
	for name, run := range runs {
		size := 1
		if name == "conv" {
			size = 3
		}
		r := rand.New(rand.NewPCG(7, 3))
		w := Window{InHeight: 9, InWidth: 8, Size: Square(size), Stride: Square(1), Dilation: Square(1),
			Top: size / 2, Left: size / 2}
		c := randomConvolution(r, 1, 70, 40, w, just(Relu6), true)
		for _, values := range [][]float32{c.image, c.weights} {
			for _, special := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat32, -math.MaxFloat32,
				1e-44} {
				at := len(values) * 2 / 3
				before := values[at]
				values[at] = float32(special)
				level = supported | alwaysAMX
				got := run(c)
				level = AVX2 | AVX512
				for i, want := range run(c) {
					if !near(got[i], want, tolerance) && !(math.IsNaN(float64(got[i])) && math.IsNaN(float64(want))) {
						t.Fatalf("%s with %v: result %d is %v, with AVX-512 %v", name, special, i, got[i], want)
					}
				}
				values[at] = before
			}
		}
	}
}

// expanded returns what the mean of every three pixels in a row makes of a 1×1 convolution.
func expanded(c *convolution) []float32 {
	expand := *c
	expand.residual = nil
	w := c.window
	w.Size, w.Top, w.Left = Square(3), 1, 1
	k := &ExpandDepthwise{InChannels: c.in, Channels: c.out, Window: w, ExpandFunction: c.function}
	s := k.Bind(machine(), nil).(*expandDepthwiseTask)
	out, worker := c.room(), newWorker(s)
	weights := alignedFloats(blocksOf(c.out) * 9 * lanes)
	for i := range weights {
		if tap := i / lanes % 9; tap/3 == 1 {
			weights[i] = 1.0 / 3
		}
	}
	o := operands{out: out, in: blocked(c.image, c.in), weights: expand.dense(), bias: vector(c.biases),
		depthwiseWeights: weights, depthwiseBias: alignedFloats(blocksOf(c.out) * lanes)}
	inPieces(s.Items(), 2, func(first, last int) { s.compute(&o, worker, first, last) })
	return unblocked(out, c.out)
}
