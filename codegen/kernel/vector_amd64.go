package kernel

import "math"

// The routines work on pixels of 16 lanes, of which there is at least one.

//go:noescape
func scaleRowsAVX2(out, in, factors *float32, rows int)

//go:noescape
func affinePixelsAVX2(out, in, factors, offsets *float32, pixels int)

//go:noescape
func addPixelsAVX2(out, a, b *float32, pixels int)

//go:noescape
func multiplyPixelsAVX2(out, a, b *float32, pixels int)

//go:noescape
func sumPixelsAVX2(out, in *float32, pixels int)

//go:noescape
func widenPixelsAVX2(out, in *float32, pixels int)

//go:noescape
func maxWindowsAVX2(out, in *float32, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int)

//go:noescape
func sumWindowsAVX2(out, in *float32, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int)

//go:noescape
func scaleRowsAVX512(out, in, factors *float32, rows int)

//go:noescape
func affinePixelsAVX512(out, in, factors, offsets *float32, pixels int)

//go:noescape
func addPixelsAVX512(out, a, b *float32, pixels int)

//go:noescape
func multiplyPixelsAVX512(out, a, b *float32, pixels int)

//go:noescape
func sumPixelsAVX512(out, in *float32, pixels int)

//go:noescape
func widenPixelsAVX512(out, in *float32, pixels int)

//go:noescape
func maxWindowsAVX512(out, in *float32, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int)

//go:noescape
func sumWindowsAVX512(out, in *float32, rows, columns, rowPitch, columnPitch, pixelPitch, pixels int)

// scaleRows multiplies row k of [rows][16] by factors[k]. out may be in.
func (has Features) scaleRows(out, in, factors []float32) {
	if len(factors) == 0 {
		return
	}
	switch {
	case has.has(AVX512):
		scaleRowsAVX512(&out[0], &in[0], &factors[0], len(factors))
	case has.has(AVX2):
		scaleRowsAVX2(&out[0], &in[0], &factors[0], len(factors))
	default:
		scaleRowsPortable(out, in, factors)
	}
}

// affinePixels multiplies every pixel by factors of the 16 lanes and adds offsets. out may be in.
func (has Features) affinePixels(out, in []float32, factors, offsets *[lanes]float32) {
	if len(out) == 0 {
		return
	}
	switch {
	case has.has(AVX512):
		affinePixelsAVX512(&out[0], &in[0], &factors[0], &offsets[0], len(out)/lanes)
	case has.has(AVX2):
		affinePixelsAVX2(&out[0], &in[0], &factors[0], &offsets[0], len(out)/lanes)
	default:
		affinePixelsPortable(out, in, factors, offsets)
	}
}

// addPixels adds two values. out may be either.
func (has Features) addPixels(out, a, b []float32) {
	if len(out) == 0 {
		return
	}
	switch {
	case has.has(AVX512):
		addPixelsAVX512(&out[0], &a[0], &b[0], len(out)/lanes)
	case has.has(AVX2):
		addPixelsAVX2(&out[0], &a[0], &b[0], len(out)/lanes)
	default:
		addPixelsPortable(out, a, b)
	}
}

// multiplyPixels multiplies two values. out may be either.
func (has Features) multiplyPixels(out, a, b []float32) {
	if len(out) == 0 {
		return
	}
	switch {
	case has.has(AVX512):
		multiplyPixelsAVX512(&out[0], &a[0], &b[0], len(out)/lanes)
	case has.has(AVX2):
		multiplyPixelsAVX2(&out[0], &a[0], &b[0], len(out)/lanes)
	default:
		multiplyPixelsPortable(out, a, b)
	}
}

// sumPixels adds up the pixels of one block, of which there is at least one.
func (has Features) sumPixels(sum *[lanes]float32, in []float32) {
	switch {
	case has.has(AVX512):
		sumPixelsAVX512(&sum[0], &in[0], len(in)/lanes)
	case has.has(AVX2):
		sumPixelsAVX2(&sum[0], &in[0], len(in)/lanes)
	default:
		sumPixelsPortable(sum, in)
	}
}

// widens reports whether there is a routine that widens float16. That of AVX-512 needs nothing else.
func (has Features) widens() bool { return has.has(AVX512 | F16C) }

// widen makes pixels of float32 of those of float16, which take half of the memory.
func (has Features) widen(to, from []float32) {
	switch {
	case has.has(AVX512):
		widenPixelsAVX512(&to[0], &from[0], len(to)/lanes)
	case has.has(F16C):
		widenPixelsAVX2(&to[0], &from[0], len(to)/lanes)
	default:
		noRoutine()
	}
}

// max takes the largest of what each pixel sees, and NaN if there is one.
func (w *windows) max(has Features, out, in []float32) {
	if !has.has(AVX2) || w.rows == 0 || w.columns == 0 {
		w.maxPortable(out, in)
		return
	}
	for i := range out {
		out[i] = float32(math.Inf(-1))
	}
	if has.has(AVX512) {
		maxWindowsAVX512(&out[0], &in[0], w.rows, w.columns, w.rowPitch, w.columnPitch, w.pixelPitch,
			len(out)/lanes)
	} else {
		maxWindowsAVX2(&out[0], &in[0], w.rows, w.columns, w.rowPitch, w.columnPitch, w.pixelPitch,
			len(out)/lanes)
	}
}

// sum adds up what each pixel sees.
func (w *windows) sum(has Features, out, in []float32) {
	if !has.has(AVX2) || w.rows == 0 || w.columns == 0 {
		w.sumPortable(out, in)
		return
	}
	clear(out)
	if has.has(AVX512) {
		sumWindowsAVX512(&out[0], &in[0], w.rows, w.columns, w.rowPitch, w.columnPitch, w.pixelPitch,
			len(out)/lanes)
	} else {
		sumWindowsAVX2(&out[0], &in[0], w.rows, w.columns, w.rowPitch, w.columnPitch, w.pixelPitch,
			len(out)/lanes)
	}
}
