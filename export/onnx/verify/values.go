package verify

import (
	"encoding/binary"
	"fmt"
	"math"
)

// integers returns the values of an Int64 tensor.
func (t *Tensor) integers() ([]int64, error) {
	n, err := elements(t.Dims)
	if err != nil {
		return nil, err
	}
	if t.Raw == nil {
		if int64(len(t.Ints)) != n {
			return nil, fmt.Errorf("%s has %d values, its shape %v needs %d", t.Name, len(t.Ints), t.Dims, n)
		}
		return t.Ints, nil
	}
	if int64(len(t.Raw)) != 8*n {
		return nil, fmt.Errorf("%s has %d bytes, its shape %v needs %d", t.Name, len(t.Raw), t.Dims, 8*n)
	}
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(binary.LittleEndian.Uint64(t.Raw[8*i:]))
	}
	return values, nil
}

// floats returns the values of a floating-point tensor, whose size Check has seen.
func (t *Tensor) floats() []float32 {
	values := make([]float32, len(t.Raw)/int(elementTypes[t.Type].bytes))
	for i := range values {
		switch t.Type {
		case Float32:
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Raw[4*i:]))
		case Float16:
			values[i] = wideFloat16(binary.LittleEndian.Uint16(t.Raw[2*i:]))
		case BFloat16:
			values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.Raw[2*i:])) << 16)
		}
	}
	return values
}

func wideFloat16(h uint16) float32 {
	fraction, exponent := float64(h&0x3ff), int(h>>10&0x1f)
	value := math.Ldexp(1+fraction/1024, exponent-15)
	switch {
	case exponent == 0:
		value = math.Ldexp(fraction, -24)
	case exponent == 31 && fraction == 0:
		value = math.Inf(1)
	case exponent == 31:
		value = math.NaN()
	}
	if h>>15 == 1 {
		value = -value
	}
	return float32(value)
}

// round gives each value the nearest that the type can hold, to even in the middle.
func (t ElementType) round(values []float32) {
	digits, smallest, largest := 0, 0, 0.0
	switch t {
	case Float16:
		digits, smallest, largest = 11, -24, 65504
	case BFloat16:
		digits, smallest, largest = 8, -133, 3.3895313892515355e38
	default:
		return
	}
	for i, v := range values {
		x := float64(v)
		if x == 0 || math.IsInf(x, 0) || x != x {
			continue
		}
		_, exponent := math.Frexp(x)
		unit := max(exponent-digits, smallest)
		x = math.Ldexp(math.RoundToEven(math.Ldexp(x, -unit)), unit)
		if math.Abs(x) > largest {
			x = math.Inf(int(math.Copysign(1, x)))
		}
		values[i] = float32(x)
	}
}
