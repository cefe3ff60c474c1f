package engine

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// Halves returns the little-endian float16s in data as float32.
func Halves(data string) []float32 {
	all := AlignedFloats(len(data) / 2)
	decode(all, unsafe.Slice(unsafe.StringData(data), len(data)), 2)
	return all
}

// decode reads little-endian floats of 2 or 4 bytes, as many as the data has.
func decode(to []float32, data []byte, size int) {
	if size == 2 {
		for i := range len(data) / 2 {
			to[i] = halfToFloat(binary.LittleEndian.Uint16(data[2*i:]))
		}
		return
	}
	for i := range len(data) / 4 {
		to[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
}

// halfToFloat widens an IEEE 754 binary16. The exponent and fraction, moved to their places in a binary32, stand for
// the value times 2⁻¹¹², subnormal ones too, so that one multiplication puts it right.
func halfToFloat(h uint16) float32 {
	magnitude := math.Float32frombits(uint32(h&0x7fff)<<13) * 0x1p112
	if h&0x7c00 == 0x7c00 { // infinite or NaN
		magnitude = math.Float32frombits(0x7f800000 | uint32(h&0x3ff)<<13)
	}
	return math.Float32frombits(math.Float32bits(magnitude) | uint32(h&0x8000)<<16)
}
