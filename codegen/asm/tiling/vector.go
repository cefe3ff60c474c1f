package tiling

import "github.com/netc-lang/netc/codegen/asm/isa"

// vectorKernel writes routines for work without products: pixels of 16 lanes in a row, one after the other.
type vectorKernel struct{ writer }

// Vector writes them all.
func Vector(m isa.Machine) {
	k := vectorKernel{writer{m}}
	k.scaleRows()
	k.affinePixels()
	k.twoOperands("addPixels", func(a isa.Mem, x isa.Vec) { k.Add(a, x, x) })
	k.twoOperands("multiplyPixels", func(a isa.Mem, x isa.Vec) { k.Mul(a, x, x) })
	k.sumPixels()
	k.widenPixels()
	k.window("maxWindows", func(from isa.Mem, old isa.Vec) { k.MaxInto(from, old, [2]isa.Vec{4, 5}) })
	k.window("sumWindows", func(from isa.Mem, sum isa.Vec) { k.Add(from, sum, sum) })
}

// begin begins a routine and loads its arguments, all of eight bytes.
func (k vectorKernel) begin(name, arguments string, names []string, registers ...isa.Int) {
	k.Routine(name+k.name(), "func("+arguments+")")
	k.Compute(0)
	for i, r := range registers {
		k.LoadInt(isa.Param(names[i], i), r)
	}
}

// inBytes makes numbers of bytes of numbers of floats, in which all pitches are given.
func (k vectorKernel) inBytes(floats ...isa.Int) {
	for _, r := range floats {
		k.ShiftLeft(2, r)
	}
}

// loop repeats code until a count, which is not zero at first, is used up.
func (k vectorKernel) loop(label string, count isa.Int, body func()) {
	k.Label(label)
	body()
	k.Repeat(count, label)
}

// scaleRows multiplies every pixel by a number of its own.
func (k vectorKernel) scaleRows() {
	const out, in, factors, rows = isa.I5, isa.I4, isa.I2, isa.I1
	k.begin("scaleRows", "out, in, factors *byte, rows int",
		[]string{"out", "in", "factors", "rows"}, out, in, factors, rows)
	k.loop("row", rows, func() {
		const factor = isa.Vec(0)
		k.Broadcast(isa.At(factors, 0), factor)
		k.eachHalf(func(half, displacement int) {
			value := factor + 1 + isa.Vec(half)
			k.Mul(isa.At(in, displacement), factor, value)
			k.Store(value, isa.At(out, displacement))
		})
		k.AddConst(pixel, in)
		k.AddConst(pixel, out)
		k.AddConst(4, factors)
	})
	k.Finish(0)
}

// affinePixels multiplies all pixels by factors of the lanes and adds offsets.
func (k vectorKernel) affinePixels() {
	const out, in, factorsAt, offsetsAt, pixels = isa.I5, isa.I4, isa.I2, isa.I3, isa.I1
	k.begin("affinePixels", "out, in, factors, offsets *byte, pixels int",
		[]string{"out", "in", "factors", "offsets", "pixels"}, out, in, factorsAt, offsetsAt, pixels)
	factor := func(half int) isa.Vec { return isa.Vec(half) }
	offset := func(half int) isa.Vec { return isa.Vec(k.halves() + half) }
	value := func(half int) isa.Vec { return isa.Vec(2*k.halves() + half) }
	k.eachHalf(func(half, displacement int) {
		k.Load(isa.At(factorsAt, displacement), factor(half))
		k.Load(isa.At(offsetsAt, displacement), offset(half))
	})
	k.loop("pixel", pixels, func() {
		k.eachHalf(func(half, displacement int) {
			k.Load(isa.At(in, displacement), value(half))
			k.Horner(offset(half), factor(half), value(half))
			k.Store(value(half), isa.At(out, displacement))
		})
		k.AddConst(pixel, in)
		k.AddConst(pixel, out)
	})
	k.Finish(0)
}

// twoOperands writes the combination of two values.
func (k vectorKernel) twoOperands(name string, combine func(a isa.Mem, x isa.Vec)) {
	const out, a, b, pixels = isa.I5, isa.I4, isa.I2, isa.I1
	k.begin(name, "out, a, b *byte, pixels int", []string{"out", "a", "b", "pixels"}, out, a, b, pixels)
	k.loop("pixel", pixels, func() {
		k.eachHalf(func(half, displacement int) {
			x := isa.Vec(half)
			k.Load(isa.At(a, displacement), x)
			combine(isa.At(b, displacement), x)
			k.Store(x, isa.At(out, displacement))
		})
		k.AddConst(pixel, a)
		k.AddConst(pixel, b)
		k.AddConst(pixel, out)
	})
	k.Finish(0)
}

// sumPixels adds up pixels, four sums at a time, of which each takes a fourth of them.
func (k vectorKernel) sumPixels() {
	const out, in, pixels, together = isa.I5, isa.I4, isa.I1, 4
	k.begin("sumPixels", "out, in *byte, pixels int", []string{"out", "in", "pixels"}, out, in, pixels)
	sum := func(i, half int) isa.Vec { return isa.Vec(i*k.halves() + half) }
	for i := range together {
		k.eachHalf(func(half, _ int) { k.Zero(sum(i, half)) })
	}
	k.inSteps(pixels, together, func(n int) {
		for i := range n {
			k.eachHalf(func(half, displacement int) {
				k.Add(isa.At(in, pixel*i+displacement), sum(i, half), sum(i, half))
			})
		}
		k.AddConst(pixel*n, in)
	})
	k.eachHalf(func(half, displacement int) {
		k.Add(sum(1, half), sum(0, half), sum(0, half))
		k.Add(sum(3, half), sum(2, half), sum(2, half))
		k.Add(sum(2, half), sum(0, half), sum(0, half))
		k.Store(sum(0, half), isa.At(out, displacement))
	})
	k.Finish(0)
}

// widenPixels makes pixels of float32 of those of float16, four at a time.
func (k vectorKernel) widenPixels() {
	const out, in, pixels, together = isa.I5, isa.I4, isa.I1, 4
	k.begin("widenPixels", "out, in *byte, pixels int", []string{"out", "in", "pixels"}, out, in, pixels)
	k.inSteps(pixels, together, func(n int) {
		for i := range n * k.halves() {
			k.LoadHalves(isa.At(in, i*k.Bytes()/2), isa.Vec(i))
		}
		for i := range n * k.halves() {
			k.Store(isa.Vec(i), isa.At(out, i*k.Bytes()))
		}
		k.AddConst(pixel*n/2, in)
		k.AddConst(pixel*n, out)
	})
	k.Finish(0)
}

// window writes the reduction of what windows see, for output pixels side by side. Results begin as what out holds.
func (k vectorKernel) window(name string, reduce func(from isa.Mem, sum isa.Vec)) {
	const (
		row, pixels, column, rowsLeft, in, out           = isa.I0, isa.I1, isa.I2, isa.I3, isa.I4, isa.I5
		rows, columns, rowPitch, columnPitch, pixelPitch = isa.I6, isa.I7, isa.I8, isa.I9, isa.I10
		columnsLeft                                      = isa.I11
	)
	k.begin(name, "out, in *byte, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int",
		[]string{"out", "in", "rows", "columns", "rowPitch", "columnPitch", "pixelPitch", "pixels"},
		out, in, rows, columns, rowPitch, columnPitch, pixelPitch, pixels)
	k.inBytes(rowPitch, columnPitch, pixelPitch)
	k.loop("pixel", pixels, func() {
		k.eachHalf(func(half, displacement int) { k.Load(isa.At(out, displacement), isa.Vec(half)) })
		k.CopyInt(in, row)
		k.CopyInt(rows, rowsLeft)
		k.loop("row", rowsLeft, func() {
			k.CopyInt(row, column)
			k.CopyInt(columns, columnsLeft)
			k.loop("column", columnsLeft, func() {
				k.eachHalf(func(half, displacement int) { reduce(isa.At(column, displacement), isa.Vec(half)) })
				k.AddInt(columnPitch, column)
			})
			k.AddInt(rowPitch, row)
		})
		k.eachHalf(func(half, displacement int) { k.Store(isa.Vec(half), isa.At(out, displacement)) })
		k.AddConst(pixel, out)
		k.AddInt(pixelPitch, in)
	})
	k.Finish(0)
}
