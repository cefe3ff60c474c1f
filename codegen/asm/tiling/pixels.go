package tiling

import (
	"strings"

	"github.com/netc-lang/netc/codegen/asm/isa"
)

// pixelsKernel writes the routines for what is normalised pixel by pixel, all channels of each: layer norm and softmax.
// They go over a run of pixels of one block after the other. A number that belongs to a pixel mostly stands in all of
// its 16 lanes, so that pixels and such numbers are combined lane by lane.
type pixelsKernel struct{ vectorKernel }

// Pixels writes them all.
func Pixels(m isa.Machine) {
	k := pixelsKernel{vectorKernel{writer{m}}}
	k.Constants("pixels" + k.name())
	k.gather("maxBlocks", func(a isa.Mem, x isa.Vec) { k.Max(a, x, x) })
	k.gather("sumBlocks", func(a isa.Mem, x isa.Vec) { k.Add(a, x, x) })
	k.fold("foldMax", func(a, x isa.Vec) { k.Max(a, x, x) })
	k.fold("foldSum", func(a, x isa.Vec) { k.Add(a, x, x) })
	k.addSquares()
	k.normalise()
	k.exponentials()
	k.scaleBlocks()
}

// The integer registers of routines that go over blocks.
const (
	runLeft   = isa.I0
	runPixels = isa.I1
	runBlocks = isa.I8
	runGap    = isa.I9 // between the end of a run in a block and its beginning in the next
)

// run is a pointer to what a routine works on: its parameter's name, register, how far it moves with each pixel, and
// what it does when the next block comes.
type run struct {
	name  string
	at    isa.Int
	bytes int
	next  func(isa.Int)
}

// overBlocks writes a routine that goes over blocks, and over the pixels of a run in each. begin, where it is not nil,
// comes before the pixels of a block.
func (k pixelsKernel) overBlocks(name string, runs []run, begin, body func()) {
	var names []string
	var at []isa.Int
	for _, r := range runs {
		names, at = append(names, r.name), append(at, r.at)
	}
	const pitch = runGap
	k.begin(name, strings.Join(names, ", ")+" *byte, blocks, pitch, pixels int",
		append(names, "blocks", "pitch", "pixels"), append(at, runBlocks, pitch, runPixels)...)
	k.inBytes(pitch)
	k.MulConst(-pixel, runPixels, runLeft)
	k.AddInt(runLeft, runGap)
	k.loop("block", runBlocks, func() {
		if begin != nil {
			begin()
		}
		k.CopyInt(runPixels, runLeft)
		k.loop("pixel", runLeft, func() {
			body()
			for _, r := range runs {
				if r.bytes > 0 {
					k.AddConst(r.bytes, r.at)
				}
			}
		})
		for _, r := range runs {
			r.next(r.at)
		}
	})
	k.Finish(0)
}

// inBlocks is a pointer to pixels of blocks, ofPixels one to what is the same for all blocks, ofLanes one to a number
// for each lane of every block. n is the number of the parameter.
func (k pixelsKernel) inBlocks(name string, at isa.Int) run {
	return run{name, at, pixel, func(r isa.Int) { k.AddInt(runGap, r) }}
}

func (k pixelsKernel) ofPixels(name string, n int, at isa.Int, bytes int) run {
	return run{name, at, bytes, func(r isa.Int) { k.LoadInt(isa.Param(name, n), r) }}
}

func (k pixelsKernel) ofLanes(name string, at isa.Int) run {
	return run{name, at, 0, func(r isa.Int) { k.AddConst(pixel, r) }}
}

// gather combines the pixels of all blocks, lane by lane, with what out holds.
func (k pixelsKernel) gather(name string, combine func(a isa.Mem, x isa.Vec)) {
	const out, in = isa.I5, isa.I4
	k.overBlocks(name, []run{k.ofPixels("out", 0, out, pixel), k.inBlocks("in", in)}, nil, func() {
		k.eachHalf(func(half, displacement int) {
			x := isa.Vec(half)
			k.Load(isa.At(out, displacement), x)
			combine(isa.At(in, displacement), x)
			k.Store(x, isa.At(out, displacement))
		})
	})
}

// fold writes the reduction of each pixel's lanes to one number, which takes the place of all of them: first the
// registers of a pixel, then, of the one that is left, lanes that are ever fewer apart.
//
//	a b c d   and, lanes two apart exchanged,   c d a b       make   ac bd ac bd
//	ac bd ac bd   and, lanes one apart exchanged,   bd ac bd ac   make   abcd abcd abcd abcd
func (k pixelsKernel) fold(name string, combine func(a, x isa.Vec)) {
	const x, pixels, all, other = isa.I5, isa.I1, isa.Vec(0), isa.Vec(1)
	k.begin(name, "x *byte, pixels int", []string{"x", "pixels"}, x, pixels)
	k.loop("pixel", pixels, func() {
		k.Load(isa.At(x, 0), all)
		k.eachHalf(func(half, displacement int) {
			if half > 0 {
				k.Load(isa.At(x, displacement), other)
				combine(other, all)
			}
		})
		for distance := k.Bytes() / 8; distance > 0; distance /= 2 {
			k.Swap(distance, all, other)
			combine(other, all)
		}
		k.eachHalf(func(_, displacement int) { k.Store(all, isa.At(x, displacement)) })
		k.AddConst(pixel, x)
	})
	k.Finish(0)
}

// addSquares adds to sums the squares of what pixels differ from their means.
func (k pixelsKernel) addSquares() {
	const sums, in, means = isa.I5, isa.I4, isa.I2
	runs := []run{k.ofPixels("sums", 0, sums, pixel), k.inBlocks("in", in), k.ofPixels("means", 2, means, pixel)}
	k.overBlocks("addSquares", runs, nil, func() {
		k.eachHalf(func(half, displacement int) {
			value, mean, sum := isa.Vec(3*half), isa.Vec(3*half+1), isa.Vec(3*half+2)
			k.Load(isa.At(in, displacement), value)
			k.Load(isa.At(means, displacement), mean)
			k.Load(isa.At(sums, displacement), sum)
			k.Sub(value, mean, value)
			k.MulAdd(value, value, sum)
			k.Store(sum, isa.At(sums, displacement))
		})
	})
}

// normalise subtracts means from pixels, multiplies by the pixels' inverses, of which each stands once, and by factors
// of the lanes, and adds offsets of the lanes.
func (k pixelsKernel) normalise() {
	const out, in, means, inverses, factorsAt, offsetsAt = isa.I5, isa.I4, isa.I2, isa.I3, isa.I6, isa.I7
	const inverse, value, mean = isa.Vec(0), isa.Vec(1), isa.Vec(2)
	factor := func(half int) isa.Vec { return isa.Vec(3 + half) }
	offset := func(half int) isa.Vec { return isa.Vec(3 + k.halves() + half) }
	runs := []run{
		k.inBlocks("out", out), k.inBlocks("in", in), k.ofPixels("means", 2, means, pixel),
		k.ofPixels("inverses", 3, inverses, 4), k.ofLanes("factors", factorsAt), k.ofLanes("offsets", offsetsAt),
	}
	k.overBlocks("normalise", runs, func() {
		k.eachHalf(func(half, displacement int) {
			k.Load(isa.At(factorsAt, displacement), factor(half))
			k.Load(isa.At(offsetsAt, displacement), offset(half))
		})
	}, func() {
		k.Broadcast(isa.At(inverses, 0), inverse)
		k.eachHalf(func(half, displacement int) {
			k.Load(isa.At(in, displacement), value)
			k.Load(isa.At(means, displacement), mean)
			k.Sub(value, mean, value)
			k.Mul(inverse, value, value)
			k.Horner(offset(half), factor(half), value)
			k.Store(value, isa.At(out, displacement))
		})
	})
}

// exponentials computes those of what pixels are more than the largest of their channels, at most zero, and adds them
// to sums.
func (k pixelsKernel) exponentials() {
	const out, in, most, sums = isa.I5, isa.I4, isa.I2, isa.I3
	runs := []run{k.inBlocks("out", out), k.inBlocks("in", in), k.ofPixels("most", 2, most, pixel),
		k.ofPixels("sums", 3, sums, pixel)}
	k.overBlocks("exponentials", runs, nil, func() {
		k.eachHalf(func(half, displacement int) {
			value, spare, result := isa.Vec(3*half), isa.Vec(3*half+1), isa.Vec(3*half+2)
			k.Load(isa.At(in, displacement), value)
			k.Load(isa.At(most, displacement), spare)
			k.Sub(value, spare, value)
			k.Mul(isa.Number(log2e), value, value)
			k.Exp2(value, spare, result, exponentOf(k.Machine).polynomial, false)
			k.Store(result, isa.At(out, displacement))
			k.Add(isa.At(sums, displacement), result, result)
			k.Store(result, isa.At(sums, displacement))
		})
	})
}

// scaleBlocks multiplies pixels by factors, of which each stands once.
func (k pixelsKernel) scaleBlocks() {
	const x, factors, factor = isa.I5, isa.I2, isa.Vec(0)
	k.overBlocks("scaleBlocks", []run{k.inBlocks("x", x), k.ofPixels("factors", 1, factors, 4)}, nil, func() {
		k.Broadcast(isa.At(factors, 0), factor)
		k.eachHalf(func(half, displacement int) {
			value := factor + 1 + isa.Vec(half)
			k.Mul(isa.At(x, displacement), factor, value)
			k.Store(value, isa.At(x, displacement))
		})
	})
}
