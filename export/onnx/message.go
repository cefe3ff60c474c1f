package onnx

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message being written: its fields in wire format. The values of large tensors are only referred
// to, so that the size of the message is known before any of them is.
type message struct {
	parts []part
	size  int
}

// part is a piece of a message: bytes, or else the raw data of a tensor.
type part struct {
	bytes  []byte
	tensor *tensor
}

func (m *message) raw(b []byte) {
	m.size += len(b)
	if n := len(m.parts); n > 0 && m.parts[n-1].tensor == nil {
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

// data adds a bytes field with the values of a tensor.
func (m *message) data(field protowire.Number, t *tensor) {
	m.raw(protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.BytesType), uint64(t.size())))
	m.parts = append(m.parts, part{tensor: t})
	m.size += t.size()
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
		if p.tensor == nil {
			m.raw(p.bytes)
			continue
		}
		m.parts = append(m.parts, p)
		m.size += p.tensor.size()
	}
}
