// Package floats does to many float32 numbers at once what reading and writing weights needs: their bytes, whether all
// are finite, a common factor; and what several packages do to scores.
//
// Slices of numbers come in and are changed in place or looked at. Networks have hundreds of millions of weights, so
// the loops take several numbers at a time.
package floats

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"
)

// Bytes returns the memory of values.
func Bytes(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// SwapToLittleEndian turns numbers as the machine keeps them into ones whose bytes are little endian, or the other way
// round: on most machines these are the same.
func SwapToLittleEndian(values []float32) {
	if littleEndian {
		return
	}
	w := words(values)
	for i := range w {
		w[i] = bits.ReverseBytes32(w[i])
	}
}

// words returns the memory of values as their bits.
func words(values []float32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(values))), len(values))
}

// Narrow returns numbers rounded to float32.
func Narrow(values []float64) []float32 {
	narrowed := make([]float32, len(values))
	for i, v := range values {
		narrowed[i] = float32(v)
	}
	return narrowed
}

// Widen returns numbers as float64.
func Widen(values []float32) []float64 {
	widened := make([]float64, len(values))
	for i, v := range values {
		widened[i] = float64(v)
	}
	return widened
}

// Softmax replaces scores by the probabilities that they stand for, exp(x) / sum of exp(x). The largest is subtracted
// first, so that nothing overflows.
func Softmax(scores []float64) {
	largest, sum := math.Inf(-1), 0.0
	for _, v := range scores {
		largest = max(largest, v)
	}
	for i, v := range scores {
		scores[i] = math.Exp(v - largest)
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
}

// AllFinite reports whether no value is NaN or infinite: those have all bits of the exponent set, so that adding one to
// it carries into the sign's place.
func AllFinite(values []float32) bool {
	const exponent, one, sign = 0x7f80_0000, 0x0080_0000, 0x8000_0000
	w := words(values)
	for ; len(w) >= 8; w = w[8:] {
		v := (*[8]uint32)(w)
		low := (v[0]&exponent + one) | (v[1]&exponent + one) | (v[2]&exponent + one) | (v[3]&exponent + one)
		high := (v[4]&exponent + one) | (v[5]&exponent + one) | (v[6]&exponent + one) | (v[7]&exponent + one)
		if (low|high)&sign != 0 {
			return false
		}
	}
	for _, word := range w {
		if word&exponent == exponent {
			return false
		}
	}
	return true
}

// Scale multiplies each value by factor and rounds the product once.
func Scale(values []float32, factor float64) {
	for ; len(values) >= 4; values = values[4:] {
		v := (*[4]float32)(values)
		v[0] = float32(float64(v[0]) * factor)
		v[1] = float32(float64(v[1]) * factor)
		v[2] = float32(float64(v[2]) * factor)
		v[3] = float32(float64(v[3]) * factor)
	}
	for i, v := range values {
		values[i] = float32(float64(v) * factor)
	}
}
