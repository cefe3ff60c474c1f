package verify

import (
	"encoding/binary"
	"fmt"
	"math"
)

// ElementType is a TensorProto.DataType.
type ElementType int64

// The element types that values are computed with.
const (
	Float32  ElementType = 1
	Uint8    ElementType = 2
	Int8     ElementType = 3
	Uint16   ElementType = 4
	Int16    ElementType = 5
	Int32    ElementType = 6
	Int64    ElementType = 7
	Bool     ElementType = 9
	Float16  ElementType = 10
	Float64  ElementType = 11
	Uint32   ElementType = 12
	Uint64   ElementType = 13
	BFloat16 ElementType = 16
)

// elementTypes has the types that are known by name. Those without a size are not computed with.
var elementTypes = map[ElementType]struct {
	name  string
	bytes int64
}{
	Float32: {"fp32", 4}, Float64: {"fp64", 8}, Float16: {"fp16", 2}, BFloat16: {"bf16", 2},
	Uint8: {"uint8", 1}, Uint16: {"uint16", 2}, Uint32: {"uint32", 4}, Uint64: {"uint64", 8},
	Int8: {"int8", 1}, Int16: {"int16", 2}, Int32: {"int32", 4}, Int64: {"int64", 8}, Bool: {"bool", 1},
	8: {"string", 0}, 14: {"complex64", 0}, 15: {"complex128", 0}, 17: {"float8e4m3fn", 0}, 18: {"float8e4m3fnuz", 0},
	19: {"float8e5m2", 0},
	20: {"float8e5m2fnuz", 0}, 21: {"uint4", 0}, 22: {"int4", 0}, 23: {"float4e2m1", 0}, 24: {"float8e8m0", 0},
}

// String returns a short name.
func (t ElementType) String() string {
	if info, ok := elementTypes[t]; ok {
		return info.name
	}
	return fmt.Sprintf("element type %d", int64(t))
}

func (t ElementType) isFloat() bool {
	return t == Float32 || t == Float16 || t == BFloat16 || t == Float64
}

// isKnown reports whether values of the type are computed with.
func (t ElementType) isKnown() bool { return elementTypes[t].bytes > 0 }

// Largest returns the largest finite number of a floating-point type, and Smallest the least that is above zero.
func (t ElementType) Largest() float64 {
	switch t {
	case Float16:
		return 65504
	case BFloat16:
		return 3.3895313892515355e38
	case Float32:
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// Smallest returns the least number above zero.
func (t ElementType) Smallest() float64 {
	switch t {
	case Float16:
		return 0x1p-24
	case BFloat16:
		return 0x1p-133
	case Float32:
		return math.SmallestNonzeroFloat32
	}
	return math.SmallestNonzeroFloat64
}

// Epsilon returns half the distance from 1 to the next number: what rounding changes a number by at most, relative to
// it.
func (t ElementType) Epsilon() float64 {
	switch t {
	case Float16:
		return 0x1p-11
	case BFloat16:
		return 0x1p-8
	case Float32:
		return 0x1p-24
	}
	return 0x1p-53
}

// Round returns the nearest number that the type can hold, to even in the middle; an infinity where that is beyond
// its range.
func (t ElementType) Round(x float64) float64 {
	digits, smallest := 0, 0 // of the significand, and the exponent of the smallest number
	switch t {
	case Float32:
		return float64(float32(x))
	case Float16:
		digits, smallest = 11, -24
	case BFloat16:
		digits, smallest = 8, -133
	default:
		return x
	}
	if x == 0 || math.IsInf(x, 0) || x != x {
		return x
	}
	// Numbers of the type are multiples of a unit there. Adding 1.5·2⁵² units leaves float64 no bits below one: it
	// rounds.
	exponent := int(math.Float64bits(x)>>52&0x7ff) - 1022 // x < 2^exponent
	unit := max(exponent-digits, smallest)
	magic := math.Float64frombits(uint64(1023+52+unit)<<52 | 1<<51)
	x = x + magic - magic
	if math.Abs(x) > t.Largest() {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return x
}

// wrap gives an integer the value that it has in the type: the low bits count.
func (t ElementType) wrap(v int64) int64 {
	switch t {
	case Uint8:
		return int64(uint8(v))
	case Int8:
		return int64(int8(v))
	case Uint16:
		return int64(uint16(v))
	case Int16:
		return int64(int16(v))
	case Uint32:
		return int64(uint32(v))
	case Int32:
		return int64(int32(v))
	case Bool:
		if v != 0 {
			return 1
		}
	}
	return v
}

// Array is a value while a model is evaluated: its elements in row-major order. Floats are float64, rounded to what
// the type can hold. Integers and truths are in Ints; those of uint64 by their bits.
type Array struct {
	Type   ElementType
	Dims   []int64
	Floats []float64
	Ints   []int64
}

// maxElements is how many elements a tensor may have.
const maxElements = 1<<31 - 1

// elements returns the number of elements of a shape.
func elements(dims []int64) (int64, error) {
	n := int64(1)
	for _, d := range dims {
		if d < 0 || d > maxElements {
			return 0, fmt.Errorf("the shape %v is impossible", dims)
		}
		if n *= d; n > maxElements { // both factors have 31 bits
			return 0, fmt.Errorf("a tensor of shape %v has too many elements", dims)
		}
	}
	return n, nil
}

// size returns the bytes that the tensor's data must have.
func (t *Tensor) size() (int64, error) {
	if !t.Type.isKnown() {
		return 0, Uncovered("%s is not computed with here", t.Type)
	}
	n, err := elements(t.Dims)
	return n * elementTypes[t.Type].bytes, err
}

// check makes sure that the tensor has the data that its shape needs.
func (t *Tensor) check() error {
	size, err := t.size()
	if err != nil {
		return err
	}
	n, width := size/elementTypes[t.Type].bytes, elementTypes[t.Type].bytes
	switch {
	case t.Raw != nil || t.outside:
		if int64(len(t.Raw)) != size {
			return fmt.Errorf("it has %d bytes, its shape %v needs %d", len(t.Raw), t.Dims, size)
		}
	case t.Type == Float32 || t.Type == Float64:
		if int64(len(t.listed)) != size {
			return fmt.Errorf("it has %d values, its shape %v needs %d", int64(len(t.listed))/width, t.Dims, n)
		}
	case int64(len(t.Ints)) != n:
		return fmt.Errorf("it has %d values, its shape %v needs %d", len(t.Ints), t.Dims, n)
	}
	return nil
}

// array returns the values of a tensor that check has found to be whole.
func (t *Tensor) array() Array {
	a := Array{Type: t.Type, Dims: t.Dims}
	n, _ := elements(t.Dims)
	raw := t.Raw
	if raw == nil {
		raw = t.listed
	}
	if !t.Type.isFloat() {
		a.Ints = t.Ints
		if t.Raw != nil {
			a.Ints = make([]int64, n)
			for i := range a.Ints {
				a.Ints[i] = t.Type.wrap(little(raw, i, elementTypes[t.Type].bytes))
			}
		}
		return a
	}
	a.Floats = make([]float64, n)
	for i := range a.Floats {
		var bits int64
		if raw != nil {
			bits = little(raw, i, elementTypes[t.Type].bytes)
		} else {
			bits = t.Ints[i]
		}
		a.Floats[i] = t.Type.float(uint64(bits))
	}
	return a
}

// little returns the i-th little-endian number of so many bytes.
func little(raw []byte, i int, bytes int64) int64 {
	switch bytes {
	case 1:
		return int64(raw[i])
	case 2:
		return int64(binary.LittleEndian.Uint16(raw[2*i:]))
	case 4:
		return int64(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return int64(binary.LittleEndian.Uint64(raw[8*i:]))
}

// float returns the number that has these bits.
func (t ElementType) float(bits uint64) float64 {
	switch t {
	case Float32:
		return float64(math.Float32frombits(uint32(bits)))
	case Float16:
		return wideFloat16(uint16(bits))
	case BFloat16:
		return float64(math.Float32frombits(uint32(bits) << 16))
	}
	return math.Float64frombits(bits)
}

// wideFloat16 reads an IEEE 754 half-precision number: a sign, five bits of exponent, ten of fraction.
func wideFloat16(h uint16) float64 {
	fraction, exponent := float64(h&0x3ff), int(h>>10&0x1f)
	value := math.Ldexp(1+fraction/1024, exponent-15)
	switch {
	case exponent == 0: // no hidden one
		value = math.Ldexp(fraction, -24)
	case exponent == 31 && fraction == 0:
		value = math.Inf(1)
	case exponent == 31:
		value = math.NaN()
	}
	if h>>15 == 1 {
		value = -value
	}
	return value
}

// Constant returns the values of an initializer.
func (m *Model) Constant(name string) (Array, bool) {
	for i := range m.Graph.Initializers {
		if t := &m.Graph.Initializers[i]; t.Name == name && t.check() == nil {
			return t.array(), true
		}
	}
	return Array{}, false
}
