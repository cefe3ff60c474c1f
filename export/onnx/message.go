package onnx

import (
	"encoding/binary"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message being written: its fields in wire format. Large arrays are kept as references, so that
// weights are encoded while they are written and never held twice.
type message struct {
	parts []part
	size  int
}

// part is a piece of a message: bytes, or else floats as raw little-endian data.
type part struct {
	bytes  []byte
	floats []float32
}

func (m *message) raw(b []byte) {
	m.size += len(b)
	if n := len(m.parts); n > 0 && m.parts[n-1].floats == nil {
		m.parts[n-1].bytes = append(m.parts[n-1].bytes, b...)
		return
	}
	m.parts = append(m.parts, part{bytes: b})
}

func (m *message) int(field protowire.Number, v int64) {
	m.raw(protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.VarintType), uint64(v)))
}

func (m *message) float(field protowire.Number, v float32) {
	m.raw(protowire.AppendFixed32(protowire.AppendTag(nil, field, protowire.Fixed32Type), math.Float32bits(v)))
}

func (m *message) string(field protowire.Number, v string) {
	m.raw(protowire.AppendString(protowire.AppendTag(nil, field, protowire.BytesType), v))
}

// floats adds a bytes field with the values in little-endian order.
func (m *message) floats(field protowire.Number, v []float32) {
	m.raw(protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.BytesType), uint64(4*len(v))))
	if len(v) > 0 {
		m.parts = append(m.parts, part{floats: v})
		m.size += 4 * len(v)
	}
}

// packed adds a packed repeated int64 field.
func (m *message) packed(field protowire.Number, values []int64) {
	var b []byte
	for _, v := range values {
		b = protowire.AppendVarint(b, uint64(v))
	}
	m.raw(protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b))
}

func (m *message) message(field protowire.Number, inner *message) {
	m.raw(protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.BytesType), uint64(inner.size)))
	for _, p := range inner.parts {
		if p.floats == nil {
			m.raw(p.bytes)
			continue
		}
		m.parts = append(m.parts, p)
		m.size += 4 * len(p.floats)
	}
}

// writeTo writes the message, encoding arrays a piece at a time.
func (m *message) writeTo(w io.Writer) error {
	buffer := make([]byte, 0, 256<<10)
	for _, p := range m.parts {
		if p.floats == nil {
			if _, err := w.Write(p.bytes); err != nil {
				return err
			}
			continue
		}
		for rest := p.floats; len(rest) > 0; {
			n := min(len(rest), cap(buffer)/4)
			buffer = buffer[:4*n]
			for i, v := range rest[:n] {
				binary.LittleEndian.PutUint32(buffer[4*i:], math.Float32bits(v))
			}
			if _, err := w.Write(buffer); err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	return nil
}
