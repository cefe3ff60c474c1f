package onnx

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/netc-lang/netc/compiler/checkpoint/checkpointtest"
	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// beside serves the files of testdata.
func beside(name string) (io.ReaderAt, int64, error) {
	if strings.ContainsAny(name, "/\\") {
		return nil, 0, errors.New("not beside")
	}
	data, err := os.ReadFile("testdata/" + name)
	return bytes.NewReader(data), int64(len(data)), err
}

func read(data []byte) ([]stored.Tensor, error) {
	state, err := Read(bytes.NewReader(data), int64(len(data)), beside)
	return state.Tensors, err
}

// TestONNX reads what Python's onnx package wrote: see testdata/make_models.py. Every tensor counts from -2.
func TestONNX(t *testing.T) {
	for file, want := range map[string][]string{
		"inside.onnx":  {"raw", "typed", "half", "half_typed", "double_typed", "count", "shape"},
		"outside.onnx": {"raw"},
	} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if !Sniff(data) {
			t.Errorf("%s is not recognised", file)
		}
		tensors, err := read(data)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range tensors {
			names = append(names, a.Name)
			if !a.Type.Readable() {
				continue
			}
			got, err := a.Values()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, []float32{-2, -1, 0, 1, 2, 3}) || !slices.Equal(a.Shape, []int64{2, 3}) {
				t.Errorf("%s: %s is %v of shape %v", file, a.Name, got, a.Shape)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s has %v, want %v", file, names, want)
		}
	}
}

type fields []byte

func (f fields) int(n protowire.Number, v uint64) fields {
	return protowire.AppendVarint(protowire.AppendTag(f, n, protowire.VarintType), v)
}

func (f fields) bytes(n protowire.Number, b []byte) fields {
	return protowire.AppendBytes(protowire.AppendTag(f, n, protowire.BytesType), b)
}

func (f fields) text(n protowire.Number, s string) fields { return f.bytes(n, []byte(s)) }

// entry adds an entry of external_data.
func (f fields) entry(key, value string) fields {
	return f.bytes(13, fields(nil).text(1, key).text(2, value))
}

// model wraps a tensor.
func model(tensors ...fields) []byte {
	var graph fields
	for _, tensor := range tensors {
		graph = graph.bytes(5, tensor)
	}
	return fields(nil).int(1, 8).bytes(7, graph)
}

func TestHostile(t *testing.T) {
	w := fields(nil).int(1, 2).int(2, 1).text(8, "w")
	raw := w.text(9, "12345678")
	outside := fields(nil).int(1, 6).int(2, 1).text(8, "w").int(14, 1)
	good := model(raw)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"no graph", fields(nil).int(1, 8), "0 graphs"},
		{"two graphs", fields(bytes.Clone(good)).bytes(7, nil), "2 graphs"},
		{"truncated", good[:len(good)-1], "truncated or damaged"},
		{"too short", model(w.text(9, "1234567")), `tensor "w" of shape [2] needs 8 bytes, but has 7`},
		{"too short, typed", model(w.text(4, "1234")), `tensor "w" of shape [2] needs 8 bytes, but has 4`},
		{"no values", model(w), `tensor "w" of shape [2] has no values`},
		{"values twice", model(raw.text(9, "12345678")), "raw_data twice"},
		{"both kinds", model(raw.text(4, "12345678")), "has its values twice"},
		{"name twice", model(raw, raw), `initializer "w" occurs twice`},
		{"unknown type", model(fields(nil).int(2, 99).text(8, "w")), "unknown type 99"},
		{"huge", model(fields(nil).int(1, 1<<62).int(1, 8).int(2, 1).text(8, "w").text(9, "")), "impossible shape"},
		{"negative", model(fields(nil).int(1, 1<<64-1).int(2, 1).text(8, "w").text(9, "")), "impossible shape"},
		{"many dimensions", model(fields(nil).bytes(1, bytes.Repeat([]byte{1}, 65)).int(2, 1)), "over 64 dimensions"},
		{"long name", model(fields(nil).text(8, strings.Repeat("x", 1<<17))), "is no string"},
		{"sparse", fields(nil).int(1, 8).bytes(7, fields(nil).text(15, "")), "sparse"},
		{"outside the folder", model(outside.entry("location", "../../etc/passwd")), "not beside"},
		{"outside, missing", model(outside.entry("location", "missing.data")), "missing.data"},
		{"outside, too long", model(outside.entry("location", "outside.data").entry("length", "23")),
			"needs 24 bytes, but has 23"},
		{"outside, beyond the end", model(outside.entry("location", "outside.data").entry("offset", "4")),
			"which has 24 bytes"},
		{"outside, negative", model(outside.entry("location", "outside.data").entry("offset", "-4")), `offset "-4"`},
		{"outside, overflow", model(outside.entry("location", "outside.data").entry("offset", "9223372036854775807")),
			"which has 24 bytes"},
		{"fewer 16-bit values", model(fields(nil).int(1, 2).int(2, 10).bytes(5, []byte{1}).text(8, "w")), "too early"},
		{"no message for a graph", fields(nil).int(1, 8).int(7, 1), "field 7 is no message"},
		{"a long input", graph([]fields{operation("Conv", "y", strings.Repeat("x", 1<<17))}), "is no string"},
		{"a constant twice", graph(slices.Repeat([]fields{operation("Constant", "c").bytes(5, fields(nil).text(1,
			"value").bytes(5, raw))}, 2)), `"c" occurs twice`},
		{"a segment", model(raw.bytes(3, fields(nil).int(1, 0).int(2, 2))), "segment of a tensor"},
		{"no values, of 16 bits", model(fields(nil).int(1, 2).int(2, 10).text(8, "w")),
			`tensor "w" of shape [2] has no values`},
		{"values of another width", model(fields(nil).int(1, 2).int(2, 10).text(8, "w").text(4, "12345678")),
			`tensor "w" of shape [2] has no values`},
		{"outside, overlapping", model(outside.entry("location", "outside.data"),
			fields(nil).int(1, 5).int(2, 1).text(8, "v").int(14, 1).entry("location", "outside.data").entry("offset",
				"4")), `"w" and "v" overlap in "outside.data"`},
		{"an attribute that is cut off", fields(nil).int(1, 8).bytes(7, fields(nil).bytes(1, fields(nil).bytes(5,
			[]byte("\x0a\x05a")))), "truncated or damaged"},
		{"a group", append(protowire.AppendTag(protowire.AppendTag(nil, 100, protowire.StartGroupType), 100,
			protowire.EndGroupType), good...), "truncated or damaged"},
		{"outside, twice", model(outside.entry("location", "outside.data").entry("location", "a")), "twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tensors, err := read(tt.data)
			if err == nil && len(tensors) == 1 {
				_, err = tensors[0].Values()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestTied reads two names for the same bytes of external data.
func TestTied(t *testing.T) {
	tied := func(name string) fields {
		return fields(nil).int(1, 6).int(2, 1).text(8, name).int(14, 1).entry("location", "outside.data")
	}
	tensors, err := read(model(tied("a"), tied("b")))
	if err != nil || len(tensors) != 2 {
		t.Fatalf("%d tensors, %v", len(tensors), err)
	}
	for _, tensor := range tensors {
		if v, err := tensor.Values(); err != nil || !slices.Equal(v, []float32{-2, -1, 0, 1, 2, 3}) {
			t.Errorf("%s is %v, %v", tensor.Name, v, err)
		}
	}
}

// TestConstantNodes reads the values of operations that are constants, and of no others.
func TestConstantNodes(t *testing.T) {
	value := fields(nil).text(1, "value").bytes(5, fields(nil).int(1, 2).int(2, 1).text(9, "12345678"))
	float := append(fields(nil).text(1, "value_float"), protowire.AppendFixed32(protowire.AppendTag(nil, 2,
		protowire.Fixed32Type), 0)...)
	for _, tt := range []struct {
		op        string
		attribute fields
		tensors   int
	}{{"Constant", value, 1}, {"Constant", float, 0}, {"ConstantOfShape", value, 0}} {
		node := fields(nil).text(2, "c").text(4, tt.op).bytes(5, tt.attribute)
		used := fields(nil).text(1, "x").text(1, "c").text(2, "y").text(4, "MatMul")
		tensors, err := read(fields(nil).int(1, 8).bytes(7, fields(nil).bytes(1, node).bytes(1, used)))
		if err != nil || len(tensors) != tt.tensors {
			t.Errorf("%s of %q: %d tensors, %v", tt.op, tt.attribute, len(tensors), err)
		}
	}
}

// TestNothingOutside reads a tensor without elements that is said to lie among another's bytes: they share none.
func TestNothingOutside(t *testing.T) {
	w := fields(nil).int(1, 6).int(2, 1).text(8, "w").int(14, 1).entry("location", "outside.data")
	none := fields(nil).int(1, 0).int(2, 1).text(8, "none").int(14, 1).entry("location", "outside.data").entry("offset",
		"4")
	tensors, err := read(model(w, none))
	if err != nil || len(tensors) != 2 {
		t.Fatalf("%d tensors, %v", len(tensors), err)
	}
	if v, err := tensors[1].Values(); err != nil || len(v) != 0 {
		t.Errorf("%v, %v", v, err)
	}
}

func TestTruncated(t *testing.T) {
	data, err := os.ReadFile("testdata/inside.onnx")
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for n := range len(data) {
		if _, err := read(data[:n]); err == nil {
			accepted++ // between two fields of the model, after the graph
		}
	}
	if accepted > 1 {
		t.Errorf("%d truncated files were accepted", accepted)
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{"inside.onnx", "outside.onnx", "constants.onnx"} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := read(data)
		if err != nil {
			return
		}
		for i := range tensors {
			if n, err := stored.Elements(tensors[i].Shape); err == nil && n < 1000 {
				tensors[i].Values()
			}
		}
	})
}

func source(r io.ReaderAt, size int64) ([]stored.Tensor, error) {
	state, err := Read(r, size, beside)
	return state.Tensors, err
}

// TestDamaged reads models that are broken and cut off in every place.
func TestDamaged(t *testing.T) {
	for _, file := range []string{"inside.onnx", "outside.onnx"} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		checkpointtest.Broken(t, data, source)
		checkpointtest.Cut(t, data, source)
	}
}

// TestInOrder: tensors may lie in a file of their own in any order, and overlap in none.
func TestInOrder(t *testing.T) {
	at := func(name, offset string, elements uint64) fields {
		return fields(nil).int(1, elements).int(2, 1).text(8, name).int(14, 1).entry("location", "outside.data").
			entry("offset", offset)
	}
	tensors, err := read(model(at("c", "16", 2), at("a", "0", 1), at("b", "4", 3)))
	if err != nil || len(tensors) != 3 {
		t.Fatalf("%d tensors, %v", len(tensors), err)
	}
	if v, err := tensors[0].Values(); err != nil || !slices.Equal(v, []float32{2, 3}) {
		t.Errorf("c is %v, %v", v, err)
	}
	_, err = read(model(at("c", "12", 3), at("a", "0", 1), at("b", "4", 3)))
	if err == nil || !strings.Contains(err.Error(), `"b" and "c" overlap`) {
		t.Errorf("got %v", err)
	}
}

// TestSniff: a model begins with its version, of which there are few, and one of the fields that follow it.
func TestSniff(t *testing.T) {
	for head, want := range map[string]bool{
		"\x08\x01\x12": true, "\x08\x20\x3a": true, "\x08\x21\x12": false, "\x08\x00\x12": false, "\x08\x01": false,
		"\x09\x01\x12": false, "\x08\x01\x13": false, "": false,
	} {
		if Sniff([]byte(head)) != want {
			t.Errorf("%q may be a model: %t", head, !want)
		}
	}
}

// TestVarints: a varint that stands for a narrower type holds what the type does, and no more.
func TestVarints(t *testing.T) {
	for kind, edges := range map[stored.Type][2]int64{
		stored.F16: {0, 1<<16 - 1}, stored.BF16: {0, 1<<16 - 1}, "U8": {0, 255}, "U16": {0, 1<<16 - 1},
		"I8": {-128, 127}, "I16": {-1 << 15, 1<<15 - 1}, "I32": {-1 << 31, 1<<31 - 1},
	} {
		for v, want := range map[int64]bool{
			edges[0]: true, edges[1]: true, 1: true, edges[0] - 1: false, edges[1] + 1: false, 1 << 40: false,
		} {
			if varints[kind](uint64(v)) != want {
				t.Errorf("%d may be of type %s: %t", v, kind, !want)
			}
		}
	}
}
