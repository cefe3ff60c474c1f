package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// tolerance is how far sums of about unit size may be off.
const tolerance = 2e-5

// computing is a task of a dense convolution.
type computing interface {
	Task
	compute(o *operands, w *Worker, first, last int)
}

// runPointwise runs the kernel on a problem, in ranges of items.
func runPointwise(c *convolution, scale []float32, length int) []float32 {
	s := (&Pointwise{
		InChannels: c.in, OutChannels: c.out, Pixels: c.window.OutHeight * c.window.OutWidth,
		Scale: present(scale != nil), Function: c.function,
	}).Bind(machine(), nil).(*pointwiseTask)
	out, worker := c.room(), newWorker(s)
	o := c.operands(out)
	o.scale = scale
	inPieces(s.Items(), length, func(first, last int) { s.compute(&o, worker, first, last) })
	return unblocked(out, c.out)
}

func TestPointwise(t *testing.T) { onEveryLevel(t, testPointwise) }

func testPointwise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	flat := Window{InHeight: 1, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
	for channels := 1; channels <= 70; channels++ {
		w := flat
		w.InWidth = 1 + channels*7%20
		c := randomConvolution(r, 1, channels, 1+channels*29%70, w, someFunction(channels), channels%2 == 0)
		compare(t, c.String(), runPointwise(c, nil, 1), c.reference(), tolerance)
	}
	for pixels := 1; pixels <= 90; pixels++ {
		w := flat
		w.InWidth = pixels
		c := randomConvolution(r, 1, 21, 16*(1+pixels%5), w, just(Silu), pixels%3 == 0)
		compare(t, c.String(), runPointwise(c, nil, 1), c.reference(), tolerance)
	}
}

func TestPointwiseScaled(t *testing.T) { onEveryLevel(t, testPointwiseScaled) }

func testPointwiseScaled(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for channels := 3; channels <= 300; channels += 99 {
		w := Window{InHeight: 13, InWidth: 29, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
		c := randomConvolution(r, 1, channels, 1+channels*29%140, w, just(Identity), true)
		scale := vector(randomFloats(r, channels))
		got := runPointwise(c, scale, 3)
		for i := range c.image {
			c.image[i] *= scale[i/(13*29)]
		}
		compare(t, c.String(), got, c.reference(), tolerance)
	}
}

func TestPointwiseItems(t *testing.T) { onEveryLevel(t, testPointwiseItems) }

func testPointwiseItems(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	w := Window{InHeight: 20, InWidth: 21, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
	c := randomConvolution(r, 1, 130, 150, w, just(Silu), true)
	for _, scale := range [][]float32{nil, vector(randomFloats(r, 130))} {
		whole := runPointwise(c, scale, 1000)
		for _, length := range []int{1, 2, 7} {
			compare(t, c.String(), runPointwise(c, scale, length), whole, 0)
		}
	}
}

func TestLinear(t *testing.T) { onEveryLevel(t, testLinear) }

func testLinear(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	for in := 1; in <= 200; in += 9 {
		w := Window{InHeight: 1, InWidth: 1, Size: Square(1), Stride: Square(1), Dilation: Square(1)}
		c := randomConvolution(r, 1, in, 1+in*31%150, w, someFunction(in), in%2 == 0)
		s := (&Linear{InChannels: c.in, OutChannels: c.out, Function: c.function}).Bind(machine(), nil).(*linearTask)
		out := c.room()
		o := c.operands(out)
		for item := range s.Items() {
			s.compute(&o, new(Worker), item, item+1)
		}
		compare(t, c.String(), unblocked(out, c.out), c.reference(), tolerance)
	}
}

// runConv runs the kernel on a problem, in ranges of items.
func runConv(c *convolution, length int) []float32 {
	s := c.conv().Bind(machine(), nil).(computing)
	out, worker := c.room(), newWorker(s)
	o := c.operands(out)
	inPieces(s.Items(), length, func(first, last int) { s.compute(&o, worker, first, last) })
	return unblocked(out, c.out)
}

func TestConv(t *testing.T) { onEveryLevel(t, testConv) }

func testConv(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	for size := 1; size <= 7; size++ {
		for stride := 1; stride <= 3; stride++ {
			for dilation := 1; dilation <= 2; dilation++ {
				for padding := 0; padding < 4; padding += pace(1, 2) {
					w := Window{InHeight: 14, InWidth: 15, Size: Square(size), Stride: Square(stride),
						Dilation: Square(dilation), Top: padding,
						Left: padding}
					if padding == 3 {
						w.Left = 1
					}
					c := randomConvolution(r, 1, 5+size*3, 10+stride*17, w, someFunction(size), padding%2 == 0)
					compare(t, c.String(), runConv(c, 2), c.reference(), tolerance)
				}
			}
		}
	}
}

func TestConvGroups(t *testing.T) { onEveryLevel(t, testConvGroups) }

func testConvGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 6))
	for _, group := range []struct{ in, out int }{{1, 1}, {1, 3}, {2, 2}, {3, 5}, {8, 8}, {16, 16}, {24, 24}, {48, 48},
		{12, 16}, {64, 80}, {20, 8}} {
		for groups := 1; groups <= 5; groups += pace(1, 2) {
			for padding := range 2 {
				w := Window{InHeight: 9, InWidth: 10, Size: Square(3), Stride: Square(1 + groups%2),
					Dilation: Square(1), Top: padding,
					Left: padding}
				c := randomConvolution(r, groups, groups*group.in, groups*group.out, w, just(Relu), padding == 1)
				compare(t, c.String(), runConv(c, 3), c.reference(), tolerance)
			}
		}
	}
}

func TestConvItems(t *testing.T) { onEveryLevel(t, testConvItems) }

func testConvItems(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	w := Window{InHeight: 30, InWidth: 31, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1}
	c := randomConvolution(r, 1, 40, 90, w, just(Silu), true)
	whole := runConv(c, 1000)
	for _, length := range []int{1, 2, 7} {
		compare(t, c.String(), runConv(c, length), whole, 0)
	}
}

// runWinograd runs the kernel on a problem, in ranges of items.
func runWinograd(c *convolution, length int) []float32 {
	k, m, out := c.winograd(), newSpaces(), c.room()
	k.Out, k.In, k.Weights = m.of(out), m.of(blocked(c.image, c.in)), m.of(c.dense())
	k.Bias, k.Residual = m.of(vector(c.biases)), m.of(c.blockedResidual())
	s := k.Bind(machine(), nil) // a task of the direct algorithm perhaps
	worker := newWorker(s)
	inPieces(s.Items(), length, func(first, last int) { s.Run(worker, m.memory, first, last) })
	return unblocked(out, c.out)
}

func TestConvKept(t *testing.T) { onEveryLevel(t, testConvKept) }

// testConvKept holds that several panels of blocks see the strips that the first one has left, and that those of a next
// image do not: of rows that are padded and rows that are computed as one, with strides that differ, too.
func testConvKept(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 21))
	for _, width := range []int{13, 34} {
		for _, stride := range []Pair{{1, 1}, {2, 2}, {1, 2}} {
			w := Window{InHeight: 9, InWidth: width, Size: Square(3), Stride: stride, Dilation: Pair{2, 1}, Top: 2,
				Left: 1}
			c := randomConvolution(r, 1, 40, 70, w, just(Relu), true)
			want := c.reference()
			for _, length := range []int{1, 3, 1000} {
				compare(t, c.String(), runConv(c, length), want, tolerance)
			}
			s := c.conv().Bind(machine(), nil).(computing)
			out, worker := c.room(), newWorker(s)
			other := c.operands(out)
			other.in = alignedFloats(len(other.in))
			s.compute(&other, worker, 0, s.Items())
			worker.Begin(0)
			o := c.operands(out)
			s.compute(&o, worker, 0, s.Items())
			compare(t, c.String(), unblocked(out, c.out), want, tolerance)
		}
	}
}

func TestWinograd(t *testing.T) { onEveryLevel(t, testWinograd) }

func testWinograd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	for height := 3; height <= 14; height += pace(1, 3) {
		for width := 3; width <= 14; width += pace(1, 2) {
			for padding := range 3 {
				w := Window{InHeight: height, InWidth: width, Size: Square(3), Stride: Square(1), Dilation: Square(1),
					Top:  padding,
					Left: padding}
				c := randomConvolution(r, 1, 1+(height*7+width*5)%40, 1+(height*11+width*31)%70, w, someFunction(width),
					padding%2 == 0)
				compare(t, c.String(), runWinograd(c, 2), c.reference(), 10*tolerance)
			}
		}
	}
}

// TestWinogradExact holds how much larger the errors of sums are than those of the direct algorithm: with more than 64
// channels less so, for these are summed 64 at a time.
func TestWinogradExact(t *testing.T) { onEveryLevel(t, testWinogradExact) }

func testWinogradExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 13))
	w := Window{InHeight: 12, InWidth: 12, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1}
	for _, tt := range []struct {
		in   int
		most float64
	}{{32, 1.8}, {64, 1.5}, {256, 0.8}} {
		c := randomConvolution(r, 1, tt.in, 32, w, just(Identity), false)
		if _, ok := c.winograd().Bind(machine(), nil).(*winogradTask); !ok {
			return // the matrix unit computes directly
		}
		want := c.reference()
		off := func(got []float32) (squares float64) {
			for i := range got {
				squares += math.Pow(float64(got[i])-float64(want[i]), 2)
			}
			return math.Sqrt(squares)
		}
		if winograd, direct := off(runWinograd(c, 1000)), off(runConv(c, 1000)); !(winograd <= tt.most*direct) {
			t.Errorf("%d channels: the errors are %.2f times those of the direct algorithm", tt.in, winograd/direct)
		}
	}
}

// TestWinogradPads has padding on one side, and channels in several panels.
func TestWinogradPads(t *testing.T) { onEveryLevel(t, testWinogradPads) }

func testWinogradPads(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 10))
	for _, pads := range [][2]int{{0, 1}, {1, 0}, {2, 0}} {
		w := Window{InHeight: 9, InWidth: 11, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: pads[0],
			Left: pads[1]}
		c := randomConvolution(r, 1, 150, 90, w, just(Relu), false)
		compare(t, c.String(), runWinograd(c, 1), c.reference(), 10*tolerance)
	}
}

// TestWinogradSpecialValues holds that a NaN and an infinity reach what sees them, and nothing beyond their tiles.
func TestWinogradSpecialValues(t *testing.T) { onEveryLevel(t, testWinogradSpecialValues) }

func testWinogradSpecialValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 12))
	w := Window{InHeight: 16, InWidth: 16, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1}
	c := randomConvolution(r, 1, 3, 20, w, just(Identity), false)
	clean := runWinograd(c, 1)
	for _, special := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		c.image[5*16+6] = float32(special)
		for i, got := range runWinograd(c, 1) {
			y, x := i/16%16, i%16
			switch finite := !math.IsNaN(float64(got)) && !math.IsInf(float64(got), 0); {
			case (y >= 8 || x < 4 || x >= 8) && !near(got, clean[i], tolerance):
				t.Fatalf("%v reaches %d, %d", special, y, x)
			case y >= 4 && y <= 6 && x >= 5 && x <= 7 && finite:
				t.Fatalf("%v is %v at %d, %d", special, got, y, x)
			}
		}
	}
}

func TestWinogradItems(t *testing.T) { onEveryLevel(t, testWinogradItems) }

func testWinogradItems(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 11))
	w := Window{InHeight: 30, InWidth: 31, Size: Square(3), Stride: Square(1), Dilation: Square(1), Top: 1, Left: 1}
	c := randomConvolution(r, 1, 130, 90, w, just(Silu), true)
	s := c.winograd()
	if s.panels() < 2 || s.bands() < 2 {
		t.Fatalf("%d panels and %d bands are too few to be of interest", s.panels(), s.bands())
	}
	whole := runWinograd(c, 1000)
	for _, length := range []int{1, 2, 7} {
		compare(t, c.String(), runWinograd(c, length), whole, 0)
	}
}

func TestConvPlanar(t *testing.T) { onEveryLevel(t, testConvPlanar) }

func testConvPlanar(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	for in := 1; in <= 4; in++ {
		for size := 1; size <= 7; size += 2 {
			for stride := 1; stride <= 3; stride++ {
				w := Window{InHeight: 33, InWidth: 31, Size: Square(size), Stride: Square(stride),
					Dilation: Square(1 + in/3), Top: size / 2,
					Left: size / 2}
				c := randomConvolution(r, 1, in, 10+size*13, w, just(Silu), in%2 == 0)
				compare(t, c.String(), runPlanar(c), c.reference(), tolerance)
			}
		}
	}
}

func runPlanar(c *convolution) []float32 {
	s := (&Planar{InChannels: c.in, OutChannels: c.out, Window: c.window, Function: c.function}).on(machine())
	out, worker := c.room(), newWorker(s)
	o := operands{out: out, in: c.image, weights: c.planar(), bias: vector(c.biases), residual: c.blockedResidual()}
	inPieces(s.Items(), 1, func(first, last int) { s.compute(&o, worker, first, last) })
	return unblocked(out, c.out)
}

// TestByPixel holds that tiles of one pixel make the same bits as wider ones: a generated package may have no others.
func TestByPixel(t *testing.T) {
	has := Host().Has
	if has == portable {
		t.Skip("no routines")
	}
	const pixels, channels, blocks = 29, 37, 3
	fill := func(n int) []float32 {
		all := make([]float32, n)
		for i := range all {
			all[i] = float32(i*37%101)/50 - 1
		}
		return all
	}
	p := product{
		in: fill(pixels * 3 * lanes), residual: fill(blocks * pixels * lanes), has: has, function: has.bind(just(Silu)),
		outPitch: pixels * lanes, weightPitch: channels * lanes, pixelPitch: lanes, blockPitch: pixels * lanes, rows: 1,
		columns: 1,
	}
	p.setInputs(0, channels)
	p.setOutputs(fill(blocks*channels*lanes), fill(blocks*lanes), 0, blocks, blocks*lanes)
	p.out = make([]float32, blocks*pixels*lanes)
	p.run(pixels)
	want := p.out
	p.out = make([]float32, len(want))
	p.byPixel(0, pixels)
	for i, v := range p.out {
		if math.Float32bits(v) != math.Float32bits(want[i]) {
			t.Fatalf("float %d is %g by pixel, %g in wider tiles", i, v, want[i])
		}
	}
}

// TestProductNarrow holds where the products of lanes without an output are left out, whose weights are not a number
// here, but zeros elsewhere: with NEON in the loop over whole blocks of inputs, with AVX2 in every one, if half of the
// last block's lanes have no output.
func TestProductNarrow(t *testing.T) {
	onEveryLevel(t, func(t *testing.T) {
		onAVX2 := level.has(AVX2) && !level.has(AVX512)
		if !level.has(NEON) && !onAVX2 {
			t.Skip("computes all lanes")
		}
		r := rand.New(rand.NewPCG(7, 5))
		const blocks, pixels, columns = 2, 13, 2
		for _, c := range []struct {
			depth, channels, columns int
			withNEON, withAVX2       bool
		}{
			{lanes, lanes + 1, 1, true, true}, {3 * lanes, lanes + lanes/2, 1, true, true},
			{3 * lanes, lanes + lanes/2 + 1, 1, false, false}, {lanes - 1, lanes + 1, 1, false, true},
			{lanes, lanes + 1, columns, false, true},
		} {
			shall := c.withNEON
			if onAVX2 {
				shall = c.withAVX2
			}
			p := product{weightPitch: c.columns * c.depth * lanes, pixelPitch: lanes, rows: 1, columns: c.columns,
				columnPitch: lanes, blockPitch: (pixels + 1) * lanes, outPitch: pixels * lanes,
				function: level.bind(just(Relu)), has: level, out: alignedFloats(blocks * pixels * lanes),
				in: randomFloats(r, blocksOf(c.depth)*(pixels+1)*lanes)}
			weights, bias := randomFloats(r, blocks*p.weightPitch), randomFloats(r, blocks*lanes)
			for at := p.weightPitch; at < len(weights); at += lanes {
				for lane := c.channels - lanes; lane < lanes; lane++ {
					weights[at+lane] = 0
				}
			}
			p.setInputs(0, c.depth)
			p.setOutputs(weights, bias, 0, blocks, c.channels)
			p.run(pixels)
			want := slices.Clone(p.out)
			for at := p.weightPitch; at < len(weights); at += lanes {
				for lane := lanes / 2; lane < lanes; lane++ {
					weights[at+lane] = float32(math.NaN())
				}
			}
			p.run(pixels)
			if are := slices.Equal(p.out, want); are != shall {
				t.Errorf("%+v: it is %t that products are left out", c, are)
			}
		}
	})
}

// TestProductLines compares lines that are computed together with each by itself: so deep that some take several calls,
// of several lines or of a part of one.
func TestProductLines(t *testing.T) {
	onEveryLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 23))
		const lines, pixels, blocks, width = 5, 13, 4, (13 + 3) * lanes
		for _, depth := range []int{20, 500, 3000, 20000} {
			if level == portable && depth > 20 {
				break // no calls
			}
			p := product{weightPitch: depth * lanes, pixelPitch: lanes, rows: 1, columns: 1, blockPitch: lines * width,
				outPitch: lines * width, linePitch: width, outLinePitch: width,
				function: level.bind(just(Relu)), has: level,
				in:       randomFloats(r, blocksOf(depth)*lines*width),
				residual: randomFloats(r, blocks*lines*width)}
			weights, bias := randomFloats(r, blocks*depth*lanes), randomFloats(r, blocks*lanes)
			p.setInputs(0, depth)
			for endBlock := 1; endBlock <= blocks; endBlock++ {
				p.setOutputs(weights[:endBlock*p.weightPitch], bias, 0, endBlock, blocks*lanes)
				want, got := alignedFloats(endBlock*p.outPitch), alignedFloats(endBlock*p.outPitch)
				for i := range lines {
					line := p
					line.in, line.residual, line.out = p.in[i*width:], p.residual[i*width:], want[i*width:]
					line.run(pixels)
				}
				together := p
				together.out, together.moreLines = got, lines-1
				together.run(pixels)
				for i, v := range got {
					if v != want[i] {
						t.Fatalf("depth %d, %d blocks: float %d is %v, that of a line by itself %v", depth, endBlock, i, v,
							want[i])
					}
				}
			}
		}
	})
}
