package tiling

import "github.com/netc-lang/netc/codegen/asm/isa"

// halfKernel writes the work without products on float16: pixels of 32 lanes, one after the other, and float32, of
// which a pixel is 16 lanes of each of two blocks.
type halfKernel struct {
	vectorKernel
	isa.Halves
}

// HalfVector writes them all.
func HalfVector(m isa.Machine) {
	k := halfKernel{vectorKernel{writer{m}}, m.(isa.Halves)}
	k.scaleRows()
	k.multiplyLanes()
	k.sumPixels()
	k.widenPixels()
	k.narrowPixels()
	k.addWidened()
}

// wide is the bytes of a pixel of 32 float32.
const wide = 2 * pixel

// multiplyLanes multiplies all pixels by factors of the lanes.
func (k halfKernel) multiplyLanes() {
	const out, in, factorsAt, pixels = isa.I5, isa.I4, isa.I2, isa.I1
	k.begin("multiplyLanes", "out, in, factors *byte, pixels int", []string{"out", "in", "factors", "pixels"},
		out, in, factorsAt, pixels)
	k.eachHalf(func(i, displacement int) { k.Load(isa.At(factorsAt, displacement), isa.Vec(i)) })
	k.loop("pixel", pixels, func() {
		k.eachHalf(func(i, displacement int) {
			x := k.accumulator(i)
			k.Load(isa.At(in, displacement), x)
			k.Mul(isa.Vec(i), x, x)
			k.Store(x, isa.At(out, displacement))
		})
		k.AddConst(pixel, in)
		k.AddConst(pixel, out)
	})
	k.Finish(0)
}

// eachWide calls a function for the eight registers of a pixel of float32, with the register of float16 that it is in,
// the lower or the upper part of it.
func (k halfKernel) eachWide(do func(i, register int, upper bool)) {
	for i := range wide / k.Bytes() {
		do(i, i/2, i%2 > 0)
	}
}

// sumPixels adds up pixels as float32, two sums at a time, of which each takes half of them.
func (k halfKernel) sumPixels() {
	const out, in, pixels, together, widened = isa.I5, isa.I4, isa.I1, 2, isa.Vec(0)
	k.begin("sumPixels", "out, in *byte, pixels int", []string{"out", "in", "pixels"}, out, in, pixels)
	sum := func(p, i int) isa.Vec { return k.accumulator(wide/k.Bytes()*p + i) }
	for p := range together {
		k.eachWide(func(i, _ int, _ bool) { k.Zero(sum(p, i)) })
	}
	k.inSteps(pixels, together, func(n int) {
		for p := range n {
			k.eachHalf(func(i, displacement int) { k.Load(isa.At(in, pixel*p+displacement), isa.Vec(i+2)) })
			k.eachWide(func(i, register int, upper bool) {
				k.Widen(isa.Vec(register+2), widened, upper)
				k.AddFloats(widened, sum(p, i), sum(p, i))
			})
		}
		k.AddConst(pixel*n, in)
	})
	k.eachWide(func(i, _ int, _ bool) {
		k.AddFloats(sum(1, i), sum(0, i), sum(0, i))
		k.Store(sum(0, i), isa.At(out, k.Bytes()*i))
	})
	k.Finish(0)
}

// block returns where a register of float32 lies: the first four are of one block, the others of another.
func (k halfKernel) block(a, b isa.Int, i int) isa.Mem {
	if i >= pixel/k.Bytes() {
		return isa.At(b, k.Bytes()*i-pixel)
	}
	return isa.At(a, k.Bytes()*i)
}

// widenPixels makes float32 of float16: pixels of two blocks. Those of the second come first: where both are one block,
// the first is what stays.
func (k halfKernel) widenPixels() {
	const a, b, in, pitch, pixels = isa.I5, isa.I4, isa.I2, isa.I3, isa.I1
	k.begin("widenPixels", "a, b, in *byte, pitch, pixels int", []string{"a", "b", "in", "pitch", "pixels"},
		a, b, in, pitch, pixels)
	k.inBytes(pitch)
	k.loop("pixel", pixels, func() {
		k.eachHalf(func(i, displacement int) { k.Load(isa.At(in, displacement), isa.Vec(i)) })
		for i := wide/k.Bytes() - 1; i >= 0; i-- {
			k.Widen(isa.Vec(i/2), k.accumulator(i), i%2 > 0)
			k.Store(k.accumulator(i), k.block(a, b, i))
		}
		k.AddConst(pixel, in)
		k.AddInt(pitch, a)
		k.AddInt(pitch, b)
	})
	k.Finish(0)
}

// narrowPixels makes float16 of float32 likewise.
func (k halfKernel) narrowPixels() {
	const out, a, b, pitch, pixels = isa.I5, isa.I4, isa.I2, isa.I3, isa.I1
	k.begin("narrowPixels", "out, a, b *byte, pitch, pixels int", []string{"out", "a", "b", "pitch", "pixels"},
		out, a, b, pitch, pixels)
	k.inBytes(pitch)
	k.loop("pixel", pixels, func() {
		k.eachWide(func(i, register int, upper bool) {
			k.Load(k.block(a, b, i), k.accumulator(i))
			k.Narrow(k.accumulator(i), isa.Vec(register), upper)
		})
		k.eachHalf(func(i, displacement int) { k.Store(isa.Vec(i), isa.At(out, displacement)) })
		k.AddConst(pixel, out)
		k.AddInt(pitch, a)
		k.AddInt(pitch, b)
	})
	k.Finish(0)
}

// addWidened adds pixels of float16 to sums of float32, 32 of each pixel.
func (k halfKernel) addWidened() {
	const sums, in, pixels = isa.I5, isa.I4, isa.I1
	k.begin("addWidened", "sums, in *byte, pixels int", []string{"sums", "in", "pixels"}, sums, in, pixels)
	sum := func(i int) isa.Vec { return k.accumulator(wide/k.Bytes() + i) }
	k.loop("pixel", pixels, func() {
		k.eachHalf(func(i, displacement int) { k.Load(isa.At(in, displacement), isa.Vec(i)) })
		k.eachWide(func(i, register int, upper bool) {
			k.Load(isa.At(sums, k.Bytes()*i), sum(i))
			k.Widen(isa.Vec(register), k.accumulator(i), upper)
			k.AddFloats(k.accumulator(i), sum(i), sum(i))
			k.Store(sum(i), isa.At(sums, k.Bytes()*i))
		})
		k.AddConst(pixel, in)
		k.AddConst(wide, sums)
	})
	k.Finish(0)
}
