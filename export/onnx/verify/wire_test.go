package verify

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestLists reads lists of numbers in each form: packed, one by one, and both; of other types of the wire, nothing.
// What ends within a number is damaged.
func TestLists(t *testing.T) {
	fixed := func(bits uint64) []byte { return protowire.AppendFixed64(nil, bits) }
	tensor := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	tag := func(number protowire.Number, kind protowire.Type, value []byte) []byte {
		return append(protowire.AppendTag(nil, number, kind), value...)
	}
	packed := func(number protowire.Number, content ...byte) []byte {
		return tag(number, protowire.BytesType, protowire.AppendBytes(nil, content))
	}
	one, two := []byte{0, 0, 0x80, 0x3f}, []byte{0, 0, 0, 0x40} // 1 and 2 in float32
	for i, tt := range []struct {
		data []byte
		want string
	}{
		{tensor(packed(7, 1, 0xac, 2)), "ints [1 300]"},
		{tensor(tag(7, protowire.VarintType, []byte{0xac, 2}), packed(7, 5)), "ints [300 5]"},
		{tensor(packed(7, 1, 0xac)), "damaged"},
		{tensor(tag(7, protowire.Fixed32Type, one)), "ints []"},
		{tensor(packed(1, 0xac, 2, 3)), "dims [300 3]"},
		{tensor(packed(4, slices.Concat(one, two)...)), "listed 0000803f00000040"},
		{tensor(packed(4, one...), packed(4, two...)), "listed 0000803f00000040"},
		{tensor(tag(4, protowire.Fixed32Type, one), packed(4, two...)), "listed 0000803f00000040"},
		{tensor(tag(4, protowire.Fixed64Type, fixed(1))), "listed "},
		{tensor(packed(4, 0, 0, 0x80)), "damaged: a list of numbers ends within one"},
		{tensor(packed(10, fixed(1)...)), "listed 0100000000000000"},
		{tensor(tag(10, protowire.Fixed64Type, fixed(1)), tag(10, protowire.Fixed64Type, fixed(2))),
			"listed 01000000000000000200000000000000"},
		{tensor(tag(10, protowire.Fixed32Type, one)), "listed "},
		{tensor(packed(10, one...)), "damaged: a list of numbers ends within one"},
	} {
		var x Tensor
		err := fields(tt.data, "tensor", x.decodeField)
		got := ""
		switch what, _, _ := strings.Cut(tt.want, " "); what {
		case "ints":
			got = fmt.Sprint("ints ", x.Ints)
		case "dims":
			got = fmt.Sprint("dims ", x.Dims)
		case "listed":
			got = fmt.Sprintf("listed %x", x.listed)
		}
		if err != nil {
			got = err.Error()
		}
		if got != tt.want && (err == nil || !strings.Contains(got, tt.want)) {
			t.Errorf("%d: got %s, want %s", i, got, tt.want)
		}
	}
}

// TestOtherKinds passes over fields of another type than ONNX gives them: another version of the format has them.
func TestOtherKinds(t *testing.T) {
	varint := func(number protowire.Number) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), 7)
	}
	text := func(number protowire.Number, content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
	}
	var wrong []byte // all fields of a graph as numbers
	for n := protowire.Number(1); n < 20; n++ {
		wrong = append(wrong, varint(n)...)
	}
	graph := slices.Concat(wrong, text(1, slices.Concat(wrong, text(5, wrong))), text(5, wrong), text(11, wrong),
		text(12, text(2, slices.Concat(wrong, text(1, slices.Concat(varint(2), text(2, wrong)))))))
	data := slices.Concat(text(7, graph), wrong[2:], text(8, varint(1)), text(14, wrong))
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if g := m.Graph; g.Name != "" || len(g.Nodes) != 1 || g.Nodes[0].Operator != "" ||
		len(g.Nodes[0].Attributes) != 1 || len(g.Initializers) != 1 || g.Initializers[0].Name != "" ||
		len(g.Inputs) != 1 || g.Inputs[0].Name != "" ||
		len(g.Outputs) != 1 || g.sparse || m.Producer != "" || m.IRVersion != 0 || m.Opset != 0 {
		t.Errorf("got %+v", m)
	}
	if _, err := Decode(slices.Concat(text(7, text(15, nil)), text(8, varint(2)), text(8, varint(2)))); err != nil {
		t.Error(err)
	}
}

// TestImports: sets of operators that are imported twice, and initializers that are sparse.
func TestImports(t *testing.T) {
	m := chainModel()
	for _, tt := range []struct {
		change func()
		want   string
	}{
		{func() {}, "[] []"},
		{func() { m.opsets = []opsetImport{{"", 17}, {"ai.other", 1}} }, "[] []"},
		{func() { m.opsets = []opsetImport{{"", 17}, {"x", 1}, {"x", 1}} },
			`[the operators of "x" are imported twice] []`},
		{func() { m.opsets, m.Graph.sparse = nil, true }, "[] [sparse initializers are not read]"},
	} {
		tt.change()
		r := m.Check(Sizes{1, 1, 1})
		if got := fmt.Sprint(r.Problems, r.Uncovered); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// chainModel is a model of one node.
func chainModel() *Model {
	m := &Model{IRVersion: 8, Opset: 17}
	m.Graph = Graph{Nodes: []Node{{Operator: "Relu", Inputs: []string{"x"}, Outputs: []string{"y"}}},
		Inputs: []Value{ValueOf("x", Float32, []int64{2})}, Outputs: []Value{{Name: "y"}}}
	return m
}
