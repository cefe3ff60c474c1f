package kernel

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// runDepthwiseOnly runs the kernel on a problem without sums.
func runDepthwiseOnly(c *convolution) []float32 {
	s := (&Depthwise{Channels: c.out, Window: c.window, Function: c.function}).on(machine())
	out, worker := c.room(), newWorker(s)
	o := operands{out: out, in: blocked(c.image, c.in), weights: c.depthwise(), bias: vector(c.biases),
		residual: c.blockedResidual()}
	s.compute(&o, worker, 0, s.Items())
	return unblocked(out, c.out)
}

// runDepthwise runs the kernel on a problem and compares the sums it leaves.
func runDepthwise(t *testing.T, c *convolution, length int) []float32 {
	s := (&Depthwise{Channels: c.out, Window: c.window, Function: c.function}).on(machine())
	out, worker := c.room(), newWorker(s)
	o := operands{out: out, in: blocked(c.image, c.in), weights: c.depthwise(), bias: vector(c.biases),
		residual: c.blockedResidual(), sums: alignedFloats(blocksOf(c.out) * s.sumRows() * lanes)}
	inPieces(s.Items(), length, func(first, last int) { s.compute(&o, worker, first, last) })
	compareSums(t, c.String(), o.sums, s.sumRows(), out, c.out)
	return unblocked(out, c.out)
}

// compareSums compares the averages of sums with those of a value.
func compareSums(t *testing.T, name string, sums []float32, rows int, value []float32, channels int) {
	t.Helper()
	pixels := len(value) / lanes / blocksOf(channels)
	got, want := alignedFloats(blocksOf(channels)*lanes), alignedFloats(blocksOf(channels)*lanes)
	fromSums, fromValue := averageWork{work{}, level, rows, pixels}, averageWork{work{}, level, pixels, pixels}
	fromSums.compute(got, sums, 0, blocksOf(channels))
	fromValue.compute(want, value, 0, blocksOf(channels))
	compare(t, name, got[:channels], want[:channels], tolerance)
}

func TestDepthwise(t *testing.T) { onEveryLevel(t, testDepthwise) }

func testDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for size := 1; size <= 11; size++ {
		for stride := 1; stride <= 3; stride++ {
			for side := 1; side <= 35; side += pace(2, 6) {
				w := Window{InHeight: side, InWidth: side + 1, Size: Square(size), Stride: Square(stride),
					Dilation: Square(1 + side%2),
					Top:      size / 2, Left: (size - 1) / 2}
				if w.Dilation.Columns*(size-1)+1 > side+2*w.Left {
					continue
				}
				c := randomConvolution(r, 1+side, 1+side, 1+side, w, someFunction(side), side%4 == 0)
				compare(t, c.String(), runDepthwise(t, c, 3), c.reference(), tolerance)
			}
		}
	}
}

// TestDepthwiseTiles has a row for each tile that there is a routine for, of every window and every width.
func TestDepthwiseTiles(t *testing.T) { onEveryLevel(t, testDepthwiseTiles) }

func testDepthwiseTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 5))
	for size := 3; size <= 9; size += 2 {
		for stride := 1; stride <= 2; stride++ {
			for width := 1; width <= 17; width++ { // a wide tile and another
				w := Window{InHeight: 2, InWidth: (width-1)*stride + 1, Size: Square(size), Stride: Square(stride),
					Dilation: Square(1), Top: size / 2, Left: size / 2}
				c := randomConvolution(r, 3, 3, 3, w, just(Silu), false)
				if c.window.OutWidth != width {
					t.Fatalf("%s is not %d wide", c, width)
				}
				compare(t, c.String(), runDepthwise(t, c, 3), c.reference(), tolerance)
			}
		}
	}
}

// TestSlideRefuses: a window that no routine is for is named, and by the set of instructions.
func TestSlideRefuses(t *testing.T) {
	onEveryLevel(t, func(t *testing.T) {
		if level == portable {
			return // computes every window
		}
		defer func() {
			want := "no routine for a 5×4 window of stride 2, groups of 1 channels (float16: false) with " + level.String()
			if got := fmt.Sprint(recover()); !strings.HasSuffix(got, want) {
				t.Errorf("%q, which does not end in %q", got, want)
			}
		}()
		zeros := make([]float32, 20*lanes)
		d := slide{out: zeros, in: zeros, weights: zeros, bias: zeros, rows: 1, width: 1, rowPitch: 4 * lanes, size: 4,
			stride: 2, dilation: 1, rowSize: 5, rowStride: 2, rowDilation: 1, hasRoutines: true, group: 1, has: level}
		d.run()
	})
}

func TestExpandDepthwise(t *testing.T) { onEveryLevel(t, testExpandDepthwise) }

func testExpandDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, size := range []int{2, 3, 5, 9} {
		for stride := 1; stride <= 2; stride++ {
			for side := 7; side <= 50; side += 43 {
				channels := 13 + side%8
				w := Window{InHeight: side, InWidth: side, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
				expand := randomConvolution(r, 1, 70, channels, w, just(Silu), false)
				w = Window{InHeight: side, InWidth: side, Size: Square(size), Stride: Square(stride),
					Dilation: Square(1), Top: size / 2,
					Left: size / 2}
				c := randomConvolution(r, channels, channels, channels, w, just(Silu), false)
				c.image = expand.reference()
				want := c.reference()
				for _, length := range []int{1, 1000} {
					compare(t, c.String(), runExpandDepthwise(t, expand, c, length), want, tolerance)
				}
			}
		}
	}
}

// TestExpandEights holds a 1×1 convolution and one of groups of eight channels against the two kernels that it stands
// for, with and without a last block of one group.
func TestExpandEights(t *testing.T) { onEveryLevel(t, testExpandEights) }

func testExpandEights(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 6))
	for _, channels := range []int{8, 40, 96} {
		for stride := 1; stride <= 2; stride++ {
			for _, side := range []int{7, 31} {
				w := Window{InHeight: side, InWidth: side, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
				expand := randomConvolution(r, 1, 20, channels, w, just(Silu), false)
				w.Size, w.Stride, w.Top, w.Left = Square(3), Square(stride), 1, 1
				c := randomConvolution(r, channels/eight, channels, channels, w, just(Silu), false)
				c.image = expand.reference()
				want := c.reference()
				for _, length := range []int{1, 1000} {
					compare(t, c.String(), runExpandDepthwise(t, expand, c, length), want, tolerance)
				}
			}
		}
	}
}

// TestExpandDepthwiseItems holds that results are the same to the bit however items are divided, with several strips of
// rows.
func TestExpandDepthwiseItems(t *testing.T) { onEveryLevel(t, testExpandDepthwiseItems) }

func testExpandDepthwiseItems(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 4))
	const side, channels = 52, 64
	w := Window{InHeight: side, InWidth: side, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
	expand := randomConvolution(r, 1, 64, channels, w, just(Silu), false)
	w.Size, w.Top, w.Left = Square(5), 2, 2
	c := randomConvolution(r, channels, channels, channels, w, just(Silu), false)
	if s := expandDepthwiseOf(expand, c).Bind(machine(), nil).(*expandDepthwiseTask); s.strips < 2 {
		t.Fatal("one strip is of no interest")
	}
	whole := runExpandDepthwise(t, expand, c, 1000)
	for _, length := range []int{1, 2, 3} {
		compare(t, c.String(), runExpandDepthwise(t, expand, c, length), whole, 0)
	}
}

// expandDepthwiseOf returns the kernel for two problems.
func expandDepthwiseOf(expand, c *convolution) *ExpandDepthwise {
	return &ExpandDepthwise{
		InChannels: expand.in, Channels: expand.out, Window: c.window, ExpandFunction: expand.function,
		Function: c.function, Eights: c.groups < c.out,
	}
}

// runExpandDepthwise runs the kernel on two problems and compares the sums it leaves.
func runExpandDepthwise(t *testing.T, expand, c *convolution, length int) []float32 {
	s := expandDepthwiseOf(expand, c).Bind(machine(), nil).(*expandDepthwiseTask)
	out, worker := c.room(), newWorker(s)
	o := expand.operands(out)
	o.depthwiseWeights, o.depthwiseBias = c.depthwise(), vector(c.biases)
	o.sums = alignedFloats(blocksOf(c.out) * s.sumRows() * lanes)
	if s.Eights {
		o.depthwiseWeights = c.dense()
	}
	inPieces(s.Items(), length, func(first, last int) { s.compute(&o, worker, first, last) })
	compareSums(t, c.String(), o.sums, s.sumRows(), out, c.out)
	return unblocked(out, c.out)
}

func TestPlanarDepthwise(t *testing.T) { onEveryLevel(t, testPlanarDepthwise) }

func testPlanarDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for in := 1; in <= 4; in++ {
		for _, size := range []int{1, 3, 7} {
			for stride := 1; stride <= 2; stride++ {
				side, channels := 25+40*(size/7)*(stride%2), 7+size*11
				w := Window{InHeight: side, InWidth: side + 3, Size: Square(size), Stride: Square(1 + in%2),
					Dilation: Square(1 + in/3),
					Top:      size / 2, Left: (size - 1) / 2}
				planar := randomConvolution(r, 1, in, channels, w, just(Silu), false)
				w = Window{InHeight: planar.window.OutHeight, InWidth: planar.window.OutWidth, Size: Square(2 + in),
					Stride: Square(stride), Dilation: Square(1 + in%2), Top: 1 + in/2, Left: in / 2}
				c := randomConvolution(r, channels, channels, channels, w, just(Silu), false)
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
	s := (&Planar{InChannels: planar.in, OutChannels: planar.out, Window: planar.window,
		Function: planar.function}).on(machine())
	out, worker := planar.room(), newWorker(s)
	o := operands{out: out, in: planar.image, weights: planar.planar(), bias: vector(planar.biases)}
	s.compute(&o, worker, 0, s.Items())
	between.image = unblocked(out, planar.out)
	return runDepthwiseOnly(&between)
}

// runPlanarDepthwise runs the kernel on two problems and compares the sums it leaves.
func runPlanarDepthwise(t *testing.T, planar, c *convolution, length int) []float32 {
	s := (&PlanarDepthwise{
		InChannels: planar.in, Channels: planar.out, PlanarWindow: planar.window, PlanarFunction: planar.function,
		Window: c.window, Function: c.function,
	}).on(machine())
	out, worker := c.room(), newWorker(s)
	o := operands{out: out, in: planar.image, weights: planar.planar(), bias: vector(planar.biases),
		depthwiseWeights: c.depthwise(), depthwiseBias: vector(c.biases),
		sums: alignedFloats(blocksOf(c.out) * s.sumRows() * lanes)}
	inPieces(s.Items(), length, func(first, last int) { s.compute(&o, worker, first, last) })
	compareSums(t, c.String(), o.sums, s.sumRows(), out, c.out)
	return unblocked(out, c.out)
}

// TestStripsAbove has windows whose padding is higher than strips of rows are: a worker that begins with another strip
// than the first has none of the rows above it.
func TestStripsAbove(t *testing.T) { onEveryLevel(t, testStripsAbove) }

func testStripsAbove(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 7))
	above := func(w *Window, strips int) bool { _, row := shareOf(w.OutHeight, strips, 0); return row < w.Top }
	const side = 8
	w := Window{InHeight: side, InWidth: side, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
	expand := randomConvolution(r, 1, 1100, 64, w, just(Relu), false)
	w.Size, w.Top, w.Left = Square(9), 4, 4
	c := randomConvolution(r, 64, 64, 64, w, just(Identity), false)
	c.image = expand.reference()
	if s := expandDepthwiseOf(expand, c).Bind(machine(), nil).(*expandDepthwiseTask); !level.has(AMX) &&
		!above(&c.window, s.strips) {
		t.Errorf("%d strips are too high", s.strips)
	}
	compare(t, c.String(), runExpandDepthwise(t, expand, c, 1), c.reference(), tolerance)

	w = Window{InHeight: 10, InWidth: 80, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1}
	planar := randomConvolution(r, 1, 3, 64, w, just(Relu), false)
	w.Size, w.Top, w.Left = Square(9), 4, 4
	c = randomConvolution(r, 64, 64, 64, w, just(Identity), false)
	c.image = planar.reference()
	s := (&PlanarDepthwise{InChannels: 3, Channels: 64, PlanarWindow: planar.window, Window: c.window}).on(machine())
	if !above(&c.window, s.strips) {
		t.Errorf("%d strips are too high", s.strips)
	}
	compare(t, c.String(), runPlanarDepthwise(t, planar, c, 1), c.reference(), tolerance)
}
