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

// elementTypes has a row for every ElementType: its short name, its number in TensorProto.DataType and its size in
// bytes.
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

// encode turns values, which are of a type that networks compute in, into little-endian raw data in the same memory. A
// finite value that the type can only hold as an infinity is an error.
func (t ElementType) encode(values []float32) ([]byte, error) {
	data := floats.Bytes(values)
	switch t {
	case Float32:
		floats.SwapToLittleEndian(values)
	case Float16:
		for i, v := range values {
			h := floats.ToFloat16(v)
			if h&0x7fff == 0x7c00 && !math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("the value %g is beyond what fp16 can hold (±65504): write fp32 or bf16", v)
			}
			binary.LittleEndian.PutUint16(data[2*i:], h)
		}
	case BFloat16:
		for i, v := range values {
			h := floats.ToBFloat16(v)
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

// round returns the nearest number that the type can hold, or an infinity.
func (t ElementType) round(v float32) float32 {
	switch t {
	case Float16:
		return floats.FromFloat16(floats.ToFloat16(v))
	case BFloat16:
		return floats.FromBFloat16(floats.ToBFloat16(v))
	}
	return v
}

func (t ElementType) roundAll(values []float32) {
	for i, v := range values {
		values[i] = t.round(v)
	}
}

// largest returns the largest finite number, and smallest the least above zero.
func (t ElementType) largest() float64 {
	switch t {
	case Float16:
		return 65504
	case BFloat16:
		return 0x1.fep127
	}
	return math.MaxFloat32
}

func (t ElementType) smallest() float64 {
	switch t {
	case Float16:
		return 0x1p-24
	case BFloat16:
		return 0x1p-133
	}
	return math.SmallestNonzeroFloat32
}
