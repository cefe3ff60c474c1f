package kernel

import (
	"math/rand/v2"
	"testing"
)

// runDepthwiseOnly runs the kernel on a problem without sums.
func runDepthwiseOnly(c *convolution) []float32 {
	s := &depthwiseShape{c.out, c.window, c.function}
	out, scratch := c.room(), alignedFloats(s.scratchFloats())
	depthwise(out, blocked(c.image, c.in), c.depthwise(), vector(c.biases), c.blockedResidual(), nil, scratch, s, 0, s.items())
	return unblocked(out, c.out)
}

// runDepthwise runs the kernel on a problem and compares the sums it leaves.
func runDepthwise(t *testing.T, c *convolution, length int) []float32 {
	s := &depthwiseShape{c.out, c.window, c.function}
	out, scratch := c.room(), alignedFloats(s.scratchFloats())
	sums := alignedFloats(blocksOf(c.out) * s.sumRows() * lanes)
	in, weights, bias, residual := blocked(c.image, c.in), c.depthwise(), vector(c.biases), c.blockedResidual()
	inPieces(s.items(), length, func(first, last int) {
		depthwise(out, in, weights, bias, residual, sums, scratch, s, first, last)
	})
	compareSums(t, c.String(), sums, s.sumRows(), out, c.out)
	return unblocked(out, c.out)
}

// compareSums compares the averages of sums with those of a value.
func compareSums(t *testing.T, name string, sums []float32, rows int, value []float32, channels int) {
	t.Helper()
	pixels := len(value) / lanes / blocksOf(channels)
	got, want := alignedFloats(blocksOf(channels)*lanes), alignedFloats(blocksOf(channels)*lanes)
	fromSums, fromValue := &averageShape{channels, rows, pixels}, &averageShape{channels, pixels, pixels}
	globalAverage(got, sums, fromSums, 0, fromSums.items())
	globalAverage(want, value, fromValue, 0, fromValue.items())
	compare(t, name, got[:channels], want[:channels], tolerance)
}

func TestDepthwise(t *testing.T) { onEveryLevel(t, testDepthwise) }

func testDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for size := 1; size <= 11; size++ {
		for stride := 1; stride <= 3; stride++ {
			for side := 1; side <= 35; side += pace(2, 6) {
				w := window{inHeight: side, inWidth: side + 1, size: size, stride: stride, dilation: 1 + side%2, top: size / 2, left: (size - 1) / 2}
				if w.dilation*(size-1)+1 > side+2*w.left {
					continue
				}
				c := randomConvolution(r, 1+side, 1+side, 1+side, w, function(side%9), side%4 == 0)
				compare(t, c.String(), runDepthwise(t, c, 3), c.reference(), tolerance)
			}
		}
	}
}

func TestExpandDepthwise(t *testing.T) { onEveryLevel(t, testExpandDepthwise) }

func testExpandDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, size := range []int{2, 3, 5, 9} {
		for stride := 1; stride <= 2; stride++ {
			for side := 7; side <= 50; side += 43 {
				channels := 13 + side%8
				w := window{inHeight: side, inWidth: side, size: 1, stride: 1, dilation: 1}
				expand := randomConvolution(r, 1, 70, channels, w, silu, false)
				w = window{inHeight: side, inWidth: side, size: size, stride: stride, dilation: 1, top: size / 2, left: size / 2}
				c := randomConvolution(r, channels, channels, channels, w, silu, false)
				c.image = expand.reference()
				want := c.reference()
				for _, length := range []int{1, 1000} {
					compare(t, c.String(), runExpandDepthwise(t, expand, c, length), want, tolerance)
				}
			}
		}
	}
}

// runExpandDepthwise runs the kernel on two problems and compares the sums it leaves.
func runExpandDepthwise(t *testing.T, expand, c *convolution, length int) []float32 {
	s := &expandDepthwiseShape{expand.in, expand.out, c.window, expand.function, c.function}
	out, scratch := c.room(), alignedFloats(s.scratchFloats())
	sums := alignedFloats(blocksOf(c.out) * s.sumRows() * lanes)
	in, weights, bias := blocked(expand.image, expand.in), expand.dense(), vector(expand.biases)
	depthwiseWeights, depthwiseBias := c.depthwise(), vector(c.biases)
	inPieces(s.items(), length, func(first, last int) {
		expandDepthwise(out, in, weights, bias, depthwiseWeights, depthwiseBias, sums, scratch, s, first, last)
	})
	compareSums(t, c.String(), sums, s.sumRows(), out, c.out)
	return unblocked(out, c.out)
}

func TestPlanarDepthwise(t *testing.T) { onEveryLevel(t, testPlanarDepthwise) }

func testPlanarDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for in := 1; in <= 4; in++ {
		for _, size := range []int{1, 3, 7} {
			for stride := 1; stride <= 2; stride++ {
				side, channels := 25+40*(size/7)*(stride%2), 7+size*11
				w := window{inHeight: side, inWidth: side + 3, size: size, stride: 1 + in%2, dilation: 1 + in/3, top: size / 2, left: (size - 1) / 2}
				planar := randomConvolution(r, 1, in, channels, w, silu, false)
				w = window{inHeight: planar.window.outHeight, inWidth: planar.window.outWidth, size: 2 + in, stride: stride, dilation: 1 + in%2, top: 1 + in/2, left: in / 2}
				c := randomConvolution(r, channels, channels, channels, w, silu, false)
				c.image = planar.reference()
				want, apart := c.reference(), runPlanarThenDepthwise(planar, c)
				for _, length := range []int{1, 3, 1000} {
					got := runPlanarDepthwise(t, planar, c, length)
					compare(t, c.String(), got, want, tolerance)
					compare(t, c.String(), got, apart, 0)
				}
			}
		}
	}
}

// runPlanarThenDepthwise runs the two kernels that planarDepthwise stands for.
func runPlanarThenDepthwise(planar, c *convolution) []float32 {
	between := *c
	s := &planarShape{planar.in, planar.out, planar.window, planar.function}
	out, scratch := planar.room(), alignedFloats(s.scratchFloats())
	convPlanar(out, planar.image, planar.planar(), vector(planar.biases), nil, scratch, s, 0, s.items())
	between.image = unblocked(out, planar.out)
	return runDepthwiseOnly(&between)
}

// runPlanarDepthwise runs the kernel on two problems and compares the sums it leaves.
func runPlanarDepthwise(t *testing.T, planar, c *convolution, length int) []float32 {
	s := &planarDepthwiseShape{planarShape{planar.in, planar.out, planar.window, planar.function}, c.window, c.function}
	out, scratch := c.room(), alignedFloats(s.scratchFloats())
	sums := alignedFloats(blocksOf(c.out) * s.sumRows() * lanes)
	weights, bias, depthwiseWeights, depthwiseBias := planar.planar(), vector(planar.biases), c.depthwise(), vector(c.biases)
	inPieces(s.items(), length, func(first, last int) {
		planarDepthwise(out, planar.image, weights, bias, depthwiseWeights, depthwiseBias, sums, scratch, s, first, last)
	})
	compareSums(t, c.String(), sums, s.sumRows(), out, c.out)
	return unblocked(out, c.out)
}
