package onnx

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// maxDimensions bounds a shape.
const maxDimensions = 64

// dims adds the dimensions in a field, one or several.
func dims(m *message, f field, shape *[]int64) error {
	add := func(d uint64) error {
		if len(*shape) == maxDimensions {
			return fmt.Errorf("it has over %d dimensions", maxDimensions)
		}
		*shape = append(*shape, int64(d))
		return nil
	}
	if f.kind == protowire.VarintType {
		return add(f.value)
	}
	packed, err := m.inner(f)
	if err != nil {
		return err
	}
	for packed.at < packed.end {
		d, err := packed.varint()
		if err != nil {
			return err
		}
		if err := add(d); err != nil {
			return err
		}
	}
	return nil
}

// external reads one StringStringEntryProto of external_data.
func external(m *message, f field, v *values) error {
	entry, err := m.inner(f)
	if err != nil {
		return err
	}
	var key, value string
	for {
		f, ok, err := entry.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch f.number {
		case 1:
			key, err = entry.text(f)
		case 2:
			value, err = entry.text(f)
		}
		if err != nil {
			return err
		}
	}
	if v.external == nil {
		v.external = map[string]string{}
	}
	if _, ok := v.external[key]; ok || len(v.external) > 8 {
		return fmt.Errorf("its external_data has %s twice, or too much", stored.Quote(key))
	}
	v.external[key] = value
	return nil
}

// varints says which numbers int32_data may hold for a type that is narrower, as it is stored: a varint each. 16-bit
// floats are their bits, integers are themselves, negative ones as 64-bit two's complement.
var varints = map[stored.Type]func(v uint64) bool{
	stored.F16:  func(v uint64) bool { return v <= math.MaxUint16 },
	stored.BF16: func(v uint64) bool { return v <= math.MaxUint16 },
	"U8":        func(v uint64) bool { return v <= math.MaxUint8 },
	"U16":       func(v uint64) bool { return v <= math.MaxUint16 },
	"I8":        func(v uint64) bool { return int64(v) == int64(int8(v)) },
	"I16":       func(v uint64) bool { return int64(v) == int64(int16(v)) },
	"I32":       func(v uint64) bool { return int64(v) == int64(int32(v)) },
}

// narrow opens numbers that are stored as varints.
func narrow(r io.ReaderAt, f field, kind stored.Type) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		in := bufio.NewReader(io.NewSectionReader(r, f.from, f.to-f.from))
		return io.NopCloser(&narrowReader{in: in, kind: kind}), nil
	}
}

type narrowReader struct {
	in   *bufio.Reader
	kind stored.Type
	rest []byte // of a number of which not all bytes are read
	word [8]byte
}

func (r *narrowReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.rest) == 0 {
			v, err := binary.ReadUvarint(r.in)
			if err != nil {
				return n, err
			}
			if !varints[r.kind](v) {
				return n, fmt.Errorf("has the number %d, which is none of the type %s", int64(v), r.kind)
			}
			binary.LittleEndian.PutUint64(r.word[:], v)
			r.rest = r.word[:r.kind.Size()]
		}
		k := copy(p[n:], r.rest)
		r.rest = r.rest[k:]
		n += k
	}
	return n, nil
}
