package verify

import (
	"fmt"
	"strings"
	"testing"
)

// TestDefaultSizes reads the resolution of the metadata, as far as it is one.
func TestDefaultSizes(t *testing.T) {
	for resolution, want := range map[string]Sizes{
		"": {2, 224, 224}, "32x48": {2, 32, 48}, "1x1": {2, 1, 1}, "65536x65536": {2, 65536, 65536},
		"32": {2, 224, 224},
		"x":  {2, 224, 224}, "32x": {2, 224, 224}, "x48": {2, 224, 224}, "0x48": {2, 224, 224}, "32x0": {2, 224, 224},
		"-1x48": {2, 224, 224}, "65537x48": {2, 224, 224}, "32x65537": {2, 224, 224}, "32x48x3": {2, 224, 224},
		"3 x48": {2, 224, 224}, "19x89": {2, 19, 89},
	} {
		m := &Model{Properties: []Property{{"other", "1x1"}, {"resolution", resolution}}}
		if got := m.DefaultSizes(); got != want {
			t.Errorf("%q: got %v, want %v", resolution, got, want)
		}
	}
}

// relus is a model of the given nodes, each "Operator in,in out,out", on an input x of [1, 3].
func relus(nodes ...string) *Model {
	m := &Model{IRVersion: 8, Opset: 17}
	m.Graph.Inputs, m.Graph.Outputs = []Value{shaped("x", 1, 3)}, []Value{{Name: "y"}}
	for _, text := range nodes {
		words := strings.Fields(text)
		m.Graph.Nodes = append(m.Graph.Nodes, Node{Name: "n", Operator: words[0], Inputs: strings.Split(words[1], ","),
			Outputs: strings.Split(words[2], ",")})
	}
	return m
}

func shaped(name string, dims ...int64) Value {
	v := Value{Name: name, Type: Float32, hasShape: true}
	for _, d := range dims {
		v.Dims = append(v.Dims, Dim{Size: d, known: true})
	}
	return v
}

// open has dimensions of the given names, or of none.
func open(name string, symbols ...string) Value {
	v := Value{Name: name, Type: Float32, hasShape: true}
	for _, s := range symbols {
		v.Dims = append(v.Dims, Dim{Symbol: s})
	}
	return v
}

// TestCheck changes a right model in one way each, and holds the whole report to what that makes of it.
func TestCheck(t *testing.T) {
	bits := func(name string, kind ElementType, dims []int64, values ...int64) Tensor {
		return Tensor{Name: name, Type: kind, Dims: dims, Ints: values}
	}
	declaredAs := func(v Value) func(*Model) { return func(m *Model) { m.Graph.Outputs = []Value{v} } }
	inputs := func(values ...Value) func(*Model) { return func(m *Model) { m.Graph.Inputs = values } }
	infos := func(values ...Value) func(*Model) { return func(m *Model) { m.Graph.Infos = values } }
	constants := func(tensors ...Tensor) func(*Model) {
		return func(m *Model) { m.Graph.Initializers = tensors }
	}
	nodes := func(texts ...string) func(*Model) {
		return func(m *Model) { m.Graph.Nodes = relus(texts...).Graph.Nodes }
	}
	attributes := func(opset int64, operator string, list ...Attribute) func(*Model) {
		return func(m *Model) {
			m.Opset = opset
			m.Graph.Nodes[0].Operator, m.Graph.Nodes[0].Attributes = operator, list
		}
	}
	version := func(file, opset int64) func(*Model) {
		return func(m *Model) { m.IRVersion, m.Opset = file, opset }
	}
	half := shaped("x", 1, 3)
	half.Type = BFloat16
	whole := shaped("x", 1, 3)
	whole.Type = Int64
	named := shaped("y", 1, 3)
	named.Type = Float16
	for name, tt := range map[string]struct {
		change func(*Model)
		want   string // problems, what is not covered and notes
		counts string // values, open dimensions and work
	}{
		"right":             {func(*Model) {}, "", "0 0 3"},
		"of the first form": {version(3, 6), "", "0 0 3"},
		"of the last form":  {version(13, 26), "", "0 0 3"},
		"too old":           {version(2, 17), "? the file format has version 2: 3 to 13 are known", "0 0 3"},
		"too new":           {version(14, 17), "? the file format has version 14: 3 to 13 are known", "0 0 3"},
		"of no opset": {version(8, 0), "! node 0, Relu n: the operator came with opset 1, the model has 0 ? the operators " +
			"have version 0: 1 to 26 are known", "0 0 0"},
		"of a new opset": {version(8, 27), "? the operators have version 27: 1 to 26 are known", "0 0 3"},
		"sparse":         {func(m *Model) { m.Graph.sparse = true }, "? sparse initializers are not read", "0 0 3"},
		"imported twice": {func(m *Model) { m.opsets = []opsetImport{{"", 17}, {"a", 1}, {"", 17}} },
			"! the operators of \"\" are imported twice", "0 0 3"},
		"imported once": {func(m *Model) { m.opsets = []opsetImport{{"", 17}, {"a", 1}} }, "", "0 0 3"},

		"defined twice": {nodes("Relu x y", "Relu x y"), "! the name y is defined twice", "0 0 6"},
		"an input, too": {nodes("Relu x x", "Relu x y"), "! the name x is defined twice", "0 0 6"},
		"without a use": {nodes("Relu x y", "Relu x z"), "- the value z is never used", "0 0 6"},
		"not defined":   {nodes("Relu z y"), "! node 0, Relu n: its input z is not defined before it - the input x is never used", "0 0 0"},
		"after it": {nodes("Relu z y", "Relu x z"),
			"! node 0, Relu n: its input z is not defined before it", "0 0 3"},
		"nameless input":   {inputs(shaped("x", 1, 3), shaped("", 2)), "! the input has no name", "0 0 3"},
		"unknown operator": {nodes("Other x y"), "? node 0, Other n: the operator is none that netc writes", "0 0 0"},
		"other domain": {func(m *Model) { m.Graph.Nodes[0].Domain = "com.microsoft" },
			"? node 0, Relu n: the operator is none that netc writes", "0 0 0"},
		"after what is unknown": {nodes("Other x z", "Relu z y"),
			"? node 0, Other n: the operator is none that netc writes", "0 0 0"},
		"one input too many": {nodes("Relu x,x y"),
			"! node 0, Relu n: inputs: with opset 17, it has 1, not 2", "0 0 0"},
		"one output too many": {nodes("Relu x y,z"), "! node 0, Relu n: outputs: with opset 17, it has 1, not 2 - the value z is never used",
			"0 0 0"},
		"of an operator to come": {attributes(13, "HardSwish"),
			"! node 0, HardSwish n: the operator came with opset 14, the model has 13", "0 0 0"},
		"of an operator that came": {attributes(14, "HardSwish"), "", "0 0 3"},

		"unknown attribute": {attributes(17, "Relu", Attribute{Name: "alpha", Kind: FloatKind}),
			"! node 0, Relu n: the operator has no attribute alpha", "0 0 0"},
		"another type": {attributes(17, "LeakyRelu", Attribute{Name: "alpha", Kind: IntKind}),
			"! node 0, LeakyRelu n: the attribute alpha has another type", "0 0 0"},
		"its type": {attributes(17, "LeakyRelu", Attribute{Name: "alpha", Kind: FloatKind}), "", "0 0 3"},
		"twice": {attributes(17, "LeakyRelu", Attribute{Name: "alpha", Kind: FloatKind}, Attribute{Name: "alpha",
			Kind: FloatKind}), "! node 0, LeakyRelu n: the attribute alpha occurs twice", "0 0 0"},

		"bf16 before its time": {func(m *Model) { m.Opset, m.Graph.Inputs[0] = 12, half },
			"! node 0, Relu n: it takes bf16 from opset 13, the model has 12", "0 0 3"},
		"bf16":     {func(m *Model) { m.Opset, m.Graph.Inputs[0] = 13, half }, "", "0 0 3"},
		"integers": {inputs(whole), "", "0 0 3"},
		"integers before their time": {func(m *Model) { m.Opset, m.Graph.Inputs[0] = 13, whole },
			"! node 0, Relu n: it takes int64 from opset 14, the model has 13", "0 0 0"},
		"integers for a function": {func(m *Model) { m.Graph.Inputs[0], m.Graph.Nodes[0].Operator = whole, "Sigmoid" },
			"! node 0, Sigmoid n: it cannot compute with int64", "0 0 0"},

		"a constant": {func(m *Model) {
			m.Graph.Initializers = []Tensor{bits("c", Float16, []int64{3}, 0, 1, 2)}
			m.Graph.Nodes[0].Operator, m.Graph.Nodes[0].Inputs = "Relu", []string{"c"}
		}, "- the input x is never used", "0 0 3"},
		"not a number": {constants(bits("c", Float16, []int64{3}, 0, 0x7e00, 0x7e00)),
			"! initializer c: element 1 is NaN - the initializer c is never used", "0 0 3"},
		"infinite": {constants(bits("c", Float16, []int64{3}, 0, 1, 0x7c00)),
			"- initializer c: element 2 is +Inf - the initializer c is never used", "0 0 3"},
		"too few elements": {constants(bits("c", Float16, []int64{3}, 0, 1)),
			"! initializer c: it has 2 values, its shape [3] needs 3 - the initializer c is never used", "0 0 3"},

		"symbols":        {inputs(open("x", "N", "")), "", "0 1 20"},
		"a symbol twice": {inputs(open("x", "N", "N")), "", "0 2 16"},
		"three sizes":    {inputs(open("x", "N", "", "H", "W", "K")), "", "0 4 2240"},
		"a known size between": {inputs(Value{Name: "x", Type: Float32, hasShape: true, Dims: []Dim{{Symbol: "N"},
			{Size: 3, known: true}, {Symbol: "H"}, {Symbol: "W"}}}), "", "0 3 420"},
		"no size":  {inputs(shaped("x", 1, 0)), "? the input x is declared as [1 0]: without elements there is nothing to compute", "0 0 0"},
		"no shape": {inputs(Value{Name: "x", Type: Float32}), "? the input x has no shape", "0 0 0"},
		"no tensor": {inputs(Value{Name: "x", hasShape: true}),
			"? the input x is no tensor, or one of element type 0: it is not computed with here", "0 0 0"},

		"its shape":       {declaredAs(shaped("y", 1, 3)), "", "1 0 3"},
		"another size":    {declaredAs(shaped("y", 1, 4)), "! y is declared with the dimension 4, but has 3", "1 0 3"},
		"another number":  {declaredAs(shaped("y", 3)), "! y is declared with 1 dimensions, but has 2", "0 0 3"},
		"another element": {declaredAs(named), "! y is declared as fp16, but is fp32", "1 0 3"},
		"two sizes":       {declaredAs(open("y", "A", "A")), "! y: the dimension A is 3 here and 1 elsewhere", "1 1 3"},
		"open sizes":      {declaredAs(open("y", "A", "B")), "", "1 2 3"},
		"no output": {func(m *Model) { m.Graph.Outputs = nil },
			"! the model has no output - the value y is never used", "0 0 3"},
		"output twice": {func(m *Model) { m.Graph.Outputs = append(m.Graph.Outputs, m.Graph.Outputs[0]) },
			"! the output y is declared twice", "0 0 3"},
		"output of nothing": {declaredAs(Value{Name: "z"}), "! the output z is declared, but nothing has that name - the value y is never used",
			"0 0 3"},
		"infos":        {infos(shaped("x", 1, 3), shaped("y", 1, 3)), "- y is declared twice", "2 0 3"},
		"info twice":   {infos(shaped("x", 1, 3), shaped("x", 1, 3)), "- x is declared twice", "2 0 3"},
		"info of none": {infos(shaped("z", 1, 3)), "- z is declared, but nothing has that name", "0 0 3"},
		"a wrong info": {infos(shaped("x", 2, 3)), "! x is declared with the dimension 2, but has 1", "1 0 3"},
		"nothing known": {func(m *Model) { nodes("Other x y")(m); declaredAs(shaped("y", 9))(m) },
			"? node 0, Other n: the operator is none that netc writes",
			"0 0 0"},
	} {
		m := relus("Relu x y")
		tt.change(m)
		r := m.Check(Sizes{Batch: 4, Height: 5, Width: 7})
		var said []string
		for _, list := range []struct {
			mark  string
			lines []string
		}{{"! ", r.Problems}, {"? ", r.Uncovered}, {"- ", r.Notes}} {
			for _, line := range list.lines {
				said = append(said, list.mark+line)
			}
		}
		got, counts := strings.Join(said, " "), fmt.Sprint(r.Values, r.Open, r.Work)
		if got != tt.want || counts != tt.counts {
			t.Errorf("%s: got\n%s\n%s\nwant\n%s\n%s", name, got, counts, tt.want, tt.counts)
		}
	}
}

// TestFindings: each list ends at fifty.
func TestFindings(t *testing.T) {
	m := relus("Relu x y")
	for range 60 {
		m.Graph.Nodes = append(m.Graph.Nodes, Node{Operator: "Other", Inputs: []string{"x"}, Outputs: []string{""}})
	}
	if r := m.Check(Sizes{}); len(r.Uncovered) != 50 {
		t.Errorf("%d findings", len(r.Uncovered))
	}
}

// TestPrintable shows what cannot be printed.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", `say "a"`: `say "a"`, "a\x1b[1m\n": `a\x1b[1m\n`, "\xff": `\xff`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
