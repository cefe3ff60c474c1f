package stored

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unsafe"
)

// Values reads the tensor in row-major order. The elements become float32; float64 ones must be such numbers already, as they
// are where somebody widened a float32 network.
func (t *Tensor) Values() ([]float32, error) {
	n, err := Elements(t.Shape)
	if err != nil {
		return nil, t.wrap(err)
	}
	if !t.Type.Readable() {
		return nil, t.wrap(fmt.Errorf("is of type %s; F32, F16, BF16 and F64 can be read", t.Type))
	}
	r, err := t.Open()
	if err != nil {
		return nil, t.wrap(err)
	}
	defer r.Close()
	if t.Stride == nil || RowMajor(t.Shape, t.Stride) {
		values, err := decode(r, t.Type, n)
		return values, t.wrap(err)
	}
	span, err := Span(t.Shape, t.Stride)
	if err != nil {
		return nil, t.wrap(err)
	}
	raw, err := decode(r, t.Type, span)
	if err != nil {
		return nil, t.wrap(err)
	}
	return gather(raw, t.Shape, t.Stride, n), nil
}

func (t *Tensor) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("tensor %s %w", Quote(t.Name), err)
}

// gather puts a strided tensor into row-major order.
func gather(raw []float32, shape, stride []int64, n int64) []float32 {
	values := make([]float32, n)
	index := make([]int64, len(shape))
	at := int64(0)
	for i := range values {
		values[i] = raw[at]
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			at += stride[d]
			if index[d] < shape[d] {
				break
			}
			at -= stride[d] * shape[d]
			index[d] = 0
		}
	}
	return values
}

// decode reads n elements.
func decode(r io.Reader, kind Type, n int64) ([]float32, error) {
	if kind == F32 {
		return decodeFloat32(r, n)
	}
	width := kind.Size()
	values := make([]float32, 0, min(n, 1<<20))
	piece := make([]byte, 64<<10)
	for left := n * width; left > 0; {
		part := piece[:min(left, int64(len(piece)))]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, truncated(err)
		}
		left -= int64(len(part))
		for i := 0; i < len(part); i += int(width) {
			switch kind {
			case BF16:
				values = append(values, math.Float32frombits(uint32(binary.LittleEndian.Uint16(part[i:]))<<16))
			case F16:
				values = append(values, float16(binary.LittleEndian.Uint16(part[i:])))
			case F64:
				wide := math.Float64frombits(binary.LittleEndian.Uint64(part[i:]))
				x := float32(wide)
				if float64(x) != wide && wide == wide {
					return nil, fmt.Errorf("holds the float64 %v at element %d, which float32 cannot hold exactly: convert the file to float32", wide, len(values))
				}
				values = append(values, x)
			}
		}
	}
	return values, nil
}

// decodeFloat32 reads straight into the result: most checkpoints are of this type, and large. It grows the result as the bytes arrive,
// so that a compressed file that lies about its size costs nothing.
func decodeFloat32(r io.Reader, n int64) ([]float32, error) {
	const step = 16 << 20
	values := make([]float32, min(n, step))
	for done := int64(0); done < n; {
		if done == int64(len(values)) {
			values = append(values, make([]float32, min(n-done, max(step, done)))...)
		}
		part := values[done:]
		if _, err := io.ReadFull(r, bytesOf(part)); err != nil {
			return nil, truncated(err)
		}
		done += int64(len(part))
	}
	if !littleEndian {
		for i, v := range values {
			b := (*[4]byte)(unsafe.Pointer(&v))
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[:]))
		}
	}
	return values, nil
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// bytesOf returns the memory of values.
func bytesOf(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}

func truncated(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("ends too early: the file is truncated or damaged")
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// float16 widens an IEEE 754 half-precision number.
func float16(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15), uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		x := float32(fraction) / (1 << 24)
		if sign == 1 {
			return -x
		}
		return x
	case 0x1f:
		return math.Float32frombits(sign<<31 | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign<<31 | (exponent+127-15)<<23 | fraction<<13)
}

// NonFinite counts the NaN and the infinite values.
func NonFinite(values []float32) (nan, infinite int) {
	for _, v := range values {
		if bits := math.Float32bits(v); bits&0x7f800000 == 0x7f800000 {
			if v != v {
				nan++
			} else {
				infinite++
			}
		}
	}
	return nan, infinite
}
