package kernel

import "math"

// The routines work on pixels of 16 lanes, of which there is at least one.

//go:noescape
func scaleRowsNEON(out, in, factors *float32, rows int)

//go:noescape
func affinePixelsNEON(out, in, factors, offsets *float32, pixels int)

//go:noescape
func addPixelsNEON(out, a, b *float32, pixels int)

//go:noescape
func multiplyPixelsNEON(out, a, b *float32, pixels int)

//go:noescape
func sumPixelsNEON(out, in *float32, pixels int)

//go:noescape
func widenPixelsNEON(out, in *float32, pixels int)

//go:noescape
func maxWindowsNEON(out, in *float32, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int)

//go:noescape
func sumWindowsNEON(out, in *float32, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int)

// scaleRows multiplies row k of [rows][16] by factors[k]. out may be in.
func (has Features) scaleRows(out, in, factors []float32) {
	if len(factors) == 0 {
		return
	}
	if !has.has(NEON) {
		scaleRowsPortable(out, in, factors)
		return
	}
	scaleRowsNEON(&out[0], &in[0], &factors[0], len(factors))
}

// affinePixels multiplies every pixel by factors of the 16 lanes and adds offsets. out may be in.
func (has Features) affinePixels(out, in []float32, factors, offsets *[lanes]float32) {
	if len(out) == 0 {
		return
	}
	if !has.has(NEON) {
		affinePixelsPortable(out, in, factors, offsets)
		return
	}
	affinePixelsNEON(&out[0], &in[0], &factors[0], &offsets[0], len(out)/lanes)
}

// addPixels adds two values. out may be either.
func (has Features) addPixels(out, a, b []float32) {
	if len(out) == 0 {
		return
	}
	if !has.has(NEON) {
		addPixelsPortable(out, a, b)
		return
	}
	addPixelsNEON(&out[0], &a[0], &b[0], len(out)/lanes)
}

// multiplyPixels multiplies two values. out may be either.
func (has Features) multiplyPixels(out, a, b []float32) {
	if len(out) == 0 {
		return
	}
	if !has.has(NEON) {
		multiplyPixelsPortable(out, a, b)
		return
	}
	multiplyPixelsNEON(&out[0], &a[0], &b[0], len(out)/lanes)
}

// sumPixels adds up the pixels of one block, of which there is at least one.
func (has Features) sumPixels(sum *[lanes]float32, in []float32) {
	if !has.has(NEON) {
		sumPixelsPortable(sum, in)
		return
	}
	sumPixelsNEON(&sum[0], &in[0], len(in)/lanes)
}

// widens reports whether there is a routine that widens float16.
func (has Features) widens() bool { return has.has(NEON) }

// widen makes pixels of float32 of those of float16, which take half of the memory.
func (has Features) widen(to, from []float32) {
	if !has.widens() {
		noRoutine()
	}
	widenPixelsNEON(&to[0], &from[0], len(to)/lanes)
}

// max takes the largest of what each pixel sees, and NaN if there is one.
func (w *windows) max(has Features, out, in []float32) {
	if !has.has(NEON) || w.rows == 0 || w.columns == 0 {
		w.maxPortable(out, in)
		return
	}
	for i := range out {
		out[i] = float32(math.Inf(-1))
	}
	maxWindowsNEON(&out[0], &in[0], w.rows, w.columns, w.rowPitch, w.columnPitch, w.pixelPitch,
		len(out)/lanes)
}

// sum adds up what each pixel sees.
func (w *windows) sum(has Features, out, in []float32) {
	if !has.has(NEON) || w.rows == 0 || w.columns == 0 {
		w.sumPortable(out, in)
		return
	}
	clear(out)
	sumWindowsNEON(&out[0], &in[0], w.rows, w.columns, w.rowPitch, w.columnPitch, w.pixelPitch,
		len(out)/lanes)
}
