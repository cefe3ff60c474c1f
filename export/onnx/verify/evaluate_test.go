package verify_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/onnx/verify"
)

// TestIntegerValues computes with integers what operators of floats compute with them, too, and says of what it does
// not.
func TestIntegerValues(t *testing.T) {
	pool := []verify.Attribute{listAttribute("kernel_shape", 2)}
	three := []int64{3}
	for _, tt := range []struct {
		operator   string
		kind       verify.ElementType
		dims, x    []int64
		attributes []verify.Attribute
		constants  []verify.Tensor
		want       string
	}{
		{"Relu", verify.Int64, three, []int64{-2, 0, 3}, nil, nil, "[0 0 3]"},
		{"Clip", verify.Int64, three, []int64{-9, 1, 9}, nil,
			[]verify.Tensor{ints("low", verify.Int64, nil, -2), ints("high", verify.Int64, nil, 5)}, "[-2 1 5]"},
		{"MaxPool", verify.Int8, []int64{1, 1, 3}, []int64{-5, -7, -6}, pool, nil, "[-5 -6]"},
		{"MaxPool", verify.Uint8, []int64{1, 1, 3}, []int64{5, 255, 0}, pool, nil, "[255 255]"},
		{"Identity", verify.Int32, three, []int64{-2, 0, 3}, nil, nil, "[-2 0 3]"},
		{"Flatten", verify.Int64, three, []int64{-2, 0, 3}, []verify.Attribute{intAttribute("axis", 0)}, nil,
			"[-2 0 3]"},
		{"Transpose", verify.Int64, []int64{2, 2}, []int64{1, 2, 3, 4}, nil, nil, "[1 3 2 4]"},
		{"Slice", verify.Int64, three, []int64{1, 2, 3}, nil, []verify.Tensor{list("from", 1), list("to", 3)}, "[2 3]"},
		{"Concat", verify.Int64, three, []int64{1, 2, 3}, []verify.Attribute{intAttribute("axis", 0)},
			[]verify.Tensor{list("c", 7)}, "[1 2 3 7]"},
		{"Pad", verify.Int64, three, []int64{1, 2, 3}, nil, []verify.Tensor{list("p", 0, 1)},
			"Pad : padding of integers is not known here"},
		{"TopK", verify.Int64, three, []int64{1, 2, 3}, nil, []verify.Tensor{list("k", 1)},
			"TopK : the best of integers are not known here"},
		{"Resize", verify.Int8, []int64{1, 1, 1, 1}, []int64{1}, []verify.Attribute{
			textAttribute("coordinate_transformation_mode", "asymmetric"), textAttribute("nearest_mode", "floor")},
			[]verify.Tensor{numbers("none", []int64{0}), numbers("none2", []int64{0}), list("sizes", 1, 1, 2, 2)},
			"Resize : resizing of integers is not known here"},
	} {
		outputs := []string{"y"}
		if tt.operator == "TopK" {
			outputs = append(outputs, "z")
		}
		m := node(17, verify.Node{Operator: tt.operator, Outputs: outputs, Attributes: tt.attributes}, tt.dims,
			tt.constants...)
		m.Graph.Inputs[0].Type = tt.kind
		if r := m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1}); !r.OK() {
			t.Errorf("%s of %s: %s", tt.operator, tt.kind, findings(r))
		}
		x := map[string]verify.Array{"x": {Type: tt.kind, Dims: tt.dims, Ints: tt.x}}
		results, err := m.Evaluate(x, verify.Evaluation{})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(results[0].Ints)
		}
		if got != tt.want {
			t.Errorf("%s of %s: got %s, want %s", tt.operator, tt.kind, got, tt.want)
		}
	}
}

// chain is a model of Identity, Add and Relu, one behind the other.
func chain() *verify.Model {
	m := node(17, verify.Node{Operator: "Identity", Outputs: []string{"a"}}, []int64{2})
	m.Graph.Initializers = []verify.Tensor{numbers("c", []int64{1}, 0x1p-12)}
	m.Graph.Nodes = append(m.Graph.Nodes,
		verify.Node{Operator: "Add", Name: "sum", Inputs: []string{"a", "c"}, Outputs: []string{"b"}},
		verify.Node{Operator: "Relu", Name: "last", Inputs: []string{"b"}, Outputs: []string{"y"}})
	m.Graph.Outputs = []verify.Value{{Name: "y"}, {Name: "a"}, {Name: "c"}}
	return m
}

// TestVisit is told every value in order, and ends with the error of whoever is told.
func TestVisit(t *testing.T) {
	x := map[string]verify.Array{"x": {Type: verify.Float32, Dims: []int64{2}, Floats: []float64{1, -1}}}
	names := []string{"a", "b", "y"}
	enough := errors.New("enough")
	for stop := range len(names) + 1 {
		var told []string
		out, err := chain().Evaluate(x, verify.Evaluation{Visit: func(name string, v verify.Array) error {
			if told = append(told, name); len(told) > stop {
				return enough
			}
			if len(v.Floats) != 2 || v.Type != verify.Float32 || !slices.Equal(v.Dims, []int64{2}) {
				t.Errorf("%s is told as %v", name, v)
			}
			return nil
		}})
		if want := names[:min(stop+1, len(names))]; !slices.Equal(told, want) {
			t.Errorf("told of %v, want %v", told, want)
		}
		if stop < len(names) {
			if err != enough { // as it is
				t.Errorf("after %d values: %v", stop, err)
			}
		} else if err != nil || fmt.Sprint(out[0].Floats, out[1].Floats, out[2].Floats) !=
			"[1.000244140625 0] [1 -1] [0.000244140625]" {
			t.Errorf("got %v, %v", out, err)
		}
	}
}

// TestRounding: each operation rounds its result to its type, unless nothing is to be rounded, and leaves its inputs as
// they are. NaN and float64 are not changed.
func TestRounding(t *testing.T) {
	half := func() *verify.Model {
		m := chain()
		m.Graph.Inputs[0].Type = verify.Float16
		m.Graph.Initializers[0].Type = verify.Float16
		m.Graph.Initializers[0].Raw = []byte{0, 12} // 2^-12
		return m
	}
	double := chain()
	double.Graph.Inputs[0].Type = verify.Float64
	double.Graph.Initializers[0] = verify.Tensor{Name: "c", Type: verify.Float64, Dims: []int64{1},
		Raw: make([]byte, 8)}
	for _, tt := range []struct {
		name string
		m    *verify.Model
		kind verify.ElementType
		x    []float64
		e    verify.Evaluation
		want string // y and a
	}{
		{"half", half(), verify.Float16, []float64{1, 0.1}, verify.Evaluation{},
			"[1 0.10021972656] [1 0.099975585938]"},
		{"half, exactly", half(), verify.Float16, []float64{1, 0.1}, verify.Evaluation{Exact: true},
			"[1.0002441406 0.10024414063] [1 0.1]"},
		{"single", chain(), verify.Float32, []float64{0.1, 0.25}, verify.Evaluation{},
			"[0.10024414212 0.25024414062] [0.10000000149 0.25]"},
		{"double", double, verify.Float64, []float64{0.1, 0.25}, verify.Evaluation{}, "[0.1 0.25] [0.1 0.25]"},
	} {
		x := slices.Clone(tt.x)
		out, err := tt.m.Evaluate(map[string]verify.Array{"x": {Type: tt.kind, Dims: []int64{2}, Floats: x}}, tt.e)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := fmt.Sprintf("%.11g %.11g", out[0].Floats, out[1].Floats); got != tt.want || !slices.Equal(x, tt.x) {
			t.Errorf("%s: got %s, want %s; the input is %v", tt.name, got, tt.want, x)
		}
	}
}

// TestEvaluateErrors evaluates models that Check has not seen, or that are too large.
func TestEvaluateErrors(t *testing.T) {
	change := func(f func(m *verify.Model)) *verify.Model {
		m := chain()
		f(m)
		return m
	}
	for want, m := range map[string]*verify.Model{
		"the value none does not exist": change(func(m *verify.Model) { m.Graph.Outputs[1].Name = "none" }),
		"Add sum: the value none does not exist": change(func(m *verify.Model) {
			m.Graph.Nodes[1].Inputs[1] = "none"
		}),
		"Loop last: the operator is not known here": change(func(m *verify.Model) {
			m.Graph.Nodes[2].Operator = "Loop"
		}),
		"Add sum: it has 3 bytes, its shape": change(func(m *verify.Model) {
			m.Graph.Initializers[0].Raw = make([]byte, 3)
		}),
		"it has 3 bytes, its shape": change(func(m *verify.Model) { // which only the output is
			m.Graph.Nodes[1].Inputs[1], m.Graph.Initializers[0].Raw = "a", make([]byte, 3)
		}),
		"the input z has no value": change(func(m *verify.Model) { m.Graph.Inputs[0].Name = "z" }),
		"Add sum: the shapes [2] and [3] do not match": change(func(m *verify.Model) {
			m.Graph.Initializers[0] = floats("c", 3)
		}),
		"Expand sum: the model is too large to be evaluated": change(expanding(1 << 29)),
		"Expand sum: the shape [21474836480] is impossible":  change(expanding(5 << 32)),
	} {
		x := map[string]verify.Array{"x": {Type: verify.Float32, Dims: []int64{2}, Floats: []float64{1, -1}}}
		if out, err := m.Evaluate(x, verify.Evaluation{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, %v, want %s", out, err, want)
		}
	}
}

// expanding makes the second node repeat a number.
func expanding(times int64) func(m *verify.Model) {
	return func(m *verify.Model) {
		m.Graph.Nodes[1].Operator = "Expand"
		m.Graph.Nodes[1].Inputs = []string{"c", "times"}
		m.Graph.Initializers = append(m.Graph.Initializers, list("times", times))
	}
}

// TestConstantInputs: before version 4 of the file format, each initializer is declared as an input, too. It must be as
// it is declared.
func TestConstantInputs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []verify.Value
		want   string
	}{
		{"right", []verify.Value{verify.ValueOf("c", verify.Float32, []int64{1})}, ""},
		{"of another shape", []verify.Value{verify.ValueOf("c", verify.Float32, []int64{2})},
			"problem: c is declared with the dimension 2, but has 1\n"},
		{"of another type", []verify.Value{verify.ValueOf("c", verify.Float16, []int64{1})},
			"problem: c is declared as fp16, but is fp32\n"},
		{"twice", []verify.Value{verify.ValueOf("c", verify.Float32, []int64{1}),
			verify.ValueOf("c", verify.Float32, []int64{1})}, "problem: the name c is defined twice\n"},
	} {
		m := chain()
		m.Graph.Inputs = append(m.Graph.Inputs, tt.values...)
		if got := findings(m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1})); got != tt.want {
			t.Errorf("%s: got %swant %s", tt.name, got, tt.want)
		}
		if free := m.Graph.Free(); len(free) != 1 || free[0].Name != "x" {
			t.Errorf("%s: %v must be given", tt.name, free)
		}
	}
}

// TestNoFiles reads what is no file, and weights where there is none.
func TestNoFiles(t *testing.T) {
	folder := t.TempDir()
	huge := filepath.Join(folder, "huge.onnx")
	f, err := os.Create(huge)
	if err == nil {
		err = errors.Join(f.Truncate(1<<31), f.Close()) // it takes no room
	}
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(folder, "none"): "no such file", folder: "is not a regular file",
		huge: "has 2147483648 bytes, more than the limit of 2147483647",
	} {
		if _, err := verify.ReadFile(path); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}
