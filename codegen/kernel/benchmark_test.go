package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// report adds GFLOP/s to a benchmark, given how many multiplications with addition one round has.
func report(b *testing.B, products int) {
	b.ReportMetric(2*float64(products)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}

// BenchmarkPointwise measures layers of EfficientNet-B0 (224 pixels a side) and B4 (380).
func BenchmarkPointwise(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 1))
	for _, l := range []struct {
		in, out, side int
		function      function
		scaled        bool
	}{
		{16, 96, 112, identity, false}, {16, 96, 112, silu, false}, {32, 16, 112, identity, true}, {96, 24, 56, identity, true},
		{24, 144, 56, silu, false}, {40, 240, 28, silu, false}, {80, 480, 14, silu, false},
		{480, 112, 14, identity, true}, {112, 672, 14, silu, false}, {192, 1152, 7, silu, false},
		{1152, 192, 7, identity, true}, {1152, 320, 7, identity, false}, {320, 1280, 7, silu, false},
		{24, 144, 190, silu, false}, {160, 960, 24, silu, false}, {960, 160, 24, identity, true}, {272, 1632, 12, silu, false}, {1632, 272, 12, identity, true}, {448, 1792, 12, silu, false},
	} {
		b.Run(fmt.Sprintf("%d-%d-%d-f%d-%t", l.in, l.out, l.side, l.function, l.scaled), func(b *testing.B) {
			s := &pointwiseShape{in: l.in, out: l.out, pixels: l.side * l.side, function: l.function, scaled: l.scaled}
			in, out := randomFloats(r, blocksOf(l.in)*lanes*s.pixels), alignedFloats(blocksOf(l.out)*lanes*s.pixels)
			weights, bias := randomFloats(r, blocksOf(l.out)*lanes*l.in), randomFloats(r, blocksOf(l.out)*lanes)
			scratch, scale := alignedFloats(s.scratchFloats()), randomFloats(r, l.in)
			items := s.items()
			for b.Loop() {
				pointwise(out, in, weights, bias, nil, scale, scratch, s, 0, items)
			}
			report(b, l.in*l.out*s.pixels)
		})
	}
}
