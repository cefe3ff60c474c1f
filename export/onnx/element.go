package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/floats"
)

// ElementType is the type of a tensor's elements.
type ElementType int

// The element types that netc writes. A network computes in one of the first three.
const (
	Float32 ElementType = iota
	Float16
	BFloat16
	Uint8
	Int64
)

// elementTypes has a row for every ElementType: its short name, its number in TensorProto.DataType and its size in bytes.
var elementTypes = []struct {
	name   string
	number int64
	size   int
}{
	Float32:  {"fp32", 1, 4},
	Float16:  {"fp16", 10, 2},
	BFloat16: {"bf16", 16, 2},
	Uint8:    {"uint8", 2, 1},
	Int64:    {"int64", 7, 8},
}

// String returns the short name: "fp16".
func (t ElementType) String() string { return elementTypes[t].name }

// ParseElementType reads the short name of a type that networks can compute in.
func ParseElementType(name string) (ElementType, error) {
	for t := Float32; t <= BFloat16; t++ {
		if t.String() == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("there is no data type %q: fp32, fp16 and bf16 can be written", name)
}

func (t ElementType) number() int64 { return elementTypes[t].number }

// bytes returns the size of one element.
func (t ElementType) bytes() int { return elementTypes[t].size }

// encode turns values, which are of a type that networks compute in, into little-endian raw data in the same memory. A finite value
// that the type can only hold as an infinity is an error.
func (t ElementType) encode(values []float32) ([]byte, error) {
	data := floats.Bytes(values)
	switch t {
	case Float32:
		floats.SwapToLittleEndian(values)
	case Float16:
		for i, v := range values {
			h := toFloat16(v)
			if h&0x7fff == 0x7c00 && !math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("the value %g is beyond what fp16 can hold (±65504): write fp32 or bf16", v)
			}
			binary.LittleEndian.PutUint16(data[2*i:], h)
		}
	case BFloat16:
		for i, v := range values {
			h := toBFloat16(v)
			if h&0x7fff == 0x7f80 && !math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("the value %g is beyond what bf16 can hold: write fp32", v)
			}
			binary.LittleEndian.PutUint16(data[2*i:], h)
		}
	default:
		panic("onnx: no parameters of type " + t.String())
	}
	return data[:len(values)*t.bytes()], nil
}

// toFloat16 rounds to the nearest IEEE 754 half-precision number, to even in the middle.
func toFloat16(v float32) uint16 {
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

// toBFloat16 rounds to the nearest bfloat16, to even in the middle.
func toBFloat16(v float32) uint16 {
	bits := math.Float32bits(v)
	if bits&0x7fffffff > 0x7f800000 { // NaN
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
