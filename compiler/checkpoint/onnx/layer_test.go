package onnx

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// attributes of a NodeProto.
func ints(name string, values ...uint64) fields {
	a := fields(nil).text(1, name)
	for _, v := range values {
		a = a.int(8, v)
	}
	return a.int(20, 7)
}

func float(name string, value float32) fields {
	a := fields(nil).text(1, name)
	return fields(protowire.AppendFixed32(protowire.AppendTag(a, 2, protowire.Fixed32Type),
		math.Float32bits(value))).int(20, 1)
}

// TestLayer reads what operations say of their parameters: how a convolution pads, also by a Pad before it, and the
// epsilon of a batch norm.
func TestLayer(t *testing.T) {
	weight := initializer("w", 1, "\x00\x00\x00\x00", 1, 1, 1, 1)
	eight := func(values ...int64) string {
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
		return string(b)
	}
	conv := func(input string, attributes ...fields) fields {
		o := operation("Conv", "y", input, "w")
		for _, a := range attributes {
			o = o.bytes(5, a)
		}
		return o
	}
	pad := func(attributes ...fields) fields {
		o := operation("Pad", "padded", "x", "p")
		for _, a := range attributes {
			o = o.bytes(5, a)
		}
		return o
	}
	torchPad := []fields{operation("Concat", "c", "list", "zeros"), operation("Reshape", "r", "c", "s"),
		operation("Slice", "l", "r", "a", "b"),
		operation("Transpose", "t", "l"), operation("Reshape", "f", "t", "s"), operation("Cast", "p", "f"), pad()}
	amounts := initializer("p", 7, eight(0, 0, 0, 1, 0, 0, 2, 3), 8)
	tests := []struct {
		name       string
		operations []fields
		tensors    []fields
		want       *stored.Layer
	}{
		{"attribute", []fields{conv("x", ints("pads", 1, 2, 3, 4))}, []fields{weight},
			&stored.Layer{Pads: []int64{1, 2, 3, 4}}},
		{"none", []fields{conv("x")}, []fields{weight}, &stored.Layer{Pads: []int64{0, 0, 0, 0}}},
		{"Pad before it", []fields{pad(), conv("padded")}, []fields{amounts, weight},
			&stored.Layer{Pads: []int64{0, 1, 2, 3}}},
		{"Pad before it, as an attribute", []fields{pad(ints("pads", 0, 0, 0, 1, 0, 0, 1, 0)),
			conv("padded", ints("pads", 1, 1, 1, 1))}, []fields{weight},
			&stored.Layer{Pads: []int64{1, 2, 2, 1}}},
		{"Pad of what is computed", []fields{pad(), conv("padded")}, []fields{weight}, nil},
		{"Pad as torch.onnx.export writes it", append(slices.Clone(torchPad), conv("padded")),
			[]fields{initializer("list", 7, eight(1, 2, 3, 4), 4), weight},
			&stored.Layer{Pads: []int64{3, 1, 4, 2}}},
		{"Pad of channels", []fields{pad(ints("pads", 0, 1, 0, 1, 0, 0, 1, 0)), conv("padded")}, []fields{weight}, nil},
		{"a rule", []fields{conv("x", fields(nil).text(1, "auto_pad").text(4, "SAME_UPPER"))}, []fields{weight}, nil},
		{"no rule", []fields{conv("x", fields(nil).text(1, "auto_pad").text(4, "NOTSET"), ints("pads", 1, 1, 1, 1))},
			[]fields{weight}, &stored.Layer{Pads: []int64{1, 1, 1, 1}}},
		{"a sequence", []fields{conv("x", ints("pads", 1, 1))}, []fields{weight}, nil},
		{"epsilon", []fields{operation("BatchNormalization", "y", "x", "w", "w", "w", "w").bytes(5,
			float("epsilon", 0.5))}, []fields{weight}, &stored.Layer{Epsilon: 0.5}},
		{"epsilon left out", []fields{operation("BatchNormalization", "y", "x", "w", "w", "w", "w")}, []fields{weight},
			&stored.Layer{Epsilon: float64(float32(1e-5))}},
		{"another reader", []fields{operation("Mul", "y", "x", "w")}, []fields{weight}, nil},
	}
	for _, tt := range tests {
		data := graph(tt.operations, tt.tensors...)
		state, err := Read(bytes.NewReader(data), int64(len(data)), beside)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		at := slices.IndexFunc(state.Tensors, func(t stored.Tensor) bool { return t.Name == "w" })
		got := state.Tensors[at].Layer
		if (got == nil) != (tt.want == nil) || got != nil && (got.Epsilon != tt.want.Epsilon ||
			!slices.Equal(got.Pads, tt.want.Pads)) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
		if len(state.Operations) == 0 {
			t.Errorf("%s: no operation is named", tt.name)
		}
	}
}

// TestInput reads the shape of the model's input, with the batch left open, and not that of an initializer beside it.
func TestInput(t *testing.T) {
	dim := func(v uint64) fields {
		if v == 0 {
			return fields(nil).text(2, "batch")
		}
		return fields(nil).int(1, v)
	}
	value := func(name string, dims ...uint64) fields {
		var shape fields
		for _, d := range dims {
			shape = shape.bytes(1, dim(d))
		}
		return fields(nil).text(1, name).bytes(2, fields(nil).bytes(1, fields(nil).int(1, 1).bytes(2, shape)))
	}
	weight := initializer("w", 1, "\x00\x00\x00\x00", 1)
	for _, tt := range []struct {
		inputs []fields
		want   []int64
	}{
		{[]fields{value("x", 0, 3, 224, 192)}, []int64{0, 3, 224, 192}},
		{[]fields{value("w", 1), value("x", 1, 3, 8, 8)}, []int64{1, 3, 8, 8}},
		{[]fields{value("x", 1, 2), value("y", 1)}, nil},
		{nil, nil},
	} {
		g := fields(nil).bytes(1, operation("Mul", "z", "x", "w")).bytes(5, weight)
		for _, in := range tt.inputs {
			g = g.bytes(11, in)
		}
		data := fields(nil).int(1, 8).bytes(7, g)
		state, err := Read(bytes.NewReader(data), int64(len(data)), beside)
		if err != nil || !slices.Equal(state.Input, tt.want) {
			t.Errorf("got %v, %v, want %v", state.Input, err, tt.want)
		}
	}
}
