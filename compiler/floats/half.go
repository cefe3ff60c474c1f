package floats

import "math"

// The two formats of 16 bits, as a sign, an exponent and a fraction:
//
//	float16    s eeeee ffffffffff       IEEE 754 binary16: up to 65504, down to 2⁻²⁴
//	bfloat16   s eeeeeeee fffffff       the upper half of a float32: its range, 8 digits of it

// ToFloat16 rounds to the nearest half-precision number, to even in the middle. What is too large becomes infinite.
func ToFloat16(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	magnitude := bits & 0x7fffffff
	switch {
	case magnitude > 0x7f800000: // NaN
		return sign | 0x7e00
	case magnitude >= 0x477ff000: // 65520, halfway to what would be the next number
		return sign | 0x7c00
	case magnitude < 0x38800000: // below 2⁻¹⁴: a multiple of 2⁻²⁴
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(magnitude))*(1<<24)))
	}
	magnitude += 0xfff + magnitude>>13&1
	return sign | uint16(magnitude>>13-(127-15)<<10)
}

// FromFloat16 widens a half-precision number. Every one of them is a float32.
func FromFloat16(h uint16) float32 {
	sign, magnitude := uint32(h&0x8000)<<16, uint32(h&0x7fff)
	switch {
	case magnitude >= 0x7c00: // infinite or NaN
		return math.Float32frombits(sign | 0x7f800000 | magnitude&0x3ff<<13)
	case magnitude < 0x400: // no hidden one: a multiple of 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(magnitude)*0x1p-24))
	}
	return math.Float32frombits(sign | (magnitude<<13 + (127-15)<<23))
}

// ToBFloat16 rounds to the nearest bfloat16, to even in the middle. What is too large becomes infinite.
func ToBFloat16(v float32) uint16 {
	bits := math.Float32bits(v)
	if bits&0x7fffffff > 0x7f800000 { // NaN
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// FromBFloat16 widens a bfloat16.
func FromBFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }
