package onnx

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/params"
)

// What a model consists of, and how that is encoded, with the field numbers of onnx.proto
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

// Value is a tensor that goes in, out or from one operation to another.
type Value struct {
	Name string
	Type ElementType
	Dims []Dim
}

// node is a NodeProto.
type node struct {
	operator   string
	name       string
	inputs     []string
	outputs    []string
	attributes []*message
}

// tensor is a TensorProto: an initializer with integers, or with floats that come when it is written.
type tensor struct {
	name    string
	shape   []int
	element ElementType
	ints    []int64 // of an Int64
	open    func() (params.Reader, error)
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// size returns the bytes of the tensor's raw data.
func (t *tensor) size() int { return elements(t.shape) * t.element.bytes() }

// encode returns the ModelProto. The tensors for which external has a place are left to the file of that name.
func (m *Model) encode(location string, external map[*tensor]int) *message {
	version := &message{} // OperatorSetIdProto
	version.string(1, "")
	version.int(2, int64(m.Opset))
	out := &message{}
	out.int(1, irVersions[m.Opset])
	out.string(2, "netc")
	if m.version != "" {
		out.string(3, m.version)
	}
	out.message(7, m.encodeGraph(location, external))
	out.message(8, version)
	for _, p := range m.Properties {
		out.message(14, entry(p.Key, p.Value))
	}
	return out
}

// entry is a StringStringEntryProto.
func entry(key, value string) *message {
	m := &message{}
	m.string(1, key)
	m.string(2, value)
	return m
}

func (m *Model) encodeGraph(location string, external map[*tensor]int) *message {
	g := &message{}
	for _, n := range m.nodes {
		g.message(1, n.encode())
	}
	g.string(2, m.Name)
	for _, t := range m.initializers {
		offset, outside := external[t]
		if !outside {
			g.message(5, t.encode())
			continue
		}
		g.message(5, t.encodeReference(location, offset))
	}
	encodeValues(g, 11, m.Inputs)
	encodeValues(g, 12, m.Outputs)
	encodeValues(g, 13, m.infos)
	return g
}

func encodeValues(g *message, field protowire.Number, values []Value) {
	for _, v := range values {
		g.message(field, v.encode())
	}
}

func (n *node) encode() *message {
	m := &message{}
	for _, in := range n.inputs {
		m.string(1, in)
	}
	for _, out := range n.outputs {
		m.string(2, out)
	}
	m.string(3, n.name)
	m.string(4, n.operator)
	for _, a := range n.attributes {
		m.message(5, a)
	}
	return m
}

// encode returns a ValueInfoProto.
func (v Value) encode() *message {
	dims := &message{} // TensorShapeProto
	for _, d := range v.Dims {
		dim := &message{}
		if d.Symbol != "" {
			dim.string(2, d.Symbol)
		} else {
			dim.int(1, int64(d.Size))
		}
		dims.message(1, dim)
	}
	tensor := &message{} // TypeProto.Tensor
	tensor.int(1, v.Type.number())
	tensor.message(2, dims)
	kind := &message{} // TypeProto
	kind.message(1, tensor)
	m := &message{}
	m.string(1, v.Name)
	m.message(2, kind)
	return m
}

// head is a TensorProto without its data.
func (t *tensor) head() *message {
	m := &message{}
	dims := make([]int64, len(t.shape))
	for i, d := range t.shape {
		dims[i] = int64(d)
	}
	if len(dims) > 0 {
		m.packed(1, dims)
	}
	m.int(2, t.element.number())
	return m
}

func (t *tensor) encode() *message {
	m := t.head()
	if t.element == Int64 {
		m.packed(7, t.ints)
	}
	m.string(8, t.name)
	if t.element != Int64 {
		m.data(9, t)
	}
	return m
}

// encodeReference is the tensor with its data in another file.
func (t *tensor) encodeReference(location string, offset int) *message {
	m := t.head()
	m.string(8, t.name)
	m.message(13, entry("location", location))
	m.message(13, entry("offset", strconv.Itoa(offset)))
	m.message(13, entry("length", strconv.Itoa(t.size())))
	m.int(14, 1) // DataLocation EXTERNAL
	return m
}

// attribute is an AttributeProto of one of the types that netc uses.
func attribute(name string, value any) *message {
	const isFloat, isInt, isString, isInts = 1, 2, 3, 7
	m := &message{}
	m.string(1, name)
	kind := int64(0)
	switch v := value.(type) {
	case float32:
		m.float(2, v)
		kind = isFloat
	case int:
		m.int(3, int64(v))
		kind = isInt
	case string:
		m.string(4, v)
		kind = isString
	case []int64:
		m.packed(8, v)
		kind = isInts
	default:
		panic("onnx: no such attribute type")
	}
	m.int(20, kind)
	return m
}

func ints(name string, values ...int) *message {
	wide := make([]int64, len(values))
	for i, v := range values {
		wide[i] = int64(v)
	}
	return attribute(name, wide)
}
