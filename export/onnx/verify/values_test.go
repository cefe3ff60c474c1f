package verify_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/netc-lang/netc/export/onnx/verify"
)

// numbers is a constant of floats.
func numbers(name string, dims []int64, values ...float32) verify.Tensor {
	raw, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return verify.Tensor{Name: name, Type: verify.Float32, Dims: dims, Raw: raw}
}

func floatAttribute(name string, v float32) verify.Attribute {
	return verify.Attribute{Name: name, Kind: verify.FloatKind, Float: v}
}

// TestValues holds what each operator computes, and what that is said to cost, to numbers that were worked out by hand:
// every other test compares with programs that may err in the same way. Attributes and axes have values other than
// those that change nothing; NaN stays NaN.
func TestValues(t *testing.T) {
	type attributes = []verify.Attribute
	type constants = []verify.Tensor
	type dims = []int64
	a, f, l, s := intAttribute, floatAttribute, listAttribute, textAttribute
	nan, ln2, ln3 := float32(math.NaN()), float32(math.Ln2), float32(math.Log(3))
	places := func(mode, places string) attributes {
		return attributes{s("mode", mode), s("coordinate_transformation_mode", places), s("nearest_mode", "floor")}
	}
	none := numbers("none", dims{0})
	none2 := numbers("none2", dims{0})
	covered := map[string]bool{}
	for _, tt := range []struct {
		operator   string
		opset      int64
		dims       dims
		x          []float32
		attributes attributes
		constants  constants
		work       float64 // multiply-accumulates, beside one for each element that comes out
		want       string  // shapes and values of all results
	}{
		{"Conv", 17, dims{1, 1, 4}, []float32{1, 2, 3, 4}, nil, constants{numbers("w", dims{1, 1, 2}, 1, 10)}, 6,
			"[1 1 3] [21 32 43]"},
		{"Conv", 17, dims{1, 2, 2, 2}, []float32{1, 2, 3, 4, 5, 6, 7, 8},
			attributes{a("group", 2), l("pads", 0, 1, 0, 0)},
			constants{numbers("w", dims{2, 1, 1, 2}, 1, 10, 2, 20), numbers("b", dims{2}, 100, 200)}, 16,
			"[1 2 2 2] [110 121 130 143 300 330 340 374]"},
		{"Conv", 17, dims{1, 1, 2, 1, 2}, []float32{1, 2, 3, 4}, nil,
			constants{numbers("w", dims{1, 1, 2, 1, 1}, 1, 10)}, 4, "[1 1 1 1 2] [31 42]"},
		{"Conv", 17, dims{1, 1, 5}, []float32{1, 2, 3, 4, 5}, attributes{l("strides", 2), l("dilations", 2)},
			constants{numbers("w", dims{1, 1, 2}, 1, 10)}, 4, "[1 1 2] [31 53]"},
		{"Conv", 17, dims{2, 2, 1}, []float32{1, 2, 3, 4}, nil,
			constants{numbers("w", dims{3, 2, 1}, 1, 10, 2, 20, 3, 30)}, 12, "[2 3 1] [21 42 63 43 86 129]"},
		{"ConvTranspose", 17, dims{1, 1, 2}, []float32{1, 2}, attributes{l("strides", 2)},
			constants{numbers("w", dims{1, 1, 2}, 1, 10)}, 4, "[1 1 4] [1 10 2 20]"},
		{"ConvTranspose", 17, dims{1, 2, 1, 1}, []float32{3, 5}, attributes{a("group", 2)},
			constants{numbers("w", dims{2, 1, 1, 2}, 1, 10, 2, 20), numbers("b", dims{2}, 100, 200)}, 4,
			"[1 2 1 2] [103 130 210 300]"},
		{"ConvTranspose", 17, dims{1, 1, 3}, []float32{1, 2, 3}, attributes{l("pads", 1, 1)},
			constants{numbers("w", dims{1, 1, 2}, 1, 10)}, 6, "[1 1 2] [12 23]"},
		{"ConvTranspose", 17, dims{1, 1, 2, 1, 1}, []float32{1, 2}, nil,
			constants{numbers("w", dims{1, 1, 1, 1, 2}, 1, 10)}, 4, "[1 1 2 1 2] [1 10 2 20]"},
		{"ConvTranspose", 17, dims{2, 2, 1}, []float32{1, 2, 3, 4}, attributes{l("dilations", 2)},
			constants{numbers("w", dims{2, 1, 2}, 1, 10, 100, 1000)}, 8, "[2 1 3] [201 0 2010 403 0 4030]"},
		{"MaxPool", 17, dims{1, 1, 2, 3}, []float32{1, -5, 2, 4, 3, -6}, attributes{l("kernel_shape", 2, 2)}, nil, 8,
			"[1 1 1 2] [4 3]"},
		{"MaxPool", 17, dims{1, 1, 2}, []float32{-3, -4}, attributes{l("kernel_shape", 2), l("pads", 1, 0)}, nil, 4,
			"[1 1 2] [-3 -3]"},
		{"MaxPool", 17, dims{1, 1, 4}, []float32{1, nan, 2, 3}, attributes{l("kernel_shape", 2)}, nil, 6,
			"[1 1 3] [NaN NaN 3]"},
		{"MaxPool", 17, dims{1, 1, 2, 2, 1}, []float32{1, 5, 4, 3},
			attributes{l("kernel_shape", 2, 1, 1), l("dilations", 1, 1, 1)}, nil, 4, "[1 1 1 2 1] [4 5]"},
		{"MaxPool", 17, dims{1, 1, 5}, []float32{5, 9, 4, 8, 3},
			attributes{l("kernel_shape", 2), l("dilations", 2), l("strides", 2)}, nil, 4, "[1 1 2] [5 4]"},
		{"AveragePool", 17, dims{1, 1, 4}, []float32{1, 3, 5, 11}, attributes{l("kernel_shape", 2), l("pads", 1, 1)},
			nil, 10, "[1 1 5] [1 2 4 8 11]"},
		{"AveragePool", 17, dims{1, 1, 4}, []float32{1, 3, 5, 11},
			attributes{l("kernel_shape", 2), l("pads", 1, 1), a("count_include_pad", 1)}, nil, 10,
			"[1 1 5] [0.5 2 4 8 5.5]"},
		{"AveragePool", 17, dims{1, 2, 2, 2, 2}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 10, 20, 30, 40, 50, 60, 70, 80},
			attributes{l("kernel_shape", 2, 2, 2)}, nil, 16, "[1 2 1 1 1] [4.5 45]"},
		{"GlobalAveragePool", 17, dims{1, 2, 1, 2}, []float32{1, 3, -2, -6}, nil, nil, 4, "[1 2 1 1] [2 -4]"},
		{"GlobalMaxPool", 17, dims{2, 2, 2}, []float32{-1, -3, -7, -2, nan, 1, 2, nan}, nil, nil, 8,
			"[2 2 1] [-1 -2 NaN NaN]"},
		{"Pad", 17, dims{1, 2}, []float32{1, 2}, nil, constants{list("p", 0, 1, 1, 0), numbers("v", nil, 9)}, 0,
			"[2 3] [9 1 2 9 9 9]"},
		{"Pad", 17, dims{2, 2}, []float32{1, 2, 3, 4}, nil, constants{list("p", 0, -1, 1, 1)}, 0,
			"[3 2] [2 0 4 0 0 0]"},
		{"Resize", 17, dims{1, 1, 1, 2}, []float32{1, 2}, places("nearest", "asymmetric"),
			constants{none, numbers("f", dims{4}, 1, 1, 2, 2)}, 0, "[1 1 2 4] [1 1 2 2 1 1 2 2]"},
		{"Resize", 17, dims{1, 1, 1, 2}, []float32{1, 5}, places("linear", "half_pixel"),
			constants{none, none2, list("sizes", 1, 1, 1, 4)}, 0, "[1 1 1 4] [1 2 4 5]"},
		{"Resize", 17, dims{1, 1, 2, 2}, []float32{0, 4, 8, 12}, places("linear", "half_pixel"),
			constants{none, none2, list("sizes", 1, 1, 4, 2)}, 0, "[1 1 4 2] [0 4 2 6 6 10 8 12]"},
		{"Resize", 17, dims{1, 2, 1, 2}, []float32{1, 5, 10, 50}, places("linear", "align_corners"),
			constants{none, none2, list("sizes", 1, 2, 1, 3)}, 0, "[1 2 1 3] [1 3 5 10 30 50]"},
		{"Resize", 17, dims{1, 1, 1, 2}, []float32{1, 5}, places("linear", "align_corners"),
			constants{none, none2, list("sizes", 1, 1, 1, 1)}, 0, "[1 1 1 1] [1]"},
		{"DepthToSpace", 17, dims{1, 4, 1, 2}, []float32{1, 2, 3, 4, 5, 6, 7, 8},
			attributes{a("blocksize", 2), s("mode", "CRD")}, nil, 0, "[1 1 2 4] [1 3 2 4 5 7 6 8]"},
		{"DepthToSpace", 17, dims{1, 8, 1, 1}, []float32{1, 2, 3, 4, 5, 6, 7, 8},
			attributes{a("blocksize", 2), s("mode", "CRD")}, nil, 0, "[1 2 2 2] [1 2 3 4 5 6 7 8]"},
		{"Gemm", 17, dims{2, 2}, []float32{1, 2, 3, 4}, attributes{f("alpha", 0.5), f("beta", 2)},
			constants{numbers("w", dims{2, 2}, 1, 10, 100, 1000), numbers("b", dims{2}, 1, 2)}, 8,
			"[2 2] [102.5 1009 203.5 2019]"},
		{"Gemm", 17, dims{1, 3}, []float32{1, 2, 3}, attributes{a("transB", 1)},
			constants{numbers("w", dims{2, 3}, 1, 10, 100, 2, 20, 200)}, 6, "[1 2] [321 642]"},
		{"Gemm", 17, dims{3, 1}, []float32{1, 2, 3}, attributes{a("transA", 1)},
			constants{numbers("w", dims{3, 2}, 1, 2, 10, 20, 100, 200), numbers("b", dims{1, 1}, 1000)}, 6,
			"[1 2] [1321 1642]"},
		{"BatchNormalization", 15, dims{1, 2, 1, 2}, []float32{1, 3, 5, 7}, attributes{f("epsilon", 1)},
			constants{numbers("s", dims{2}, 2, 3), numbers("b", dims{2}, 1, -1), numbers("m", dims{2}, 2, 6),
				numbers("v", dims{2}, 3, 8)}, 0, "[1 2 1 2] [0 2 -2 0]"},
		{"BatchNormalization", 15, dims{1, 1}, []float32{1}, nil, constants{numbers("s", dims{1}, 1),
			numbers("b", dims{1}, 0), numbers("m", dims{1}, 0), numbers("v", dims{1}, 0)}, 0, "[1 1] [316.228]"},
		{"Softmax", 13, dims{1, 2, 2}, []float32{0, ln3, 1000, 1000}, nil, nil, 0,
			"[1 2 2] [0.25 0.75 0.5 0.5]"},
		{"Softmax", 13, dims{2, 2, 1}, []float32{0, 0, ln3, 0}, attributes{a("axis", 1)}, nil, 0,
			"[2 2 1] [0.5 0.5 0.75 0.25]"},
		{"Softmax", 13, dims{1, 2, 2}, []float32{0, ln3, ln3, 0}, attributes{a("axis", 1)}, nil, 0,
			"[1 2 2] [0.25 0.75 0.75 0.25]"},
		{"Softmax", 12, dims{2, 2, 2}, []float32{0, 0, 0, 0, 0, ln3, 0, ln3}, nil, nil, 0,
			"[2 2 2] [0.25 0.25 0.25 0.25 0.125 0.375 0.125 0.375]"},
		{"TopK", 17, dims{2, 3}, []float32{1, 3, 2, 6, 4, 6}, nil, constants{list("k", 2)}, 0,
			"[2 2] [3 2 6 6]; [2 2] [1 2 0 2]"},
		{"TopK", 17, dims{2, 3}, []float32{1, 3, 2, 6, 4, 5}, attributes{a("largest", 0)}, constants{list("k", 1)}, 0,
			"[2 1] [1 4]; [2 1] [0 1]"},
		{"TopK", 17, dims{2, 2, 2}, []float32{1, 8, 3, 6, 5, 4, 7, 2}, attributes{a("axis", 1)},
			constants{list("k", 1)}, 0, "[2 1 2] [3 8 7 4]; [2 1 2] [1 0 1 0]"},
		{"Clip", 17, dims{4}, []float32{-3, 0.5, 3, nan}, nil,
			constants{numbers("low", nil, -1), numbers("high", nil, 1)}, 0, "[4] [-1 0.5 1 NaN]"},
		{"Clip", 17, dims{3}, []float32{-3, 0.5, 3}, nil, constants{numbers("low", nil, -1)}, 0, "[3] [-1 0.5 3]"},
		{"Clip", 6, dims{3}, []float32{-3, 0.5, 3}, attributes{f("min", -2), f("max", 2)}, nil, 0, "[3] [-2 0.5 2]"},
		{"Clip", 6, dims{3}, []float32{-3, 0.5, 3}, attributes{f("max", 2)}, nil, 0, "[3] [-3 0.5 2]"},
		{"Add", 17, dims{2, 1}, []float32{1, 2}, nil, constants{numbers("c", dims{3}, 10, 20, 30)}, 0,
			"[2 3] [11 21 31 12 22 32]"},
		{"Sub", 17, dims{2, 1}, []float32{1, 2}, nil, constants{numbers("c", dims{2, 1}, 10, 20)}, 0, "[2 1] [-9 -18]"},
		{"Mul", 17, dims{2, 1, 2}, []float32{1, 2, 3, 4}, nil, constants{numbers("c", dims{2, 1}, 10, 20)}, 0,
			"[2 2 2] [10 20 20 40 30 40 60 80]"},
		{"Div", 17, dims{2}, []float32{1, 2}, nil, constants{numbers("c", dims{2, 1}, 2, 4)}, 0,
			"[2 2] [0.5 1 0.25 0.5]"},
		{"PRelu", 17, dims{1, 2, 2}, []float32{-1, 2, -3, 4}, nil, constants{numbers("s", dims{2, 1}, 0.5, 0.25)}, 0,
			"[1 2 2] [-0.5 2 -0.75 4]"},
		{"Identity", 17, dims{2}, []float32{1, nan}, nil, nil, 0, "[2] [1 NaN]"},
		{"Concat", 17, dims{2, 1, 2}, []float32{1, 2, 3, 4}, attributes{a("axis", 1)},
			constants{numbers("c", dims{2, 1, 2}, 5, 6, 7, 8)}, 0, "[2 2 2] [1 2 5 6 3 4 7 8]"},
		{"Concat", 17, dims{1, 2}, []float32{1, 2}, attributes{a("axis", -1)},
			constants{numbers("c", dims{1, 1}, 9), numbers("d", dims{1, 3}, 6, 7, 8)}, 0, "[1 6] [1 2 9 6 7 8]"},
		{"Slice", 17, dims{2, 3}, []float32{1, 2, 3, 4, 5, 6}, nil,
			constants{list("from", 0), list("to", 3), list("axes", 1), list("steps", 2)}, 0, "[2 2] [1 3 4 6]"},
		{"Slice", 17, dims{2, 3}, []float32{1, 2, 3, 4, 5, 6}, nil,
			constants{list("from", 1, -1), list("to", 2, -99), list("axes", 0, 1), list("steps", 1, -1)}, 0,
			"[1 3] [6 5 4]"},
		{"Split", 17, dims{2, 3}, []float32{1, 2, 3, 4, 5, 6}, attributes{a("axis", 1)}, constants{list("s", 2, 1)}, 0,
			"[2 2] [1 2 4 5]; [2 1] [3 6]"},
		{"Split", 17, dims{2, 2}, []float32{1, 2, 3, 4}, nil, nil, 0, "[1 2] [1 2]; [1 2] [3 4]"},
		{"Flatten", 17, dims{2, 1, 2}, []float32{1, 2, 3, 4}, nil, nil, 0, "[2 2] [1 2 3 4]"},
		{"Cast", 17, dims{3}, []float32{-1.75, 2.5, 0}, attributes{a("to", 7)}, nil, 0, "[3] [-1 2 0]"},
		{"Transpose", 17, dims{1, 2, 3}, []float32{1, 2, 3, 4, 5, 6}, attributes{l("perm", 2, 0, 1)}, nil, 0,
			"[3 1 2] [1 4 2 5 3 6]"},
		{"Reshape", 17, dims{2, 2}, []float32{1, 2, 3, 4}, nil, constants{list("s", -1)}, 0, "[4] [1 2 3 4]"},
		{"Expand", 17, dims{2, 1}, []float32{1, 2}, nil, constants{list("s", 2, 1, 2)}, 0, "[2 2 2] [1 1 2 2 1 1 2 2]"},
		{"Shape", 17, dims{2, 1}, []float32{1, 2}, nil, nil, 0, "[2] [2 1]"},
		{"MatMul", 17, dims{2, 1, 2}, []float32{1, 2, 3, 4}, nil, constants{numbers("b", dims{2, 1}, 1, 10)}, 4,
			"[2 1 1] [21 43]"},
		{"MatMul", 17, dims{2, 2}, []float32{1, 2, 3, 4}, nil,
			constants{numbers("b", dims{2, 2, 1}, 1, 10, 2, 20)}, 8, "[2 2 1] [21 43 42 86]"},
		{"ReduceMean", 17, dims{2, 2}, []float32{1, 3, 5, 9}, attributes{l("axes", 0)}, nil, 0, "[1 2] [3 6]"},
		{"ReduceMean", 18, dims{2, 2}, []float32{1, 3, 5, 9}, nil, constants{list("axes", -1)}, 0, "[2 1] [2 7]"},
		{"LayerNormalization", 17, dims{2, 2}, []float32{1, 3, -6, -4}, attributes{f("epsilon", 3)},
			constants{numbers("s", dims{2}, 2, 4), numbers("b", dims{2}, 1, 1)}, 0, "[2 2] [0 3 0 3]"},
		{"LayerNormalization", 17, dims{2, 2, 1}, []float32{1, 3, -6, -4}, attributes{a("axis", 1), f("epsilon", 3)},
			constants{numbers("s", dims{2, 1}, 2, 4)}, 0, "[2 2 1] [-1 2 -1 2]"},
		{"LayerNormalization", 17, dims{1, 2}, []float32{5, 5}, nil, constants{numbers("s", dims{2}, 2, 4)}, 0,
			"[1 2] [0 0]"},
		{"Relu", 17, dims{4}, []float32{-2, 0, 3, nan}, nil, nil, 0, "[4] [0 0 3 NaN]"},
		{"Sigmoid", 17, dims{2}, []float32{0, ln3}, nil, nil, 0, "[2] [0.5 0.75]"},
		{"Tanh", 17, dims{2}, []float32{-ln3, ln2}, nil, nil, 0, "[2] [-0.8 0.6]"},
		{"Sqrt", 17, dims{2}, []float32{4, 2.25}, nil, nil, 0, "[2] [2 1.5]"},
		{"Erf", 17, dims{2}, []float32{-0.5, 1}, nil, nil, 0, "[2] [-0.5205 0.842701]"},
		{"LeakyRelu", 17, dims{2}, []float32{-2, 3}, nil, nil, 0, "[2] [-0.02 3]"},
		{"LeakyRelu", 17, dims{2}, []float32{-2, 3}, attributes{f("alpha", 0.5)}, nil, 0, "[2] [-1 3]"},
		{"Elu", 17, dims{2}, []float32{-ln2, 3}, nil, nil, 0, "[2] [-0.5 3]"},
		{"Elu", 17, dims{2}, []float32{-ln2, 3}, attributes{f("alpha", 2)}, nil, 0, "[2] [-1 3]"},
		{"Softplus", 17, dims{4}, []float32{0, ln2, 1000, -1000}, nil, nil, 0, "[4] [0.693147 1.09861 1000 0]"},
		{"Mish", 18, dims{2}, []float32{0, ln2}, nil, nil, 0, "[2] [0 0.554518]"},
		{"HardSwish", 17, dims{5}, []float32{-6, -3, -1, 3, 6}, nil, nil, 0, "[5] [0 0 -0.333333 3 6]"},
		{"HardSigmoid", 17, dims{4}, []float32{-3, 0, 1, 3}, nil, nil, 0, "[4] [0 0.5 0.7 1]"},
		{"HardSigmoid", 17, dims{2}, []float32{0.25, 0.75}, attributes{f("alpha", 1), f("beta", 0.125)}, nil, 0,
			"[2] [0.375 0.875]"},
		{"Gelu", 20, dims{3}, []float32{-1, 0, 1}, nil, nil, 0, "[3] [-0.158655 0 0.841345]"},
	} {
		covered[tt.operator] = true
		outputs := []string{"y"}
		if tt.operator == "TopK" || tt.operator == "Split" {
			outputs = []string{"y", "z"}
		}
		m := node(tt.opset, verify.Node{Operator: tt.operator, Outputs: outputs, Attributes: tt.attributes}, tt.dims,
			tt.constants...)
		m.Graph.Outputs = nil
		for _, name := range outputs {
			m.Graph.Outputs = append(m.Graph.Outputs, verify.Value{Name: name})
		}
		r := m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1})
		x := verify.Array{Type: verify.Float32, Dims: tt.dims, Floats: wide(tt.x)}
		results, err := m.Evaluate(map[string]verify.Array{"x": x}, verify.Evaluation{})
		if err != nil || !r.OK() {
			t.Errorf("%s of %v: %v\n%s", tt.operator, tt.dims, err, findings(r))
			continue
		}
		got, work := "", tt.work
		for i, v := range results {
			if i > 0 {
				got += "; "
			}
			got += fmt.Sprint(v.Dims, " ")
			for k := range v.Floats {
				v.Floats[k] += 0 // -0 is 0
			}
			if v.Floats != nil {
				got += fmt.Sprintf("%.6g", v.Floats)
			} else {
				got += fmt.Sprint(v.Ints)
			}
			work += float64(len(v.Floats) + len(v.Ints))
		}
		if got != tt.want || r.Work != work {
			t.Errorf("%s, opset %d, %v: got %s for %g, want %s for %g", tt.operator, tt.opset, tt.attributes, got,
				r.Work, tt.want, work)
		}
	}
	for _, operator := range slices.Sorted(maps.Keys(verify.Operators())) {
		if !covered[operator] {
			t.Errorf("%s has no row", operator)
		}
	}
}
