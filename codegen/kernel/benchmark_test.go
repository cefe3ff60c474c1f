package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// measure runs a kernel again and again, which has a number of multiplications with addition, and reports GFLOP/s by
// the processor's time, so that it matters less what else the machine does.
func measure(b *testing.B, products int, run func()) {
	before := processorTime()
	for b.Loop() {
		run()
	}
	b.ReportMetric(2*float64(products)*float64(b.N)/float64(processorTime()-before), "GFLOP/s")
}

// BenchmarkPointwise measures layers of EfficientNet-B0 (224 pixels a side) and B4 (380).
func BenchmarkPointwise(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 1))
	for _, l := range []struct {
		in, out, side int
		function      Function
		scaled        bool
	}{
		{16, 96, 112, just(Identity), false}, {16, 96, 112, just(Silu), false}, {32, 16, 112, just(Identity), true},
		{96, 24, 56, just(Identity), true},
		{24, 144, 56, just(Silu), false}, {40, 240, 28, just(Silu), false}, {80, 480, 14, just(Silu), false},
		{480, 112, 14, just(Identity), true}, {112, 672, 14, just(Silu), false}, {192, 1152, 7, just(Silu), false},
		{1152, 192, 7, just(Identity), true}, {1152, 320, 7, just(Identity), false}, {320, 1280, 7, just(Silu), false},
		{24, 144, 190, just(Silu), false}, {160, 960, 24, just(Silu), false}, {960, 160, 24, just(Identity), true},
		{272, 1632, 12, just(Silu), false}, {1632, 272, 12, just(Identity), true}, {448, 1792, 12, just(Silu), false},
	} {
		b.Run(fmt.Sprintf("%d-%d-%d-f%v-%t", l.in, l.out, l.side, l.function, l.scaled), func(b *testing.B) {
			pixels := l.side * l.side
			s := (&Pointwise{InChannels: l.in, OutChannels: l.out, Pixels: pixels, Function: l.function,
				Scale: present(l.scaled)}).Bind(machine(), nil).(*pointwiseTask)
			in, out := randomFloats(r, blocksOf(l.in)*lanes*pixels), alignedFloats(blocksOf(l.out)*lanes*pixels)
			weights, bias := randomFloats(r, blocksOf(l.out)*lanes*l.in), randomFloats(r, blocksOf(l.out)*lanes)
			worker, scale := newWorker(s), randomFloats(r, l.in)
			if !l.scaled {
				scale = nil
			}
			items := s.Items()
			o := operands{out: out, in: in, weights: weights, bias: bias, scale: scale}
			measure(b, l.in*l.out*pixels, func() { s.compute(&o, worker, 0, items) })
		})
	}
}

// BenchmarkDepthwise measures layers of EfficientNet-B0 and others.
func BenchmarkDepthwise(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 2))
	for _, l := range []struct{ channels, side, size, stride int }{
		{32, 112, 3, 1}, {96, 112, 3, 2}, {144, 56, 3, 1}, {144, 56, 5, 2}, {240, 28, 5, 1}, {480, 14, 3, 1},
		{672, 14, 5, 1},
		{672, 14, 5, 2}, {1152, 7, 5, 1}, {1152, 7, 3, 1}, {96, 56, 7, 1}, {96, 28, 9, 1}, {96, 28, 9, 2},
	} {
		b.Run(fmt.Sprintf("%d-%d-%dx%d", l.channels, l.side, l.size, l.stride), func(b *testing.B) {
			w := Window{InHeight: l.side, InWidth: l.side, Size: Square(l.size), Stride: Square(l.stride),
				Dilation: Square(1), Top: l.size / 2,
				Left: l.size / 2}
			w.place()
			s := (&Depthwise{Channels: l.channels, Window: w, Function: just(Silu)}).on(machine())
			blocks := blocksOf(l.channels) * lanes
			in, out := randomFloats(r, blocks*l.side*l.side), alignedFloats(blocks*w.OutHeight*w.OutWidth)
			weights, bias := randomFloats(r, blocks*l.size*l.size), randomFloats(r, blocks)
			o := operands{out: out, in: in, weights: weights, bias: bias, sums: alignedFloats(blocks * s.sumRows())}
			worker, items := newWorker(s), s.Items()
			measure(b, blocks*w.OutHeight*w.OutWidth*l.size*l.size, func() { s.compute(&o, worker, 0, items) })
		})
	}
}

// BenchmarkExpandDepthwise measures pairs of layers of EfficientNet-B0 and B4.
func BenchmarkExpandDepthwise(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 3))
	for _, l := range []struct{ in, channels, side, size, stride int }{
		{16, 96, 112, 3, 2}, {24, 144, 56, 3, 1}, {24, 144, 56, 5, 2}, {40, 240, 28, 5, 1}, {40, 240, 28, 3, 2},
		{80, 480, 14, 3, 1}, {80, 480, 14, 5, 1}, {112, 672, 14, 5, 1},
		{112, 672, 14, 5, 2}, {192, 1152, 7, 5, 1}, {192, 1152, 7, 3, 1}, {24, 144, 190, 3, 2}, {32, 192, 95, 3, 1},
		{160, 960, 24, 5, 1}, {272, 1632, 12, 5, 1},
	} {
		b.Run(fmt.Sprintf("%d-%d-%d-%dx%d", l.in, l.channels, l.side, l.size, l.stride), func(b *testing.B) {
			w := Window{InHeight: l.side, InWidth: l.side, Size: Square(l.size), Stride: Square(l.stride),
				Dilation: Square(1), Top: l.size / 2,
				Left: l.size / 2}
			w.place()
			s := (&ExpandDepthwise{InChannels: l.in, Channels: l.channels, Window: w, ExpandFunction: just(Silu),
				Function: just(Silu)}).Bind(machine(), nil).(*expandDepthwiseTask)
			blocks := blocksOf(l.channels) * lanes
			in, out := randomFloats(r, blocksOf(l.in)*lanes*l.side*l.side), alignedFloats(blocks*w.OutHeight*w.OutWidth)
			expand, weights, bias := randomFloats(r, blocks*l.in), randomFloats(r, blocks*l.size*l.size),
				randomFloats(r, blocks)
			o := operands{out: out, in: in, weights: expand, bias: bias, depthwiseWeights: weights, depthwiseBias: bias,
				sums: alignedFloats(blocks * s.sumRows())}
			worker, items := newWorker(s), s.Items()
			measure(b, blocks*(w.OutHeight*w.OutWidth*l.size*l.size+l.side*l.side*l.in), func() {
				s.compute(&o, worker, 0, items)
			})
			b.ReportMetric(float64(items), "items")
		})
	}
}

// BenchmarkPlanarDepthwise measures the stems of EfficientNet-B0 and B4, and one of a small image, with the depthwise
// convolution behind them.
func BenchmarkPlanarDepthwise(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 7))
	for _, l := range []struct{ channels, side int }{{32, 224}, {48, 380}, {48, 64}} {
		b.Run(fmt.Sprintf("%d-%d", l.channels, l.side), func(b *testing.B) {
			dense := Window{InHeight: l.side, InWidth: l.side, Size: Square(3), Stride: Square(2),
				Dilation: Square(1), Top: 1, Left: 1}
			dense.place()
			w := dense
			w.InHeight, w.InWidth, w.Stride = dense.OutHeight, dense.OutWidth, Square(1)
			s := (&PlanarDepthwise{InChannels: 3, Channels: l.channels, PlanarWindow: dense, PlanarFunction: just(Silu),
				Window: w, Function: just(Silu)}).on(machine())
			blocks, pixels := blocksOf(l.channels)*lanes, w.OutHeight*w.OutWidth
			in, out := randomFloats(r, 3*l.side*l.side), alignedFloats(blocks*pixels)
			weights, more, bias := randomFloats(r, blocks*s.planar.depth()), randomFloats(r, blocks*9),
				randomFloats(r, blocks)
			o := operands{out: out, in: in, weights: weights, bias: bias, depthwiseWeights: more, depthwiseBias: bias,
				sums: alignedFloats(blocks * s.sumRows())}
			worker, items := newWorker(s), s.Items()
			measure(b, l.channels*(s.planar.depth()+9)*pixels, func() { s.compute(&o, worker, 0, items) })
			b.ReportMetric(float64(items), "items")
		})
	}
}

// BenchmarkConv measures layers of ResNet-50, EfficientNetV2-S and RegNetY-400MF.
func BenchmarkConv(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 4))
	for _, l := range []struct{ groups, in, out, side, size, stride int }{
		{1, 64, 64, 56, 3, 1}, {1, 128, 128, 28, 3, 1}, {1, 256, 256, 14, 3, 1}, {1, 512, 512, 7, 3, 1},
		{1, 128, 128, 56, 3, 2}, {1, 512, 512, 14, 3, 2},
		{1, 256, 512, 56, 1, 2}, {1, 24, 24, 150, 3, 1}, {1, 48, 192, 75, 3, 1}, {13, 104, 104, 28, 3, 1},
		{6, 48, 48, 56, 3, 1}, {13, 208, 208, 14, 3, 1}, {6, 144, 144, 28, 3, 1}, {8, 384, 384, 14, 3, 1},
	} {
		b.Run(fmt.Sprintf("%d-%d-%d-%d-%dx%d", l.groups, l.in, l.out, l.side, l.size, l.stride), func(b *testing.B) {
			w := Window{InHeight: l.side, InWidth: l.side, Size: Square(l.size), Stride: Square(l.stride),
				Dilation: Square(1), Top: l.size / 2,
				Left: l.size / 2}
			w.place()
			k := &Conv{Groups: l.groups, InChannels: l.in, OutChannels: l.out, Window: w, Function: just(Relu)}
			s := k.Bind(machine(), nil).(computing)
			blocks := blocksOf(l.out) * lanes
			in, out := randomFloats(r, blocksOf(l.in)*lanes*l.side*l.side), alignedFloats(blocks*w.OutHeight*w.OutWidth)
			weights, bias := randomFloats(r, blocks*k.depthOf()), randomFloats(r, blocks)
			o := operands{out: out, in: in, weights: weights, bias: bias}
			worker, items := newWorker(s), s.Items()
			measure(b, l.out*l.in/l.groups*l.size*l.size*w.OutHeight*w.OutWidth, func() {
				s.compute(&o, worker, 0, items)
			})
			b.ReportMetric(float64(items), "items")
		})
	}
}

// BenchmarkWinograd measures layers of ResNet-50 and EfficientNetV2-S; GFLOP/s are those of the direct algorithm.
func BenchmarkWinograd(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 6))
	for _, l := range []struct{ in, out, side int }{
		{64, 64, 56}, {128, 128, 28}, {256, 256, 14}, {512, 512, 7}, {24, 24, 144}, {48, 192, 72}, {64, 256, 36},
	} {
		b.Run(fmt.Sprintf("%d-%d-%d", l.in, l.out, l.side), func(b *testing.B) {
			w := Window{InHeight: l.side, InWidth: l.side, OutHeight: l.side, OutWidth: l.side, Size: Square(3),
				Stride:   Square(1),
				Dilation: Square(1), Top: 1, Left: 1}
			blocks, m := blocksOf(l.out)*lanes, newSpaces()
			s := (&Winograd{
				Out:     m.of(alignedFloats(blocks * l.side * l.side)),
				In:      m.of(randomFloats(r, blocksOf(l.in)*lanes*l.side*l.side)),
				Weights: m.of(randomFloats(r, blocks*l.in*9)), Bias: m.of(randomFloats(r, blocks)),
				InChannels: l.in, OutChannels: l.out, Window: w, Function: just(Relu),
			}).Bind(machine(), nil)
			worker, items := newWorker(s), s.Items()
			measure(b, l.out*l.in*9*l.side*l.side, func() { s.Run(worker, m.memory, 0, items) })
			b.ReportMetric(float64(items), "items")
		})
	}
}

// BenchmarkConvPlanar measures the stems of EfficientNet-B0 and ResNet-50.
func BenchmarkConvPlanar(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 5))
	for _, l := range []struct{ out, side, size int }{{32, 224, 3}, {64, 224, 7}, {48, 380, 3}} {
		b.Run(fmt.Sprintf("%d-%d-%dx2", l.out, l.side, l.size), func(b *testing.B) {
			w := Window{InHeight: l.side, InWidth: l.side, Size: Square(l.size), Stride: Square(2),
				Dilation: Square(1), Top: l.size / 2,
				Left: l.size / 2}
			w.place()
			s := (&Planar{InChannels: 3, OutChannels: l.out, Window: w, Function: just(Silu)}).on(machine())
			blocks := blocksOf(l.out) * lanes
			in, out := randomFloats(r, 3*l.side*l.side), alignedFloats(blocks*w.OutHeight*w.OutWidth)
			weights, bias := randomFloats(r, blocks*s.depth()), randomFloats(r, blocks)
			o := operands{out: out, in: in, weights: weights, bias: bias}
			worker, items := newWorker(s), s.Items()
			measure(b, l.out*s.depth()*w.OutHeight*w.OutWidth, func() {
				s.compute(&o, worker, 0, items)
			})
			b.ReportMetric(float64(items), "items")
		})
	}
}
