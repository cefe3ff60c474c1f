package onnx

import (
	"github.com/netc-lang/netc/compiler/ir"
)

// The messages of ONNX that netc writes, with the field numbers of onnx.proto
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

const (
	irVersion = 8  // of ONNX 1.12 to 1.13, which goes with
	opset     = 17 // as of ONNX 1.12
)

const elementFloat, elementInt64 = 1, 7 // TensorProto.DataType

// model is a ModelProto.
func model(graph *message) *message {
	version := &message{} // OperatorSetIdProto
	version.string(1, "")
	version.int(2, opset)
	m := &message{}
	m.int(1, irVersion)
	m.string(2, "netc")
	m.message(7, graph)
	m.message(8, version)
	return m
}

// valueInfo is a ValueInfoProto: a float tensor with the symbolic batch dimension N.
func valueInfo(name string, shape ir.Shape) *message {
	dims := &message{} // TensorShapeProto
	batch := &message{}
	batch.string(2, "N")
	dims.message(1, batch)
	for _, d := range shape {
		dim := &message{}
		dim.int(1, int64(d))
		dims.message(1, dim)
	}
	tensor := &message{} // TypeProto.Tensor
	tensor.int(1, elementFloat)
	tensor.message(2, dims)
	kind := &message{} // TypeProto
	kind.message(1, tensor)
	m := &message{}
	m.string(1, name)
	m.message(2, kind)
	return m
}

// tensorHead is a TensorProto without its data.
func tensorHead(name string, shape []int, element int64) *message {
	m := &message{}
	dims := make([]int64, len(shape))
	for i, d := range shape {
		dims[i] = int64(d)
	}
	if len(dims) > 0 {
		m.packed(1, dims)
	}
	m.int(2, element)
	m.string(8, name)
	return m
}

func floatTensor(name string, shape []int, values []float32) *message {
	m := tensorHead(name, shape, elementFloat)
	m.floats(9, values)
	return m
}

func intTensor(name string, values ...int64) *message {
	m := tensorHead(name, []int{len(values)}, elementInt64)
	m.packed(7, values)
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
