package onnx

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

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

// halves opens 16-bit floats that are stored as varints.
func halves(r io.ReaderAt, from, to int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return io.NopCloser(&halfReader{in: bufio.NewReader(io.NewSectionReader(r, from, to-from))}), nil
	}
}

type halfReader struct {
	in   *bufio.Reader
	half []byte // of a number of which one byte is read
}

func (h *halfReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(h.half) == 0 {
			v, err := binary.ReadUvarint(h.in)
			if err != nil {
				return n, err
			}
			if v > 0xffff {
				return n, errors.New("a 16-bit float has more than 16 bits")
			}
			h.half = []byte{byte(v), byte(v >> 8)}
		}
		k := copy(p[n:], h.half)
		h.half = h.half[k:]
		n += k
	}
	return n, nil
}
