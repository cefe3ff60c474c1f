package verify_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/onnx/ort"
	"github.com/netc-lang/netc/export/onnx/verify"
	"github.com/netc-lang/netc/export/torch/python"
)

// node makes a model of one node on an input x, with initializers.
func node(opset int64, n verify.Node, shape []int64, initializers ...verify.Tensor) *verify.Model {
	m := &verify.Model{IRVersion: 8, Opset: opset}
	for i := range initializers {
		n.Inputs = append(n.Inputs, initializers[i].Name)
	}
	n.Inputs = append([]string{"x"}, n.Inputs...)
	m.Graph = verify.Graph{
		Nodes:        []verify.Node{n},
		Initializers: initializers,
		Inputs:       []verify.Value{verify.ValueOf("x", verify.Float32, shape)},
		Outputs:      []verify.Value{{Name: n.Outputs[0]}},
	}
	return m
}

func ints(name string, kind verify.ElementType, dims []int64, values ...int64) verify.Tensor {
	return verify.Tensor{Name: name, Type: kind, Dims: dims, Ints: values}
}

func intAttribute(name string, v int64) verify.Attribute {
	return verify.Attribute{Name: name, Kind: verify.IntKind, Int: v}
}

func listAttribute(name string, v ...int64) verify.Attribute {
	return verify.Attribute{Name: name, Kind: verify.IntsKind, Ints: v}
}

// TestOneNode checks single nodes that are wrong, or not covered, in one way each.
func TestOneNode(t *testing.T) {
	two := []string{"a", "b"}
	vector := []int64{1}
	for _, tt := range []struct {
		name, want string
		m          *verify.Model
	}{
		{"TopK beyond the classes", "problem: node 0, TopK : the best 6 of 5 cannot be told",
			node(17, verify.Node{Operator: "TopK", Outputs: two}, []int64{1, 5}, ints("k", verify.Int64, vector, 6))},
		{"TopK by another type", "problem: node 0, TopK : its input 1 is int32, not int64",
			node(17, verify.Node{Operator: "TopK", Outputs: two}, []int64{1, 5}, ints("k", verify.Int32, vector, 3))},
		{"TopK by another rank", "problem: node 0, TopK : its input 1 has the shape [1 1]",
			node(17, verify.Node{Operator: "TopK", Outputs: two}, []int64{1, 5}, ints("k", verify.Int64, []int64{1, 1},
				3))},
		{"Split that does not add up", "problem: node 0, Split : the parts [2 2] do not make up axis 1",
			node(17, verify.Node{Operator: "Split", Outputs: two,
				Attributes: []verify.Attribute{intAttribute("axis", 1)}}, []int64{1, 5},
				ints("s", verify.Int64, []int64{2}, 2, 2))},
		{"Split with a negative part", "problem: node 0, Split : a part of -1 does not exist",
			node(17, verify.Node{Operator: "Split", Outputs: two,
				Attributes: []verify.Attribute{intAttribute("axis", 1)}}, []int64{1, 5},
				ints("s", verify.Int64, []int64{2}, -1, 6))},
		{"Slice without a step", "problem: node 0, Slice : the step along axis 1 is 0",
			node(17, verify.Node{Operator: "Slice", Outputs: two[:1]}, []int64{1, 5}, ints("from", verify.Int64, vector,
				0),
				ints("to", verify.Int64, vector, 3), ints("axes", verify.Int64, vector, 1),
				ints("steps", verify.Int64, vector, 0))},
		{"Slice beyond the axes", "problem: node 0, Slice : there is no axis 2",
			node(17, verify.Node{Operator: "Slice", Outputs: two[:1]}, []int64{1, 5}, ints("from", verify.Int64, vector,
				0),
				ints("to", verify.Int64, vector, 3), ints("axes", verify.Int64, vector, 2))},
		{"Flatten beyond the axes", "problem: node 0, Flatten : there is no axis 3",
			node(17, verify.Node{Operator: "Flatten", Outputs: two[:1],
				Attributes: []verify.Attribute{intAttribute("axis", 3)}}, []int64{1, 5})},
		{"Transpose with an axis twice", "problem: node 0, Transpose : perm [1 1] is no order",
			node(17, verify.Node{Operator: "Transpose", Outputs: two[:1],
				Attributes: []verify.Attribute{listAttribute("perm", 1, 1)}}, []int64{1, 5})},
		{"pooling beyond the image", "problem: node 0, MaxPool : a window of 3 does not fit 2",
			node(17, verify.Node{Operator: "MaxPool", Outputs: two[:1],
				Attributes: []verify.Attribute{listAttribute("kernel_shape", 3, 3)}}, []int64{1, 1, 2, 2})},
		{"where the largest is", "not covered: node 0, MaxPool : where the largest",
			node(17, verify.Node{Operator: "MaxPool", Outputs: two,
				Attributes: []verify.Attribute{listAttribute("kernel_shape", 1, 1)}}, []int64{1, 1, 2, 2})},
		{"Clip with bounds before its time", "problem: node 0, Clip : inputs: with opset 10, it has 1, not 2",
			node(10, verify.Node{Operator: "Clip", Outputs: two[:1]}, []int64{1, 5},
				verify.Tensor{Name: "low", Type: verify.Float32, Raw: make([]byte, 4)})},
		{"Gemm before broadcasting", "not covered: node 0, Gemm : before opset 7",
			node(6, verify.Node{Operator: "Gemm", Outputs: two[:1]}, []int64{1, 5},
				verify.Tensor{Name: "w", Type: verify.Float32, Dims: []int64{5, 2}, Raw: make([]byte, 40)})},
		{"a function of integers", "problem: node 0, Sigmoid : it cannot compute with int64", func() *verify.Model {
			m := node(17, verify.Node{Operator: "Sigmoid", Outputs: two[:1]}, []int64{1, 5})
			m.Graph.Inputs[0].Type = verify.Int64
			return m
		}()},
		{"a dimension below zero", "problem: the input x: the shape [1 -5] is impossible",
			node(17, verify.Node{Operator: "Relu", Outputs: two[:1]}, []int64{1, -5})},
		{"too many elements", "problem: the input x: a tensor of shape",
			node(17, verify.Node{Operator: "Relu", Outputs: two[:1]}, []int64{1 << 20, 1 << 20})},
		{"strings", "not covered: the input x is no tensor, or one of string", func() *verify.Model {
			m := node(17, verify.Node{Operator: "Identity", Outputs: two[:1]}, []int64{1, 5})
			m.Graph.Inputs[0].Type = 8
			return m
		}()},
	} {
		if text := findings(tt.m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1})); !strings.Contains(text,
			tt.want) {
			t.Errorf("%s: want %q in:\n%s", tt.name, tt.want, text)
		}
	}
}

// TestIntegerArithmetic computes with integers: sums leave their range as two's complement does, and nothing is divided
// by zero, at whichever place.
func TestIntegerArithmetic(t *testing.T) {
	for _, tt := range []struct {
		operator string
		kind     verify.ElementType
		x, y     []int64
		want     string
	}{
		{"Add", verify.Int64, []int64{1, -2}, []int64{3, 4}, "[4 2]"},
		{"Sub", verify.Int64, []int64{1, -2}, []int64{3, 4}, "[-2 -6]"},
		{"Mul", verify.Int64, []int64{1, -2}, []int64{3, 4}, "[3 -8]"},
		{"Div", verify.Int64, []int64{7, -7}, []int64{2, 2}, "[3 -3]"},
		{"Add", verify.Int8, []int64{127, -128}, []int64{1, -1}, "[-128 127]"},
		{"Sub", verify.Uint8, []int64{0, 255}, []int64{1, 255}, "[255 0]"},
		{"Add", verify.Uint16, []int64{65535, 1}, []int64{1, 1}, "[0 2]"},
		{"Mul", verify.Int16, []int64{-32768, 2}, []int64{-1, 3}, "[-32768 6]"},
		{"Add", verify.Int32, []int64{1<<31 - 1, 0}, []int64{1, 0}, "[-2147483648 0]"},
		{"Sub", verify.Uint32, []int64{0, 7}, []int64{1, 7}, "[4294967295 0]"},
		{"Div", verify.Int64, []int64{1, 2}, []int64{0, 1}, "zero"},
		{"Div", verify.Int64, []int64{1, 2}, []int64{1, 0}, "zero"},
		{"Div", verify.Int32, []int64{0, 0}, []int64{0, 0}, "zero"},
	} {
		m := node(17, verify.Node{Operator: tt.operator, Outputs: []string{"y"}}, []int64{2}, ints("c", tt.kind,
			[]int64{2}, tt.y...))
		m.Graph.Inputs[0].Type = tt.kind
		if r := m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1}); !r.OK() {
			t.Errorf("%s of %s: %s", tt.operator, tt.kind, findings(r))
			continue
		}
		x := map[string]verify.Array{"x": {Type: tt.kind, Dims: []int64{2}, Ints: tt.x}}
		results, err := m.Evaluate(x, verify.Evaluation{})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(results[0].Ints)
		}
		if got != tt.want && !(tt.want == "zero" && strings.Contains(got, "zero")) {
			t.Errorf("%s of %s, %v and %v: got %s, want %s", tt.operator, tt.kind, tt.x, tt.y, got, tt.want)
		}
	}
}

// TestWork spends what an evaluation may cost to the last operation, and one less.
func TestWork(t *testing.T) {
	m := node(17, verify.Node{Operator: "Conv", Outputs: []string{"y"}}, []int64{1, 2, 4, 4},
		verify.Tensor{Name: "w", Type: verify.Float32, Dims: []int64{3, 2, 1, 1}, Raw: make([]byte, 4*6)})
	r := m.Check(verify.Sizes{Batch: 1, Height: 4, Width: 4})
	if want := 3.0*16 + 3*16*2; !r.OK() || r.Work != want {
		t.Fatalf("the work is %g, want %g; %s", r.Work, want, findings(r))
	}
	input := map[string]verify.Array{
		"x": {Type: verify.Float32, Dims: []int64{1, 2, 4, 4}, Floats: make([]float64, 32)},
	}
	if _, err := m.Evaluate(input, verify.Evaluation{Work: r.Work}); err != nil {
		t.Error(err)
	}
	if _, err := m.Evaluate(input, verify.Evaluation{Work: r.Work - 1}); !verify.IsUncovered(err) {
		t.Errorf("one less is enough: %v", err)
	}
	if _, err := m.Evaluate(nil, verify.Evaluation{}); err == nil {
		t.Error("a model was evaluated without its input")
	}
}

// TestRound holds the rounding to 16 bits against all numbers that they have: the nearest is taken, the even one in
// the middle.
func TestRound(t *testing.T) {
	for _, kind := range []verify.ElementType{verify.Float16, verify.BFloat16} {
		last := -1.0
		for bits := uint64(0); ; bits++ {
			x := verify.FloatOf(kind, bits)
			if math.IsInf(x, 0) {
				break
			}
			if kind.Round(x) != x || kind.Round(-x) != -x {
				t.Fatalf("%s: %g is rounded to %g", kind, x, kind.Round(x))
			}
			if bits > 0 {
				even := x
				if bits%2 == 1 {
					even = last
				}
				middle := (last + x) / 2
				below, above := math.Nextafter(middle, 0), math.Nextafter(middle, math.Inf(1))
				if kind.Round(middle) != even || kind.Round(below) != last || kind.Round(above) != x {
					t.Fatalf("%s: between %g and %g: %g %g %g", kind, last, x, kind.Round(below), kind.Round(middle),
						kind.Round(above))
				}
			}
			last = x
		}
		if last != kind.Largest() || !math.IsInf(kind.Round(2*last), 1) ||
			verify.FloatOf(kind, 1) != kind.Smallest() {
			t.Errorf("%s: the largest is %g", kind, last)
		}
		if one := 1 + kind.Epsilon(); kind.Round(one) != 1 || kind.Round(math.Nextafter(one, 2)) == 1 {
			t.Errorf("%s: epsilon is wrong", kind)
		}
	}
}

// TestTwoGraphs decodes a model whose graph stands twice in it.
func TestTwoGraphs(t *testing.T) {
	graph := []byte{7<<3 | 2, 0} // an empty GraphProto
	if _, err := verify.Decode(append(graph, graph...)); err == nil || !strings.Contains(err.Error(), "two graphs") {
		t.Errorf("two graphs: %v", err)
	}
}

// broken is a file that fails, or ends, when it is read.
type broken struct{ err error }

func (b broken) ReadAt([]byte, int64) (int, error) { return 0, b.err }
func (b broken) Close() error                      { return nil }

// TestExternalFails reads weights from files that cannot be opened, cannot be read, end early, or are shared out twice.
func TestExternalFails(t *testing.T) {
	outside := func(offsets ...string) *verify.Model {
		m := &verify.Model{}
		for _, o := range offsets {
			m.Graph.Initializers = append(m.Graph.Initializers, verify.Outside(verify.Float32, []int64{4}, "w", o))
		}
		return m
	}
	wrong := errors.New("the disk is broken")
	huge := &verify.Model{}
	huge.Graph.Initializers = []verify.Tensor{verify.Outside(verify.Float32, []int64{1 << 40, 1 << 40}, "w", "0")}
	for _, tt := range []struct {
		name, want string
		m          *verify.Model
		file       verify.External
		err        error
	}{
		{"open", "the disk is broken", outside("0"), verify.External{}, wrong},
		{"read", "the disk is broken", outside("0"), verify.External{ReaderAt: broken{wrong}, Closer: broken{},
			Size: 16}, nil},
		{"end", "EOF", outside("0"), verify.External{ReaderAt: broken{io.EOF}, Closer: broken{}, Size: 16}, nil},
		{"short", "truncated", outside("4"), verify.External{ReaderAt: broken{}, Closer: broken{}, Size: 19}, nil},
		{"overlap", "tensors overlap in w", outside("0", "8"),
			verify.External{ReaderAt: strings.NewReader(strings.Repeat("x", 24)), Closer: broken{}, Size: 24}, nil},
		{"the same", "", outside("0", "0"), verify.External{ReaderAt: strings.NewReader(strings.Repeat("x", 16)),
			Closer: broken{}, Size: 16}, nil},
		{"too large a shape", "is impossible", huge,
			verify.External{ReaderAt: broken{}, Closer: broken{}, Size: 16}, nil},
		{"no offset", "no sensible number", outside("-1"), verify.External{ReaderAt: broken{}, Closer: broken{},
			Size: 16}, nil},
	} {
		err := tt.m.LoadExternal(func(string) (verify.External, error) { return tt.file, tt.err })
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got the error %v, want %q in it", tt.name, err, tt.want)
		}
	}
}

// TestExternalLinks refuses links that lead out of the model's folder, in any part of the path, and follows those
// that do not.
func TestExternalLinks(t *testing.T) {
	g := graphs(t)["mobile.ir"]
	m, err := onnx.Build(g, calibrated(g), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	outer := t.TempDir()
	folder := filepath.Join(outer, "models")
	for _, d := range []string{filepath.Join(folder, "inside"), filepath.Join(outer, "secret")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"out": "../secret", "in": "inside", "file": "../secret/data",
		"absolute": filepath.Join(outer, "secret")} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Skip(err)
		}
	}
	for location, right := range map[string]bool{"inside/data": true, "in/data": true, "out/data": false, "file": false,
		"absolute/data":  false,
		"../secret/data": false, "inside": false} {
		model, data := &strings.Builder{}, &strings.Builder{}
		if err := m.WriteExternal(model, data, location, nil); err != nil {
			t.Fatal(err)
		}
		for path, text := range map[string]string{folder + "/m.onnx": model.String(),
			folder + "/inside/data": data.String(), outer + "/secret/data": data.String()} {
			if err := os.WriteFile(filepath.FromSlash(path), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := verify.ReadFile(filepath.Join(folder, "m.onnx")); (err == nil) != right {
			t.Errorf("%s: %v", location, err)
		}
	}
}

// TestMutants changes single bytes of a model. Whatever comes of it: no panic, and texts may be any bytes.
func TestMutants(t *testing.T) {
	g := graphs(t)["mobile.ir"]
	data := write(t, g, onnx.Options{})
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		mutant := append([]byte{}, data...)
		mutant[random.IntN(len(mutant))] ^= 1 << random.IntN(8)
		if m, err := verify.Decode(mutant); err == nil {
			m.Check(sizes(g))
		}
	}
	// A value_info that names nothing, in bytes that are no text: ONNX Runtime and ONNX's checker accept both.
	name := "\x0a\x08stem.act" // the field name of the last place where it stands
	at := strings.LastIndex(string(data), name)
	mutant := strings.Replace(string(data[at:]), name, "\x0a\x08stem.\xff\xfe\xfd", 1)
	m, err := verify.Decode([]byte(string(data[:at]) + mutant))
	if err != nil {
		t.Fatal(err)
	}
	if r := m.Check(sizes(g)); !r.OK() ||
		!strings.Contains(findings(r), `note: stem.\xff\xfe\xfd is declared, but nothing has that name`) {
		t.Errorf("a value that nothing has is no problem:\n%s", findings(r))
	}
}

// TestMutantsOfOthersMind changes single bytes of models anywhere, and asks ONNX Runtime and ONNX's checker what they
// think. What both accept, and ONNX Runtime runs, is not called wrong here.
func TestMutantsOfOthersMind(t *testing.T) {
	if testing.Short() {
		t.Skip("Python checks the mutants, which takes seconds")
	}
	ort.Require(t)
	python := python.Require(t, []string{"onnx"}, "python3-onnx")
	folder := t.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	var mutants [][]byte
	for i := range 1200 {
		g, err := ir.Parse(small[i%len(small)])
		if err != nil {
			t.Fatal(err)
		}
		data := write(t, g, onnx.Options{Metadata: onnx.Metadata{Source: "x.net"}})
		data[random.IntN(len(data))] ^= byte(1 + random.IntN(255))
		mutants = append(mutants, data)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(python, "-c", checkAll, folder, fmt.Sprint(len(mutants))).Output()
	verdicts := strings.Fields(string(out))
	if err != nil || len(verdicts) != len(mutants) {
		t.Fatalf("%v\n%s", err, out)
	}
	accepted := 0
	for i, data := range mutants {
		if verdicts[i] != "right" || !runs(data) {
			continue
		}
		accepted++
		m, err := verify.Decode(data)
		if err != nil {
			t.Errorf("mutant %d: %v", i, err)
			continue
		}
		if r := m.Check(verify.Sizes{Batch: 1, Height: 5, Width: 4}); len(r.Problems) > 0 {
			t.Errorf("mutant %d: %s", i, r.Problems)
		}
	}
	t.Logf("%d of %d mutants are accepted by all", accepted, len(mutants))
	if accepted < 100 {
		t.Errorf("only %d mutants are accepted", accepted)
	}
}

// runs reports whether ONNX Runtime takes a model of the small graphs.
func runs(model []byte) bool {
	for _, output := range []string{"logits", "gelu"} {
		s, err := ort.NewSession(model, []string{"image"}, []string{output}, 1)
		if err != nil {
			continue
		}
		defer s.Close()
		_, err = s.Run(nil, ort.Tensor{Shape: []int{1, 2, 5, 4}, Data: make([]float32, 40)})
		return err == nil
	}
	return false
}

const checkAll = `
import os, sys
import onnx
for i in range(int(sys.argv[2])):
    try:
        onnx.checker.check_model(onnx.load(os.path.join(sys.argv[1], str(i))), full_check=True)
        print("right")
    except Exception:
        print("wrong")
`

// TestAutoPad: the odd row of padding stands behind the image, or before it, and windows are as many as the strides.
func TestAutoPad(t *testing.T) {
	for _, tt := range []struct {
		mode              string
		in, reach, stride int64
		before, after     int64
	}{
		{"NOTSET", 5, 3, 2, 7, 9}, {"VALID", 5, 3, 2, 0, 0},
		{"SAME_UPPER", 8, 3, 2, 0, 1}, {"SAME_LOWER", 8, 3, 2, 1, 0},
		{"SAME_UPPER", 7, 5, 1, 2, 2}, {"SAME_LOWER", 7, 5, 1, 2, 2},
		{"SAME_UPPER", 9, 6, 4, 2, 3}, {"SAME_LOWER", 9, 6, 4, 3, 2},
		{"SAME_UPPER", 8, 1, 2, 0, 0}, {"SAME_LOWER", 8, 1, 3, 0, 0},
	} {
		before, after, err := verify.Padding(tt.mode, tt.in, tt.reach, tt.stride)
		if err != nil || before != tt.before || after != tt.after {
			t.Errorf("%s of %d, %d by %d: %d and %d, want %d and %d (%v)", tt.mode, tt.in, tt.reach, tt.stride, before,
				after, tt.before, tt.after, err)
		}
	}
	if _, _, err := verify.Padding("SAME", 8, 3, 1); err == nil {
		t.Error("there is no mode SAME")
	}
}
