package onnx

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/eval"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/export/onnx/verify"
)

// everyOption has each option by itself, and some together.
var everyOption = []Options{
	{},
	{KeepBatchNorm: true},
	{Batch: 2},
	{Opset: 13},
	{Opset: MaxOpset},
	{Type: Float16},
	{Type: Float16, KeepIO: true},
	{
		Type: BFloat16,
	},
	{Type: BFloat16, KeepIO: true},
	{DynamicSize: true},
	{Preprocess: true},
	{Preprocess: true, Type: Float16},
	{Softmax: true},
	{
		TopK: 2,
	},
	{Softmax: true, TopK: 2},
	{Softmax: true, Type: Float16, KeepIO: true},
	{Features: []string{pass.FeaturesAuto}},
	{Features: []string{"low", "deep"}, Type: Float16, KeepIO: true, DynamicSize: true, Preprocess: true},
}

// TestWhatIsWritten reads back what the file holds beside numbers, over all options: nodes have the names of the
// graph, every value is declared exactly once, as an input, an output or between operations, and constants are not.
func TestWhatIsWritten(t *testing.T) {
	for name, g := range graphs(t) {
		for _, o := range everyOption {
			m, err := Build(g, eval.Calibrated(g, 1).Values(), o)
			if err != nil { // the option is not for this graph: tests of options say which
				if o.Preprocess || o.DynamicSize || o.Softmax || o.TopK > 0 || o.Features != nil {
					continue
				}
				t.Fatal(err)
			}
			var file bytes.Buffer
			if err := m.Write(&file, nil); err != nil {
				t.Fatal(err)
			}
			read, err := verify.Decode(file.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			where := fmt.Sprintf("%s %+v", name, o)
			declaredOnce(t, where, read)
			named(t, where, m, read)
		}
	}
}

// declaredOnce makes sure that each value is in one list.
func declaredOnce(t *testing.T, where string, m *verify.Model) {
	t.Helper()
	places := map[string]int{}
	for _, list := range [][]verify.Value{m.Graph.Inputs, m.Graph.Outputs, m.Graph.Infos} {
		for _, v := range list {
			places[v.Name]++
		}
	}
	values := map[string]bool{}
	for _, v := range m.Graph.Inputs {
		values[v.Name] = true
	}
	for _, n := range m.Graph.Nodes {
		for _, out := range n.Outputs {
			values[out] = true
		}
	}
	for name := range values {
		if places[name] != 1 {
			t.Errorf("%s: %s is declared in %d places", where, name, places[name])
		}
		delete(places, name)
	}
	if len(places) > 0 {
		t.Errorf("%s: what is no value is declared: %v", where, slices.Sorted(maps.Keys(places)))
	}
}

// named makes sure that every node has a name of its own, and every operation of the graph that of its step.
func named(t *testing.T, where string, m *Model, read *verify.Model) {
	t.Helper()
	names := map[string]bool{}
	for _, n := range read.Graph.Nodes {
		if n.Name == "" || names[n.Name] {
			t.Errorf("%s: the name %q of a node that computes %s is missing or not its own", where, n.Name, n.Outputs)
		}
		names[n.Name] = true
	}
	for _, n := range m.graph.Operations() {
		if _, shared := read.Constant(n.Name); shared {
			t.Errorf("%s: a constant has the name of the step %s", where, n.Name)
		}
		if _, ok := n.Op.(ir.Learned); ok {
			if _, direct := read.Constant(n.Params[0].Name); !direct {
				t.Errorf("%s: the learned tensor %s is missing", where, n.Name)
			}
			continue // it may be read as it is, without a node
		}
		if !names[n.Name] && !names[n.Inputs[0].Name+".split"] {
			t.Errorf("%s: no node has the name of the step %s", where, n.Name)
		}
	}
}

// TestFunctionsAtTheirEdges evaluates every function on values far beyond where clipping begins, without ONNX Runtime.
func TestFunctionsAtTheirEdges(t *testing.T) {
	g := graphs(t)["functions.ir"]
	set := eval.Calibrated(g, 1)
	image := eval.Noise(g, 5, 1)[0]
	wide := make([]float64, len(image))
	for i := range image {
		image[i] *= 10
		wide[i] = float64(image[i])
	}
	want, err := eval.Run(g, set, image)
	if err != nil {
		t.Fatal(err)
	}
	for _, opset := range []int{13, 14, 20, MaxOpset} {
		var file bytes.Buffer
		if err := build(t, g, set, Options{Opset: opset}).Write(&file, nil); err != nil {
			t.Fatal(err)
		}
		m, err := verify.Decode(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		s := g.Input().Shape
		in := verify.Array{
			Type:   verify.Float32,
			Dims:   []int64{1, int64(s[0]), int64(s[1]), int64(s[2])},
			Floats: wide,
		}
		// Each function by itself: those of the graph's nodes that the model has under the same name.
		got, err := m.Evaluate(map[string]verify.Array{g.Input().Name: in}, verify.Evaluation{})
		if err != nil {
			t.Fatal(err)
		}
		largest, difference := 0.0, 0.0
		for i, w := range want[0] {
			largest = max(largest, math.Abs(float64(w)))
			difference = max(difference, math.Abs(float64(w)-got[0].Floats[i]))
		}
		if !(difference <= 1e-5*largest) {
			t.Errorf("opset %d: the values differ by %g, the largest is %g", opset, difference, largest)
		}
	}
}

// TestExternalAlignment makes sure that every tensor in a file of external data begins at a page, and holds what it
// should.
func TestExternalAlignment(t *testing.T) {
	wide, err := ir.Parse(`graph "wide"
image = Input(Shape: {3, 4, 4}) : [3, 4, 4]
a = Conv(Out: 23, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}, Bias: true) image : [23, 4, 4]
b = Conv(Out: 29, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) a : [29, 4, 4]
c = Conv(Out: 31, Kernel: 3, Stride: 1, Dilation: 1, Groups: 1, Pad: {1, 1, 1, 1}) b : [31, 4, 4]
d = Conv(Out: 37, Kernel: 1, Stride: 1, Dilation: 1, Groups: 1) c : [37, 4, 4]
output d
`)
	if err != nil {
		t.Fatal(err)
	}
	all := graphs(t)
	all["wide"] = wide
	moved := 0
	for name, g := range all {
		var model, data, whole bytes.Buffer
		m := build(t, g, eval.Calibrated(g, 1), Options{})
		if err := m.WriteExternal(&model, &data, "weights", nil); err != nil {
			t.Fatal(err)
		}
		if err := m.Write(&whole, nil); err != nil {
			t.Fatal(err)
		}
		outside, err := verify.Decode(model.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		inside, err := verify.Decode(whole.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for i, tensor := range inside.Graph.Initializers {
			offset, length, ok := outside.Graph.Initializers[i].External()
			if !ok {
				if len(tensor.Raw) >= smallestExternal {
					t.Errorf("%s: %s, of %d bytes, stays in the model", name, tensor.Name, len(tensor.Raw))
				}
				continue
			}
			at, err := strconv.Atoi(offset)
			if err != nil || at%4096 != 0 || length != strconv.Itoa(len(tensor.Raw)) {
				t.Errorf("%s: %s lies at %s and has %s bytes", name, tensor.Name, offset, length)
				continue
			}
			if !bytes.Equal(data.Bytes()[at:at+len(tensor.Raw)], tensor.Raw) {
				t.Errorf("%s: %s has other values", name, tensor.Name)
			}
			if at > 0 {
				moved++
			}
		}
	}
	if moved < 3 {
		t.Errorf("%d tensors lie behind others", moved)
	}
}

// TestEveryWriteFails writes models to disks that are full at some place.
func TestEveryWriteFails(t *testing.T) {
	g := graphs(t)["backbone.ir"]
	m := build(t, g, eval.Calibrated(g, 1), Options{Type: Float16, Preprocess: true})
	compilertest.EveryWrite(t, func(w io.Writer) error { return m.Write(w, nil) })
	compilertest.EveryWrite(t, func(w io.Writer) error { return m.WriteExternal(w, io.Discard, "w", nil) })
	compilertest.EveryWrite(t, func(w io.Writer) error { return m.WriteExternal(io.Discard, w, "w", nil) })
	compilertest.EveryWrite(t, func(w io.Writer) error { return Write(w, g, eval.Calibrated(g, 1)) })
}

// TestEveryParamFails writes models whose weights cannot be read, folded ones among them.
func TestEveryParamFails(t *testing.T) {
	for name, g := range graphs(t) {
		good := eval.Calibrated(g, 1).Values()
		for _, o := range []Options{{}, {KeepBatchNorm: true}, {Type: Float16}} {
			if strings.HasPrefix(name, "dropped") { // of some of its parameters, nothing reads any
				continue
			}
			compilertest.EveryParam(t, g, good, func(values params.Values) error {
				m, err := Build(g, values, o)
				if err != nil {
					return err
				}
				return m.Write(io.Discard, nil)
			})
			compilertest.EveryParam(t, g, good, func(values params.Values) error {
				m, err := Build(g, values, o)
				if err != nil {
					return err
				}
				return m.WriteExternal(io.Discard, io.Discard, "w", nil)
			})
		}
	}
}

// TestPoolBehindPad: a MaxPool whose input is padded by an operation of its own has no padding that others could be
// merged with, and pads by what is never the largest before; one by itself has its padding.
func TestPoolBehindPad(t *testing.T) {
	const pool = " = MaxPool(Kernel: 3, Stride: 2, Pad: "
	g, err := ir.Parse("graph \"g\"\nx = Input(Shape: {4, 9, 9}) : [4, 9, 9]\n" +
		"wide = Pad(Sides: {1, 1, 1, 1}) x : [4, 11, 11]\nalone" + pool + "{1, 1, 1, 1}) x : [4, 5, 5]\n" +
		"behind" + pool + "{0, 0, 0, 0}) wide : [4, 5, 5]\nboth" + pool + "{1, 1, 1, 1}) wide : [4, 6, 6]\n" +
		"output alone behind both\n")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Build(g, eval.Calibrated(g, 1).Values(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.Write(&file, nil); err != nil {
		t.Fatal(err)
	}
	read, err := verify.Decode(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	pads := 0
	for _, n := range read.Graph.Nodes {
		if n.Operator == "Pad" {
			pads++
		}
		for _, a := range n.Attributes {
			if n.Operator == "MaxPool" && (a.Name == "pads" || a.Name == "auto_pad") {
				got[n.Name] += fmt.Sprint(a.Name, a.Ints, a.Text)
			}
		}
	}
	want := map[string]string{"alone": "pads[1 1 1 1]", "behind": "auto_pad[]VALID", "both": "auto_pad[]VALID"}
	if !maps.Equal(got, want) || pads != 2 {
		t.Errorf("got %v and %d operations that pad, want %v and 2", got, pads, want)
	}
}
