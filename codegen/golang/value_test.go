package golang

import (
	"bytes"
	"go/format"
	"reflect"
	"strings"
	"testing"

	"github.com/netc-lang/netc/codegen/asm/routine"
	"github.com/netc-lang/netc/codegen/kernel"
	"github.com/netc-lang/netc/codegen/plan"
	"github.com/netc-lang/netc/compiler/ir"
)

// TestPairs: sizes and strides that are no squares are written with both of their numbers.
func TestPairs(t *testing.T) {
	e := &emitter{plan: &plan.Plan{}, options: Options{Package: "p"}}
	for pair, want := range map[kernel.Pair]string{
		{Rows: 3, Columns: 3}: "square(3)", {}: "square(0)",
		{Rows: 1, Columns: 7}: "pair{Rows: 1, Columns: 7}", {Rows: 7, Columns: 1}: "pair{Rows: 7, Columns: 1}",
		{Columns: 2}: "pair{Columns: 2}",
	} {
		if got := e.value(reflect.ValueOf(pair)); got != want {
			t.Errorf("%+v: got %s, want %s", pair, got, want)
		}
	}
}

// TestLists: of an array, zeros at its beginning are left out, and what follows keeps its place.
func TestLists(t *testing.T) {
	e := &emitter{plan: &plan.Plan{}, options: Options{Package: "p"}}
	for list, want := range map[[4]int]string{
		{5, 0, 6, 0}: "[4]int{5, 0, 6, 0}", {0, 5, 6, 7}: "[4]int{1: 5, 6, 7}", {0, 0, 5, 6}: "[4]int{2: 5, 6}",
		{0, 0, 0, 5}: "[4]int{3: 5}", {}: "[4]int{}", {0, 5, 0, 6}: "[4]int{1: 5, 0, 6}",
	} {
		if got := e.value(reflect.ValueOf(list)); got != want {
			t.Errorf("%v: got %s, want %s", list, got, want)
		}
	}
}

// TestRow holds the row of a step in the table to its text: what it is called, makes and costs, and its kernel,
// operands before settings, in lines that are not too long.
func TestRow(t *testing.T) {
	e := &emitter{plan: &plan.Plan{}, options: Options{Package: "p"}}
	f32 := kernel.InArena(0, kernel.F32, 20, 7)
	steps := []plan.Step{
		{Name: `a "b"`, Shape: ir.Shape{20, 7, 1}, FLOPs: 12, Kernel: &kernel.Pointwise{Out: f32, In: f32,
			Residual: f32, Weights: kernel.InWeights(64, kernel.F16, 20, 20), InChannels: 20, OutChannels: 20,
			Pixels: 7, Function: kernel.Function{Kind: kernel.Silu}}},
		{Name: "c", Shape: ir.Shape{20}, For: 5, Kernel: &kernel.Unblock{Out: f32, In: f32, Channels: 20, Pixels: 7}},
	}
	var b bytes.Buffer
	for _, s := range steps {
		e.row(&b, s, e.plan)
	}
	formatted, err := format.Source([]byte("var _ = []step{\n" + b.String() + "}\n"))
	if err != nil {
		t.Fatalf("%v\n%s", err, &b)
	}
	const want = `var _ = []step{
	{
		Name: "a \"b\"", Shape: []int{20, 7, 1},
		FLOPs: 12, Bytes: 3968,
		Kernel: &pointwise{
			Out: inArena(0, f32, 20, 7), In: inArena(0, f32, 20, 7),
			Weights: inWeights(64, f16, 20, 20), Residual: inArena(0, f32, 20, 7),
			InChannels: 20, OutChannels: 20, Pixels: 7, Function: function{Kind: silu},
		},
	},
	{
		Name: "c", Shape: []int{20},
		FLOPs: 0, Bytes: 1792, For: 0b101,
		Kernel: &unblock{
			Out: inArena(0, f32, 20, 7), In: inArena(0, f32, 20, 7),
			Channels: 20, Pixels: 7,
		},
	},
}
`
	if got := string(formatted); got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestReachedFunctions: a network of float32 reaches its functions' routines on every processor that computes with
// float32, and none for float16.
func TestReachedFunctions(t *testing.T) {
	f32 := kernel.InArena(0, kernel.F32, 20, 7)
	names := reached(&plan.Plan{Steps: []plan.Step{{Kernel: &kernel.Pointwise{Out: f32, In: f32, InChannels: 20,
		OutChannels: 20, Pixels: 7, Function: kernel.Function{Kind: kernel.Silu},
		Weights: kernel.InWeights(64, kernel.F32, 20, 20)}}}}).names
	for _, set := range []*routine.Set{routine.AVX2, routine.AVX512, routine.NEON} {
		if !names[set.Function("silu")] {
			t.Errorf("%s is not reached", set.Function("silu"))
		}
		if names[set.Function("sigmoid")] {
			t.Errorf("%s is reached", set.Function("sigmoid"))
		}
	}
	if names[routine.Half.Function("silu")] {
		t.Error("a function of float16 is reached")
	}
}

// TestRunOfNil: of several outputs, Run leaves out those that are nil; an only one, and inputs, are never left out.
func TestRunOfNil(t *testing.T) {
	const a, b = "a = Input(Shape: {2}) : [2]\n", "b = Input(Shape: {2}) : [2]\n"
	for text, optional := range map[string]int{
		a + "x = Softmax() a : [2]\noutput x":                                                 0,
		a + b + "x = Add() a b : [2]\noutput x":                                               0,
		a + "x = Softmax() a : [2]\ny = Flatten() x : [2]\nz = Softmax() y : [2]\noutput x z": 2,
		a + b + "x = Add() a b : [2]\nz = Sub() a b : [2]\noutput x z":                        2,
	} {
		g, err := ir.Parse("graph \"g\"\n" + text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Of(g, nil)
		if err != nil {
			t.Fatal(err)
		}
		files, err := Generate(p, Options{Package: "p"})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			_, run, found := strings.Cut(string(f.Data), "\n// Run is Infer for programs")
			if !found {
				continue
			}
			run, _, _ = strings.Cut(run, "\n}\n")
			if got := strings.Count(run, "] != nil"); got != optional ||
				strings.Contains(run, "inputs[0] != nil") ||
				strings.Contains(run, "nil is not wanted") != (optional > 0) {
				t.Errorf("%s: %d may be nil, want %d:\n%s", text, got, optional, run)
			}
			optional = -1
		}
		if optional >= 0 {
			t.Errorf("%s: no file has Run", text)
		}
	}
}

// TestRefs: an operand is written by the function that makes it, where there is one, or else by its fields.
func TestRefs(t *testing.T) {
	packed := kernel.Layout{
		Type: kernel.I8, Tail: kernel.ZeroTail, Lanes: 16, Group: 4, PixelPitch: 64, BlockPixels: 8,
	}
	fours := kernel.Ref{Space: kernel.WeightsSpace, Offset: 64, Value: kernel.Value{
		Channels: 16, Pixels: 8, Layout: packed,
	}}
	last := kernel.Ref{Space: kernel.InputSpace + 1, Value: kernel.ChannelsLast(kernel.U8, 3, 4)}
	own, shared := &emitter{plan: &plan.Plan{}, options: Options{Package: "p"}},
		&emitter{plan: &plan.Plan{}, options: Options{Package: "p", Shared: true}}
	for _, c := range []struct {
		ref         kernel.Ref
		own, shared string
	}{
		{kernel.InArena(64, kernel.F32, 20, 7), "inArena(64, f32, 20, 7)", "kernel.InArena(64, kernel.F32, 20, 7)"},
		{kernel.HalvesInArena(64, 40, 7), "halvesInArena(64, 40, 7)", "kernel.HalvesInArena(64, 40, 7)"},
		{kernel.PlanesInArena(64, kernel.F32, 2, 7), "planesInArena(64, f32, 2, 7)",
			"kernel.PlanesInArena(64, kernel.F32, 2, 7)"},
		{kernel.InWeights(64, kernel.F16, 20, 7), "inWeights(64, f16, 20, 7)",
			"kernel.InWeights(64, kernel.F16, 20, 7)"},
		{kernel.InInput(1, 0, kernel.U8, 3, 4), "inInput(1, 0, u8, 3, 4)", "kernel.InInput(1, 0, kernel.U8, 3, 4)"},
		{fours, "ref{ Space: weightsSpace, Offset: 64, Value: value{ Channels: 16, Pixels: 8, Layout: layout{ Type: i8, " +
			"Tail: 1, Lanes: 16, Group: 4, PixelPitch: 64, BlockPixels: 8, }, }, }",
			"kernel.Ref{ Space: kernel.WeightsSpace, Offset: 64, Value: kernel.Value{ Channels: 16, Pixels: 8, " +
				"Layout: kernel.Layout{ Type: kernel.I8, Tail: 1, Lanes: 16, Group: 4, PixelPitch: 64, " +
				"BlockPixels: 8, }, }, }"},
		{last, "ref{ Space: inputSpace + 1, Value: value{ Channels: 3, Pixels: 4, Layout: layout{Type: u8, Lanes: 3, " +
			"Group: 1, PixelPitch: 3, BlockPixels: 4}, }, }",
			"kernel.Ref{ Space: kernel.InputSpace + 1, Value: kernel.Value{ Channels: 3, Pixels: 4, " +
				"Layout: kernel.Layout{ Type: kernel.U8, Lanes: 3, Group: 1, PixelPitch: 3, BlockPixels: 4, }, }, }"},
	} {
		for e, want := range map[*emitter]string{own: c.own, shared: c.shared} {
			got := strings.Join(strings.Fields(e.value(reflect.ValueOf(c.ref))), " ")
			if got != want {
				t.Errorf("%+v:\n got %s\nwant %s", c.ref, got, want)
			}
		}
	}
}

// TestOperatorNames: an operator is written as its constant, and is what that is.
func TestOperatorNames(t *testing.T) {
	own := &emitter{plan: &plan.Plan{}, options: Options{Package: "p"}}
	for operator, want := range map[kernel.Operator]string{
		kernel.Plus: "plus", kernel.Minus: "minus", kernel.Times: "times", kernel.Over: "over",
	} {
		if got := own.value(reflect.ValueOf(operator)); got != want {
			t.Errorf("%d is written as %s, not %s", operator, got, want)
		}
	}
}
