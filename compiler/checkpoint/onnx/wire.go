package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is one protobuf message that lies in a file from at to end. Its fields are read one after the other, and what
// a field contains is passed over unless it is asked for: weights stay in the file.
type message struct {
	r       io.ReaderAt
	at, end int64
	window  []byte // of the file from start on
	start   int64
}

// field is one field: a number, or the place of its bytes.
type field struct {
	number   protowire.Number
	kind     protowire.Type
	value    uint64 // of a varint
	from, to int64  // of bytes, and of fixed-size numbers
}

var errTruncated = errors.New("it is truncated or damaged")

// readError tells a file that ends from one that cannot be read.
func readError(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return errTruncated
	}
	return err
}

// next returns the next field; ok is false after the last one.
func (m *message) next() (f field, ok bool, err error) {
	if m.at == m.end {
		return f, false, nil
	}
	place := m.at
	f, err = m.field()
	if err != nil {
		return f, false, fmt.Errorf("byte %d: %w", place, err)
	}
	return f, true, nil
}

func (m *message) field() (f field, err error) {
	tag, err := m.varint()
	if err != nil {
		return f, err
	}
	f.number, f.kind = protowire.DecodeTag(tag)
	if f.number < protowire.MinValidNumber {
		return f, errTruncated
	}
	length := uint64(0)
	switch f.kind {
	case protowire.VarintType:
		f.value, err = m.varint()
		return f, err
	case protowire.Fixed32Type:
		length = 4
	case protowire.Fixed64Type:
		length = 8
	case protowire.BytesType:
		if length, err = m.varint(); err != nil {
			return f, err
		}
	default:
		return f, errTruncated // groups, which ONNX does not have
	}
	if length > uint64(m.end-m.at) {
		return f, fmt.Errorf("field %d has %d bytes, but only %d are left: %w", f.number, length, m.end-m.at,
			errTruncated)
	}
	f.from = m.at
	m.at += int64(length)
	f.to = m.at
	return f, nil
}

// varint reads a number.
func (m *message) varint() (uint64, error) {
	b, err := m.peek(binary.MaxVarintLen64)
	if err != nil {
		return 0, err
	}
	v, n := protowire.ConsumeVarint(b)
	if n < 0 {
		return 0, errTruncated
	}
	m.at += int64(n)
	return v, nil
}

// peek returns up to n of the next bytes.
func (m *message) peek(n int64) ([]byte, error) {
	n = min(n, m.end-m.at)
	if m.at < m.start || m.at+n > m.start+int64(len(m.window)) {
		size := min(m.end-m.at, 512)
		window := make([]byte, size)
		if n, err := m.r.ReadAt(window, m.at); n < len(window) {
			return nil, readError(err)
		}
		m.window, m.start = window, m.at
	}
	return m.window[m.at-m.start:][:n], nil
}

// inner returns the message in a field.
func (m *message) inner(f field) (*message, error) {
	if f.kind != protowire.BytesType {
		return nil, fmt.Errorf("byte %d: field %d is no message", m.at, f.number)
	}
	return &message{r: m.r, at: f.from, end: f.to}, nil
}

// float returns the 32-bit floating-point number in a field.
func (m *message) float(f field) (float32, error) {
	var b [4]byte
	if _, err := m.r.ReadAt(b[:], f.from); err != nil {
		return 0, readError(err)
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(b[:])), nil
}

// maxText bounds names and other strings.
const maxText = 1 << 16

// text returns the string in a field.
func (m *message) text(f field) (string, error) {
	if f.kind != protowire.BytesType || f.to-f.from > maxText {
		return "", fmt.Errorf("byte %d: field %d is no string, or one of over %d bytes", f.from, f.number, maxText)
	}
	b := make([]byte, f.to-f.from)
	if n, err := m.r.ReadAt(b, f.from); n < len(b) {
		return "", readError(err)
	}
	return string(b), nil
}
