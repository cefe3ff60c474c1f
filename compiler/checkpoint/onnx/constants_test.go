package onnx

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestConstants reads weights in Constant nodes and behind Identity, Cast, Transpose and DequantizeLinear, and
// compares them with what NumPy makes of them: see testdata/make_constants.py.
func TestConstants(t *testing.T) {
	data, err := os.ReadFile("testdata/constants.onnx")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/constants.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []struct {
		Name     string
		Shape    []int64
		Values   []float32
		Optional bool
		Order    string
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	state, err := Read(bytes.NewReader(data), int64(len(data)), beside)
	got, passed := state.Tensors, state.Passed
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if i >= len(got) {
			t.Errorf("%s is missing", w.Name)
			continue
		}
		values, err := got[i].Values()
		if got[i].Name != w.Name || !slices.Equal(got[i].Shape, w.Shape) || err != nil ||
			!slices.Equal(values, w.Values) || got[i].Optional != w.Optional || got[i].Order != w.Order {
			t.Errorf("tensor %d is %s %v %s %v, %v\nwant %+v", i, got[i].Name, got[i].Shape, got[i].Order, values, err,
				w)
		}
	}
	for _, surplus := range got[min(len(want), len(got)):] {
		t.Errorf("%s is no weight", surplus.Name)
	}
	slices.Sort(passed)
	if want := []string{"low", "scales", "six"}; !slices.Equal(passed, want) {
		t.Errorf("passed over are %v, want %v", passed, want)
	}
}

// initializer is a tensor of n elements of a type, given by its bytes.
func initializer(name string, kind uint64, data string, shape ...uint64) fields {
	f := fields(nil)
	for _, d := range shape {
		f = f.int(1, d)
	}
	return f.int(2, kind).text(8, name).text(9, data)
}

// operation is a NodeProto.
func operation(op string, output string, inputs ...string) fields {
	f := fields(nil)
	for _, in := range inputs {
		f = f.text(1, in)
	}
	return f.text(2, output).text(4, op)
}

// graph is a model of operations and initializers.
func graph(operations []fields, tensors ...fields) []byte {
	var g fields
	for _, o := range operations {
		g = g.bytes(1, o)
	}
	for _, t := range tensors {
		g = g.bytes(5, t)
	}
	return fields(nil).int(1, 8).bytes(7, g)
}

// attribute adds a list of integers.
func (f fields) attribute(name string, numbers ...uint64) fields {
	a := fields(nil).text(1, name)
	for _, n := range numbers {
		a = a.int(8, n)
	}
	return f.bytes(5, a)
}

func TestHostileConstants(t *testing.T) {
	bytes4 := initializer("w", 3, "1234", 4)
	scale := initializer("s", 1, "\x00\x00\x80?", 1)
	read := operation("Conv", "y", "x", "t")
	transpose := operation("Transpose", "t", "w")
	dequantize := operation("DequantizeLinear", "t", "w", "s")
	tests := []struct {
		name string
		data []byte
		want string // in the error of Read, or in that of the only tensor's values
	}{
		{"good", graph([]fields{dequantize, read}, bytes4, scale), ""},
		{"perm too short", graph([]fields{transpose.attribute("perm", 0), read}, initializer("w", 1, "12345678", 2, 1)),
			"[0] is no order of 2"},
		{"perm twice the same", graph([]fields{transpose.attribute("perm", 0, 0), read},
			initializer("w", 1, "12345678", 2, 1)), "no order"},
		{"perm beyond", graph([]fields{transpose.attribute("perm", 0, 2), read}, initializer("w", 1, "12345678", 2, 1)),
			"no order"},
		{"perm long", graph([]fields{transpose.attribute("perm", make([]uint64, 65)...), read}, bytes4),
			"over 64 dimensions"},
		{"itself", graph([]fields{operation("Identity", "w", "w"), read}, bytes4), "occurs twice"},
		{"output twice", graph([]fields{operation("Identity", "t", "w"), transpose, read}, bytes4), "occurs twice"},
		{"scale computed", graph([]fields{operation("Exp", "s", "x"), dequantize, read}, bytes4),
			"scale is no constant"},
		{"zero point computed", graph([]fields{operation("Exp", "z", "x"),
			operation("DequantizeLinear", "t", "w", "s", "z"), read}, bytes4, scale), "zero point is no constant"},
		{"many names", graph([]fields{operation("Concat", "y", slices.Repeat([]string{"x"}, maxInputs)...)}),
			"over 65536 inputs and outputs"},
		{"no scale", graph([]fields{operation("DequantizeLinear", "t", "w"), read}, bytes4), "scale is no constant"},
		{"scale too long", graph([]fields{dequantize, read}, bytes4, initializer("s", 1, "1234567812345678", 2, 2)),
			"fits no dimension"},
		{"zero point of another type", graph([]fields{operation("DequantizeLinear", "t", "w", "s", "s"), read}, bytes4,
			scale), "not as its scale"},
		{"8-bit floats", graph([]fields{dequantize, read}, initializer("w", 17, "1234", 4), scale),
			"F8_E4M3, quantized with scales of type F32"},
		{"bare 8-bit floats", graph([]fields{operation("Conv", "y", "x", "w")}, initializer("w", 17, "1234", 4)),
			"an 8-bit float: a quantized weight"},
		{"bare 8-bit integers", graph([]fields{operation("Conv", "y", "x", "w")}, bytes4),
			"an 8-bit integer: a quantized weight"},
		{"integer too large", graph([]fields{dequantize, read}, fields(nil).int(1, 1).int(2, 3).text(8, "w").bytes(5,
			[]byte{0xff, 1}), scale), "number 255"},
		{"narrowed", graph([]fields{operation("Cast", "t", "w").bytes(5, fields(nil).text(1, "to").int(3, 10)), read},
			initializer("w", 1, "1234", 1)), "Cast that changes"},
		{"many operations", graph(slices.Repeat([]fields{operation("Identity", "t", "x")}, maxTensors+1)),
			"over 131072 such operations"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state, err := Read(bytes.NewReader(tt.data), int64(len(tt.data)), beside)
			tensors := state.Tensors
			if err == nil && len(tensors) == 1 {
				_, err = tensors[0].Values()
			}
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v (%d tensors), want an error with %q", err, len(tensors), tt.want)
			}
		})
	}
}

// TestLongChains passes a constant through many operations: neither reading nor the stack may grow with their number.
func TestLongChains(t *testing.T) {
	var operations []fields
	from := "w"
	for range 20000 {
		to := from + "'"
		if len(to) > 50 {
			to = string(protowire.AppendVarint([]byte("v"), uint64(len(operations))))
		}
		operations = append(operations, operation("Transpose", to, from))
		from = to
	}
	data := graph(append(operations, operation("Conv", "y", "x", from)),
		initializer("w", 1, "\x00\x00\x80?\x00\x00\x00@", 2, 1))
	tensors, err := read(data)
	if err != nil || len(tensors) != 1 || tensors[0].Name != "w" {
		t.Fatalf("%d tensors, %v", len(tensors), err)
	}
	if v, err := tensors[0].Values(); err != nil || !slices.Equal(v, []float32{1, 2}) {
		t.Errorf("%v, %v", v, err)
	}
}
