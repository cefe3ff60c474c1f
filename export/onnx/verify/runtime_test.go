package verify_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/netc-lang/netc/export/onnx/verify"
)

// TestAtRunTime gives operators their settings (shapes, axes, factors) as constants, and as inputs of the model. The
// check says that the latter are only known when the model runs. When it runs, they are, and the results are those with
// constants.
func TestAtRunTime(t *testing.T) {
	type attributes = []verify.Attribute
	type constants = []verify.Tensor
	a, s := intAttribute, textAttribute
	image := []int64{1, 2, 2, 3}
	none := verify.Tensor{Name: "roi", Type: verify.Float32, Dims: []int64{0}, Raw: []byte{}}
	factors := verify.Tensor{Name: "factors", Type: verify.Float32, Dims: []int64{4},
		Raw: []byte("\x00\x00\x80\x3f\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x00\x40")} // 1, 1, 2, 2
	places := attributes{s("coordinate_transformation_mode", "asymmetric"), s("nearest_mode", "floor")}
	for _, tt := range []struct {
		operator   string
		opset      int64
		x          []int64
		attributes attributes
		constants  constants
		outputs    int
		want       []int64 // the shape of the first result
	}{
		{"Reshape", 17, image, nil, constants{list("c0", 2, 6)}, 1, []int64{2, 6}},
		{"Expand", 17, []int64{2, 1}, nil, constants{list("c0", 2, 3)}, 1, []int64{2, 3}},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("c0", 1), list("c1", 8), list("c2", 1), list("c3", 3)}, 1,
			[]int64{4, 3}},
		{"Split", 17, []int64{1, 5}, attributes{a("axis", 1)}, constants{list("c0", 2, 3)}, 2, []int64{1, 2}},
		{"Pad", 17, []int64{2, 3}, nil, constants{list("c0", 1, 0, 0, 2)}, 1, []int64{3, 5}},
		{"TopK", 17, []int64{1, 5}, nil, constants{list("c0", 3)}, 2, []int64{1, 3}},
		{"ReduceMean", 18, image, nil, constants{list("c0", 2, 3)}, 1, []int64{1, 2, 1, 1}},
		{"Resize", 17, image, places, constants{none, factors}, 1, []int64{1, 2, 4, 6}},
		{"Resize", 17, image, places, constants{none, none, list("c2", 1, 2, 5, 7)}, 1, []int64{1, 2, 5, 7}},
	} {
		outputs := []string{"y", "z"}[:tt.outputs]
		evaluate := func(m *verify.Model, more map[string]verify.Array) []verify.Array {
			t.Helper()
			x := verify.Array{Type: verify.Float32, Dims: tt.x, Floats: make([]float64, elementsOf(tt.x))}
			for i := range x.Floats {
				x.Floats[i] = float64(i*7%11) - 3
			}
			inputs := map[string]verify.Array{"x": x}
			for name, v := range more {
				inputs[name] = v
			}
			got, err := m.Evaluate(inputs, verify.Evaluation{})
			if err != nil {
				t.Fatalf("%s: %v", tt.operator, err)
			}
			return got
		}
		of := func() *verify.Model {
			given := slices.Clone(tt.constants)
			for i := range given {
				given[i].Name = fmt.Sprint("c", i)
			}
			m := node(tt.opset, verify.Node{Operator: tt.operator, Outputs: outputs, Attributes: tt.attributes}, tt.x,
				given...)
			m.Graph.Outputs = nil
			for _, name := range outputs {
				m.Graph.Outputs = append(m.Graph.Outputs, verify.Value{Name: name})
			}
			return m
		}
		want := evaluate(of(), nil)
		if !slices.Equal(want[0].Dims, tt.want) {
			t.Errorf("%s: the result has the shape %v, want %v", tt.operator, want[0].Dims, tt.want)
		}
		for i, c := range tt.constants {
			if c.Dims[0] == 0 {
				continue // it says nothing
			}
			m := of()
			name := fmt.Sprint("c", i)
			value, _ := m.Constant(name)
			m.Graph.Initializers = slices.Delete(m.Graph.Initializers, i, i+1)
			if _, still := m.Constant(name); still {
				t.Fatalf("%s is still a constant", name)
			}
			m.Graph.Inputs = append(m.Graph.Inputs, verify.ValueOf(name, c.Type, c.Dims))
			says := fmt.Sprintf("not covered: node 0, %s : its input %d, %s, is only known when the model runs\n",
				tt.operator, i+1, name)
			if got := findings(m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1})); got != says {
				t.Errorf("%s: input %d: got %swant %s", tt.operator, i+1, got, says)
			}
			if got := evaluate(m, map[string]verify.Array{name: value}); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: with its input %d at run time, got %v, want %v", tt.operator, i+1, got, want)
			}
		}
	}
}

// TestConstant: a constant that lacks some of its data has no values.
func TestConstant(t *testing.T) {
	m := node(17, verify.Node{Operator: "Relu", Outputs: []string{"y"}}, []int64{2}, floats("whole", 2))
	broken := floats("broken", 2)
	broken.Raw = broken.Raw[:7]
	m.Graph.Initializers = append(m.Graph.Initializers, broken)
	if v, ok := m.Constant("whole"); !ok || !slices.Equal(v.Floats, []float64{1, 1}) {
		t.Errorf("whole: %v, %t", v, ok)
	}
	for _, name := range []string{"broken", "y", ""} {
		if v, ok := m.Constant(name); ok {
			t.Errorf("%q: %v", name, v)
		}
	}
}
