package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/export/onnx/verify"
)

// floats is a constant of so many numbers, all of them 1.
func floats(name string, dims ...int64) verify.Tensor {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return verify.Tensor{Name: name, Type: verify.Float32, Dims: dims,
		Raw: []byte(strings.Repeat("\x00\x00\x80\x3f", int(n)))}
}

// list is a constant of int64 in one dimension.
func list(name string, values ...int64) verify.Tensor {
	return ints(name, verify.Int64, []int64{int64(len(values))}, values...)
}

func textAttribute(name, v string) verify.Attribute {
	return verify.Attribute{Name: name, Kind: verify.TextKind, Text: v}
}

// TestShapes gives single nodes inputs and settings of every kind that its shape depends on: want is the shape of the
// result, or part of what is found.
func TestShapes(t *testing.T) {
	type attributes = []verify.Attribute
	type constants = []verify.Tensor
	a, l, s := intAttribute, listAttribute, textAttribute
	image := []int64{1, 4, 5, 6}
	none, empty := floats("roi", 0), floats("factors", 0)
	toFloor := attributes{s("coordinate_transformation_mode", "asymmetric"), s("nearest_mode", "floor")}
	for _, tt := range []struct {
		operator   string
		opset      int64
		x          []int64
		attributes attributes
		constants  constants
		outputs    int
		want       string
	}{
		{"Concat", 17, []int64{1, 5}, attributes{a("axis", 1)}, constants{floats("c", 1, 3)}, 1, "[1 8]"},
		{"Concat", 17, []int64{1, 5}, attributes{a("axis", -1)}, constants{floats("c", 1, 3)}, 1, "[1 8]"},
		{"Concat", 11, []int64{1, 5}, attributes{a("axis", -1)}, constants{floats("c", 1, 3)}, 1, "[1 8]"},
		{"Concat", 10, []int64{1, 5}, attributes{a("axis", 1)}, constants{floats("c", 1, 3)}, 1, "[1 8]"},
		{"Concat", 10, []int64{1, 5}, attributes{a("axis", -1)}, constants{floats("c", 1, 3)}, 1,
			"not covered: node 0, Concat : what the axis -1 is, ONNX says from opset 11 on"},
		{"Concat", 10, []int64{1, 5}, attributes{a("axis", -3)}, constants{floats("c", 1, 3)}, 1, "no axis -3"},
		{"Concat", 17, []int64{1, 5}, nil, constants{floats("c", 1, 3)}, 1, "axis is missing"},
		{"Concat", 17, []int64{1, 5}, attributes{a("axis", 1)}, constants{floats("c", 3)}, 1, "cannot be joined"},
		{"Concat", 17, []int64{1, 5}, attributes{a("axis", 1)}, constants{floats("c", 2, 3)}, 1, "joined along axis 1"},
		{"Concat", 17, []int64{1, 5}, attributes{a("axis", 2)}, constants{floats("c", 1, 3)}, 1, "there is no axis 2"},
		{"Concat", 17, []int64{1, 5}, attributes{a("axis", 1)}, constants{list("c", 1)}, 1, "problem"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", 1, 2), list("to", 3, 8)}, 1, "[2 6]"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", -3), list("to", -1), list("axes", 1)}, 1, "[4 2]"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", 1), list("to", 99), list("axes", -1)}, 1, "[4 8]"},
		{"Slice", 10, []int64{4, 9}, nil, constants{list("from", 1), list("to", 99), list("axes", -1)}, 1, "[4 8]"},
		{"Slice", 17, []int64{4, 9}, nil,
			constants{list("from", 0), list("to", 9), list("axes", 1), list("steps", 4)}, 1, "[4 3]"},
		{"Slice", 17, []int64{4, 9}, nil,
			constants{list("from", 8), list("to", -99), list("axes", 1), list("steps", -4)}, 1, "[4 3]"},
		{"Slice", 17, []int64{4, 9}, nil,
			constants{list("from", 7), list("to", 2), list("axes", 1), list("steps", -2)}, 1, "[4 3]"},
		{"Slice", 17, []int64{4, 9}, nil,
			constants{list("from", 99), list("to", 0), list("axes", 1), list("steps", -1)}, 1, "[4 8]"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", 3), list("to", 1), list("axes", 1)}, 1, "[4 0]"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", 3), list("to", 3), list("axes", 1)}, 1, "[4 0]"},
		{"Slice", 17, []int64{4, 9}, nil,
			constants{list("from", 1), list("to", 5), list("axes", 1), list("steps", -1)}, 1, "[4 0]"},
		{"Slice", 17, []int64{4, 9}, nil,
			constants{list("from", 5), list("to", 5), list("axes", 1), list("steps", -1)}, 1, "[4 0]"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", 1, 2), list("to", 3, 4), list("axes", 1, -1)}, 1,
			"axis -1 is cut twice"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", 1, 2), list("to", 3), list("axes", 0, 1)}, 1,
			"2 starts, 1 ends, 2 axes and 2 steps"},
		{"Slice", 17, []int64{4, 9}, nil, constants{list("from", 1), list("to", 3), list("axes", 0, 1)}, 1,
			"1 starts, 1 ends, 2 axes and 1 steps"},
		{"Split", 12, []int64{1, 5}, attributes{a("axis", 1), l("split", 2, 3)}, nil, 2, "[1 2]"},
		{"Split", 10, []int64{1, 5}, attributes{a("axis", -1), l("split", 2, 3)}, nil, 2, "[1 2]"},
		{"Split", 17, []int64{1, 6}, attributes{a("axis", 1)}, nil, 2, "[1 3]"},
		{"Split", 17, []int64{1, 5}, attributes{a("axis", 1)}, nil, 2, "5 cannot be split into 2 equal parts"},
		{"Split", 18, []int64{1, 5}, attributes{a("axis", 1), a("num_outputs", 2)}, nil, 2, "[1 3]"},
		{"Split", 18, []int64{1, 5}, attributes{a("axis", 1), a("num_outputs", 3)}, nil, 2,
			"neither sizes nor the right"},
		{"Split", 18, []int64{1, 5}, attributes{a("axis", 1)}, nil, 2, "neither sizes nor the right num_outputs"},
		{"Gemm", 17, []int64{2, 5}, nil, constants{floats("w", 5, 3)}, 1, "[2 3]"},
		{"Gemm", 17, []int64{2, 5}, attributes{a("transB", 1)}, constants{floats("w", 3, 5)}, 1, "[2 3]"},
		{"Gemm", 17, []int64{5, 2}, attributes{a("transA", 1)}, constants{floats("w", 5, 3), floats("b", 3)}, 1,
			"[2 3]"},
		{"Gemm", 17, []int64{2, 5}, nil, constants{floats("w", 3, 5)}, 1, "cannot be multiplied"},
		{"Gemm", 17, []int64{2, 5, 1}, nil, constants{floats("w", 5, 3)}, 1, "input 0 is [2 5 1], no matrix"},
		{"Gemm", 17, []int64{2, 5}, nil, constants{floats("w", 5)}, 1, "input 1 is [5], no matrix"},
		{"Gemm", 17, []int64{2, 5}, nil, constants{floats("w", 5, 3), floats("b", 2)}, 1, "the bias is [2]"},
		{"Gemm", 17, []int64{2, 5}, nil, constants{floats("w", 5, 3), floats("b", 4, 2, 3)}, 1, "the bias is [4 2 3]"},
		{"BatchNormalization", 15, image, nil,
			constants{floats("s", 4), floats("b", 4), floats("m", 4), floats("v", 4)}, 1, "[1 4 5 6]"},
		{"BatchNormalization", 15, image, nil,
			constants{floats("s", 4), floats("b", 4), floats("m", 5), floats("v", 4)}, 1,
			"a parameter is [5], but there are 4 channels"},
		{"BatchNormalization", 15, []int64{4}, nil, constants{floats("s", 4), floats("b", 4), floats("m", 4),
			floats("v", 4)}, 1, "it needs channels"},
		{"BatchNormalization", 15, image, attributes{a("training_mode", 1)}, constants{floats("s", 4), floats("b", 4),
			floats("m", 4), floats("v", 4)}, 1, "that trains"},
		{"Conv", 17, image, nil, constants{floats("w", 6, 4, 3, 3), floats("b", 6)}, 1, "[1 6 3 4]"},
		{"Conv", 17, image, attributes{a("group", 2), l("kernel_shape", 3, 3)}, constants{floats("w", 6, 2, 3, 3)}, 1,
			"[1 6 3 4]"},
		{"Conv", 17, []int64{1, 4}, nil, constants{floats("w", 6, 4)}, 1, "at least three dimensions, not [1 4]"},
		{"Conv", 17, []int64{1, 4, 1, 1, 1, 1}, nil, constants{floats("w", 6, 4, 1, 1, 1, 1)}, 1, "not covered"},
		{"Conv", 17, []int64{1, 4, 5}, nil, constants{floats("w", 6, 4, 2)}, 1, "[1 6 4]"},
		{"Conv", 17, image, nil, constants{floats("w", 6, 4, 3)}, 1, "the weight [6 4 3] does not fit an input of 4"},
		{"Conv", 17, image, attributes{a("group", 0)}, constants{floats("w", 6, 4, 3, 3)}, 1, "split into 0 groups"},
		{"Conv", 17, image, attributes{a("group", 4)}, constants{floats("w", 6, 1, 3, 3)}, 1, "split into 4 groups"},
		{"Conv", 17, image, nil, constants{floats("w", 6, 3, 3, 3)}, 1, "does not fit 4 input channels in 1 groups"},
		{"Conv", 17, image, attributes{a("group", 8)}, constants{floats("w", 8, 0, 3, 3)}, 1, "problem"},
		{"Conv", 17, image, nil, constants{floats("w", 6, 4, 3, 3), floats("b", 4)}, 1, "the bias is [4], not [6]"},
		{"Conv", 17, image, attributes{l("kernel_shape", 3, 2)}, constants{floats("w", 6, 4, 3, 3)}, 1,
			"kernel_shape is [3 2], but the weight is [6 4 3 3]"},
		{"Conv", 17, image, nil, constants{floats("w", 6, 4, 6, 3)}, 1, "problem"},
		{"Conv", 17, image, attributes{l("pads", 0, -1, 0, 0)}, constants{floats("w", 6, 4, 3, 3)}, 1,
			"pads has the value -1: cutting off"},
		{"Conv", 17, image, attributes{l("strides", 1, -1)}, constants{floats("w", 6, 4, 3, 3)}, 1,
			"strides has the value -1"},
		{"Conv", 17, image, attributes{l("strides", 1, 1<<20+1)}, constants{floats("w", 6, 4, 3, 3)}, 1,
			"strides has the value 1048577, which is too large"},
		{"Conv", 17, image, attributes{a("group", 1), a("group", 1)}, constants{floats("w", 6, 4, 3, 3)}, 1,
			"the attribute group occurs twice"},
		{"ConvTranspose", 17, image, nil, constants{floats("w", 4, 3, 2, 2), floats("b", 3)}, 1, "[1 3 6 7]"},
		{"ConvTranspose", 17, image, attributes{a("group", 2), l("strides", 2, 3), l("output_padding", 1, 2),
			l("pads", 0, 1, 1, 0), l("kernel_shape", 2, 2)}, constants{floats("w", 4, 3, 2, 2), floats("b", 6)}, 1,
			"[1 6 10 18]"},
		{"ConvTranspose", 17, []int64{1, 4}, nil, constants{floats("w", 4, 3)}, 1, "at least three dimensions"},
		{"ConvTranspose", 17, image, attributes{s("auto_pad", "SAME_UPPER")}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"padding by auto_pad"},
		{"ConvTranspose", 17, image, attributes{s("auto_pad", "NOTSET")}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"[1 3 6 7]"},
		{"ConvTranspose", 17, image, attributes{l("output_shape", 6, 7)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"or output_shape"},
		{"ConvTranspose", 17, image, attributes{l("strides", 1, 1, 1)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"strides has 3 values, not 2"},
		{"ConvTranspose", 17, image, attributes{l("dilations", 1)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"dilations has 1 values, not 2"},
		{"ConvTranspose", 17, image, attributes{l("pads", 0, 0)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"pads has 2 values, not 4"},
		{"ConvTranspose", 17, image, attributes{l("output_padding", 0, 0, 0)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"output_padding has 3 values, not 2"},
		{"ConvTranspose", 17, image, attributes{l("strides", 0, 1)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"must be at least 1"},
		{"ConvTranspose", 17, image, attributes{l("dilations", 1, 0)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"must be at least 1"},
		{"ConvTranspose", 17, image, nil, constants{floats("w", 4, 3, 0, 2)}, 1, "problem"},
		{"ConvTranspose", 17, image, attributes{l("output_padding", 0, 1)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"output_padding is 1, but must be below"},
		{"ConvTranspose", 17, image, attributes{l("strides", 2, 2), l("output_padding", 2, 0)},
			constants{floats("w", 4, 3, 2, 2)}, 1, "output_padding is 2, but must be below"},
		{"ConvTranspose", 17, image, attributes{l("dilations", 1, 2), l("output_padding", 0, 1)},
			constants{floats("w", 4, 3, 2, 2)}, 1, "[1 3 6 9]"},
		{"ConvTranspose", 17, image, attributes{l("pads", 3, 0, 3, 0)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"leaves nothing of the result"},
		{"ConvTranspose", 17, image, attributes{l("pads", 2, 0, 3, 0)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"[1 3 1 7]"},
		{"ConvTranspose", 17, image, nil, constants{floats("w", 4, 3, 2)}, 1, "does not fit an input of 4 dimensions"},
		{"ConvTranspose", 17, image, nil, constants{floats("w", 5, 3, 2, 2)}, 1, "does not fit 4 input channels"},
		{"ConvTranspose", 17, image, attributes{a("group", 3)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"4 input channels in 3 groups"},
		{"ConvTranspose", 17, image, attributes{a("group", 0)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"4 input channels in 0 groups"},
		{"ConvTranspose", 17, image, attributes{a("group", 2)}, constants{floats("w", 4, 3, 2, 2), floats("b", 3)}, 1,
			"the bias is [3], not of 6 channels"},
		{"ConvTranspose", 17, image, attributes{l("kernel_shape", 2, 3)}, constants{floats("w", 4, 3, 2, 2)}, 1,
			"kernel_shape is [2 3], but"},
		{"MaxPool", 17, image, nil, nil, 1, "kernel_shape is missing"},
		{"MaxPool", 17, []int64{1, 4}, attributes{l("kernel_shape", 2)}, nil, 1, "at least three dimensions"},
		{"MaxPool", 17, image, attributes{l("kernel_shape", 2)}, nil, 1, "kernel_shape has 1 values, not 2"},
		{"MaxPool", 17, image, attributes{l("kernel_shape", 2, 2)}, nil, 2, "where the largest element lies"},
		{"MaxPool", 17, image, attributes{l("kernel_shape", 2, 2), l("strides", 2, 2)}, nil, 1, "[1 4 2 3]"},
		{"MaxPool", 17, image, attributes{l("kernel_shape", 2, 2), l("strides", 2, 2), a("ceil_mode", 1)}, nil, 1,
			"[1 4 3 3]"},
		{"MaxPool", 17, image, attributes{l("kernel_shape", 1, 1), l("strides", 3, 3), a("ceil_mode", 1)}, nil, 1,
			"its last window begins in the padding"},
		{"AveragePool", 17, image, attributes{l("kernel_shape", 2, 2), a("ceil_mode", 1), a("count_include_pad", 1)},
			nil, 1, "ceil_mode with count_include_pad"},
		{"GlobalAveragePool", 17, image, nil, nil, 1, "[1 4 1 1]"},
		{"GlobalAveragePool", 17, []int64{1, 4}, nil, nil, 1, "at least three dimensions"},
		{"LayerNormalization", 17, image, attributes{a("axis", 2)}, constants{floats("s", 5, 6), floats("b", 6)}, 1,
			"[1 4 5 6]"},
		{"LayerNormalization", 17, image, attributes{a("axis", 4)}, constants{floats("s", 6)}, 1, "no axis 4"},
		{"LayerNormalization", 17, image, attributes{a("axis", 3)}, constants{floats("s", 5, 6)}, 1,
			"its input 1 is [5 6], which does not fit [6]"},
		{"LayerNormalization", 17, image, nil, constants{floats("s", 6), floats("b", 5)}, 1,
			"its input 2 is [5], which does not fit [6]"},
		{"LayerNormalization", 17, image, nil, constants{floats("s", 6)}, 2, "the mean and deviation"},
		{"Softmax", 12, image, nil, nil, 1, "[1 4 5 6]"},
		{"Softmax", 10, image, attributes{a("axis", -1)}, nil, 1,
			"not covered: node 0, Softmax : what the axis -1 is, ONNX says from opset 11 on"},
		{"Softmax", 11, image, attributes{a("axis", -1)}, nil, 1, "[1 4 5 6]"},
		{"Flatten", 10, image, attributes{a("axis", -1)}, nil, 1,
			"problem: node 0, Flatten : the axis is -1, but is counted from the end from opset 11 on only"},
		{"Flatten", 10, image, attributes{a("axis", 4)}, nil, 1, "[120 1]"},
		{"Flatten", 11, image, attributes{a("axis", -1)}, nil, 1, "[20 6]"},
		{"Softmax", 13, image, attributes{a("axis", 4)}, nil, 1, "no axis 4"},
		{"Softmax", 12, image, attributes{a("axis", 5)}, nil, 1, "no axis 5"},
		{"TopK", 17, []int64{1, 5}, nil, constants{list("k", 2, 3)}, 2, "problem"},
		{"TopK", 10, []int64{1, 5}, attributes{a("axis", -1)}, constants{list("k", 3)}, 2, "[1 3]"},
		{"TopK", 17, []int64{1, 5}, nil, constants{list("k", 5)}, 2, "[1 5]"},
		{"TopK", 17, []int64{1, 5}, attributes{a("axis", 2)}, constants{list("k", 5)}, 2, "no axis 2"},
		{"Cast", 17, []int64{1, 5}, attributes{a("to", 7)}, nil, 1, "[1 5]"},
		{"Cast", 17, []int64{1, 5}, nil, nil, 1, "to is missing"},
		{"Cast", 17, []int64{1, 5}, attributes{a("to", 8)}, nil, 1,
			"not covered"},
		{"Transpose", 17, []int64{2, 3, 4}, nil, nil, 1, "[4 3 2]"},
		{"Transpose", 17, []int64{2, 3, 4}, attributes{l("perm", 2, 0, 1)}, nil, 1, "[4 2 3]"},
		{"Transpose", 17, []int64{2, 3, 4}, attributes{l("perm", 1, 0)}, nil, 1, "perm has 2 values, not 3"},
		{"Transpose", 17, []int64{2, 3, 4}, attributes{l("perm", 0, 1, 3)}, nil, 1, "no order"},
		{"Reshape", 17, []int64{2, 6}, nil, constants{list("s", 3, 4)}, 1, "[3 4]"},
		{"Reshape", 17, []int64{2, 6}, nil, constants{list("s", 0, -1, 3)}, 1, "[2 2 3]"},
		{"Reshape", 17, []int64{2, 6}, nil, constants{list("s", -1, -1)}, 1, "[-1 -1] is no shape"},
		{"Reshape", 17, []int64{2, 6}, nil, constants{list("s", -2, 6)}, 1, "[-2 6] is no shape"},
		{"Reshape", 17, []int64{2, 6}, nil, constants{list("s", 5, -1)}, 1, "cannot have the shape"},
		{"Reshape", 17, []int64{2, 6}, nil, constants{list("s", 13)}, 1, "cannot have the shape"},
		{"Reshape", 17, []int64{2, 6}, nil, constants{list("s", 2, 6, 0)}, 1, "is no shape"},
		{"Reshape", 17, []int64{2, 6}, attributes{a("allowzero", 1)}, constants{list("s", 3, 4)}, 1, "not covered"},
		{"MatMul", 17, []int64{2, 6}, nil, constants{floats("b", 6, 3)}, 1, "[2 3]"},
		{"MatMul", 17, []int64{7, 2, 6}, nil, constants{floats("b", 7, 6, 3)}, 1, "[7 2 3]"},
		{"MatMul", 17, []int64{2, 6}, nil, constants{floats("b", 5, 3)}, 1, "cannot be multiplied"},
		{"MatMul", 17, []int64{6}, nil, constants{floats("b", 6, 3)}, 1, "products of vectors"},
		{"ReduceMean", 17, image, attributes{l("axes", 2, 3)}, nil, 1, "[1 4 1 1]"},
		{"ReduceMean", 17, image, attributes{l("axes", -1, 2), a("keepdims", 0)}, nil, 1, "drop dimensions"},
		{"ReduceMean", 10, image, attributes{l("axes", -1, 2)}, nil, 1, "[1 4 1 1]"},
		{"ReduceMean", 18, image, nil, constants{list("axes", 1)}, 1, "[1 1 5 6]"},
		{"ReduceMean", 17, image, nil, nil, 1, "not covered"},
		{"ReduceMean", 13, image, nil, constants{list("axes", 1)}, 1,
			"problem: node 0, ReduceMean : inputs: with opset 13, it has 1, not 2"},
		{"ReduceMean", 18, image, attributes{l("axes", 2, 3)}, nil, 1,
			"problem: node 0, ReduceMean : the attribute axes ended with opset 18, the model has 18"},
		{"ReduceMean", 17, image, attributes{l("axes", 1), a("noop_with_empty_axes", 1)}, nil, 1,
			"problem: node 0, ReduceMean : the attribute noop_with_empty_axes came with opset 18, the model has 17"},
		{"Clip", 11, image, attributes{{Name: "min", Kind: verify.FloatKind}}, nil, 1,
			"the attribute min ended with opset 11"},
		{"Gemm", 10, []int64{2, 5}, nil, constants{floats("w", 5, 3)}, 1, "with opset 10, it has 3, not 2"},
		{"Gemm", 11, []int64{2, 5}, nil, constants{floats("w", 5, 3)}, 1, "[2 3]"},
		{"Split", 18, []int64{2, 4}, attributes{a("axis", 1), a("num_outputs", 2)}, constants{list("s", 2, 2)}, 2,
			"both sizes and num_outputs"},
		{"Split", 12, []int64{2, 4}, attributes{a("axis", 1), l("split", 1, 3)}, nil, 2, "[2 1]"},
		{"Split", 13, []int64{2, 4}, attributes{a("axis", 1), l("split", 1, 3)}, nil, 2,
			"the attribute split ended with opset 13"},
		{"Resize", 18, image, attributes{l("axes", 2, 3)}, constants{floats("roi", 0), floats("f", 2)}, 1,
			"resizing other than by factors, or to sizes, of all axes"},
		{"Resize", 17, image, nil, constants{floats("roi", 0), floats("f", 2)}, 1, "2 factors for 4 dimensions"},
		{"Pad", 13, []int64{2, 3}, attributes{l("pads", 1, 0, 0, 2)}, constants{list("p", 1, 0, 0, 2)}, 1,
			"the operator has no attribute pads"},
		{"ReduceMean", 17, image, attributes{l("axes", 4)}, nil, 1,
			"no axis 4"},
		{"Pad", 17, []int64{2, 3}, nil, constants{list("p", 1, 0, 0, 2)}, 1, "[3 5]"},
		{"Pad", 17, []int64{2, 3}, nil, constants{list("p", 0, -1, 0, -1)}, 1, "[2 1]"},
		{"Pad", 17, []int64{2, 3}, nil, constants{list("p", 0, -2, 0, -1)}, 1,
			"nothing of the 3 elements of axis 1 is left"},
		{"Pad", 17, []int64{2, 3}, nil, constants{list("p", 1, 0, 0)}, 1, "3 pads for 2 dimensions"},
		{"Pad", 17, []int64{2, 3}, nil, constants{list("p", 0, 1<<20+1, 0, 0)}, 1, "too large to be evaluated"},
		{"Pad", 17, []int64{2, 3}, attributes{s("mode", "reflect")}, constants{list("p", 1, 0, 0, 2)}, 1,
			"not covered"},
		{"Resize", 17, image, toFloor, constants{none, empty, list("s", 1, 4, 9, 3)}, 1, "[1 4 9 3]"},
		{"Resize", 17, image, toFloor, constants{none, empty, list("s", 1, 4, 9, 0)}, 1, "cannot be the sizes"},
		{"Resize", 17, image, toFloor, constants{none, empty, list("s", 9, 3)}, 1, "cannot be the sizes"},
		{"Resize", 17, image, toFloor, constants{none, empty, list("s", 1, 4, 1<<20, 1<<20+1)}, 1, "too many elements"},
		{"Resize", 17, image, toFloor, constants{none, empty, list("s", 1, 5, 9, 3)}, 1,
			"resizing [1 4 5 6] to [1 5 9 3]"},
		{"Resize", 17, image, toFloor, constants{none, empty, list("s", 2, 4, 9, 3)}, 1,
			"resizing [1 4 5 6] to [2 4 9 3]"},
		{"Resize", 17, image, toFloor, constants{none, floats("f", 4), list("s", 1, 4, 9, 3)}, 1, "not covered"},
		{"Resize", 17, image, toFloor, constants{none, empty}, 1, "not covered"},
		{"Resize", 17, image[1:], toFloor, constants{none, empty, list("s", 4, 9, 3)}, 1, "not covered"},
		{"Resize", 17, image, toFloor, constants{none, empty, floats("s", 4)}, 1, "not int64"},
		{"Resize", 18, image, append(attributes{l("axes", 2, 3)}, toFloor...), constants{none, empty, list("s", 9, 3)},
			1, "not covered"},
		{"Resize", 18, image, append(attributes{a("antialias", 1)}, toFloor...),
			constants{none, empty, list("s", 1, 4, 9, 3)}, 1, "not covered"},
		{"Resize", 18, image, append(attributes{s("keep_aspect_ratio_policy", "not_larger")}, toFloor...),
			constants{none, empty, list("s", 1, 4, 9, 3)}, 1, "not covered"},
		{"DepthToSpace", 17, image, attributes{a("blocksize", 2), s("mode", "CRD")}, nil, 1, "[1 1 10 12]"},
		{"DepthToSpace", 17, image, attributes{a("blocksize", 2)}, nil, 1, `of the mode "DCR"`},
		{"DepthToSpace", 17, image, attributes{a("blocksize", 3), s("mode", "CRD")}, nil, 1, "blocks of 3×3"},
		{"DepthToSpace", 17, []int64{1, 1 << 20, 1, 1}, attributes{a("blocksize", 1<<10), s("mode", "CRD")}, nil, 1,
			"[1 1 1024 1024]"},
		{"DepthToSpace", 17, []int64{1, 1025 * 1025, 1, 1}, attributes{a("blocksize", 1025), s("mode", "CRD")}, nil, 1,
			"blocks of 1025×1025"},
		{"DepthToSpace", 17, image, attributes{a("blocksize", 0), s("mode", "CRD")}, nil, 1, "blocks of 0×0"},
		{"DepthToSpace", 17, []int64{4, 5, 6}, attributes{a("blocksize", 2), s("mode", "CRD")}, nil, 1,
			"four dimensions"},
		{"Shape", 17, image, nil, nil, 1, "[4]"},
		{"Shape", 17, image, attributes{a("start", 1)}, nil, 1, "not covered"},
		{"Gelu", 20, image, attributes{s("approximate", "tanh")}, nil, 1, "the approximation tanh"},
		{"Gelu", 20, image, nil, nil, 1, "[1 4 5 6]"},
		{"PRelu", 17, image, nil, constants{floats("s", 4, 1, 1)}, 1, "[1 4 5 6]"},
		{"PRelu", 17, image, nil, constants{floats("s", 3, 1, 1)}, 1, "problem"},
		{"PRelu", 17, []int64{1, 4}, nil, constants{floats("s", 5, 4)}, 1, "slopes of the shape [5 4] do not fit"},
		{"Add", 17, image, nil, constants{floats("c", 6)}, 1, "[1 4 5 6]"},
		{"Add", 17, []int64{4, 1}, nil, constants{floats("c", 2, 1, 3)}, 1, "[2 4 3]"},
		{"Add", 17, image, nil, constants{floats("c", 5)}, 1, "do not match"}, {"Add", 17, image, nil,
			constants{list("c", 1)}, 1, "problem"},
		{"Clip", 17, image, nil, constants{floats("low"), floats("high", 1)}, 1, "[1 4 5 6]"},
		{"Clip", 17, image, nil, constants{floats("low", 2)}, 1, "a bound has the shape [2]"},
		{"Clip", 17, image, nil, constants{floats("low", 1, 1)}, 1, "a bound has the shape [1 1]"},
	} {
		outputs := []string{"y", "z"}[:tt.outputs]
		m := node(tt.opset, verify.Node{Operator: tt.operator, Outputs: outputs, Attributes: tt.attributes}, tt.x,
			tt.constants...)
		m.Graph.Outputs = nil
		for _, name := range outputs {
			m.Graph.Outputs = append(m.Graph.Outputs, verify.Value{Name: name})
		}
		name := fmt.Sprint(tt.operator, " ", tt.opset, " ", tt.x, " ", tt.attributes)
		r := m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1})
		got := findings(r)
		if r.OK() {
			x := verify.Array{Type: verify.Float32, Dims: tt.x, Floats: make([]float64, elementsOf(tt.x))}
			results, err := m.Evaluate(map[string]verify.Array{"x": x}, verify.Evaluation{})
			if got = fmt.Sprint(err); err == nil {
				got = fmt.Sprint(results[0].Dims)
			}
		}
		if got != tt.want && (tt.want[0] == '[' && tt.want[len(tt.want)-1] == ']' || !strings.Contains(got, tt.want)) {
			t.Errorf("%s: want %q, got %s", name, tt.want, got)
		}
	}
}

// TestLeftOut leaves out what must be there, and what need not be.
func TestLeftOut(t *testing.T) {
	image := []int64{1, 4, 5, 6}
	for _, tt := range []struct {
		operator        string
		opset           int64
		inputs, outputs []string
		want            string
	}{
		{"Conv", 17, []string{"x", ""}, []string{"y"}, "inputs: with opset 17, number 1 of them is left out"},
		{"Relu", 17, []string{"x"}, []string{""}, "outputs: with opset 17, number 0 of them is left out"},
		{"Relu", 17, []string{"x", ""}, []string{"y"}, "inputs: with opset 17, it has 1, not 2"},
		{"Relu", 17, nil, []string{"y"}, "inputs: with opset 17, it has 1, not 0"},
		{"Concat", 17, nil, []string{"y"}, "inputs: with opset 17, it has 1 or more, not 0"},
		{"Clip", 17, []string{"x", "", ""}, []string{"y"}, ""},
	} {
		m := node(tt.opset, verify.Node{Operator: tt.operator, Outputs: tt.outputs}, image)
		m.Graph.Nodes[0].Inputs = tt.inputs
		text := findings(m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1}))
		if !strings.Contains(text, tt.want) || tt.want == "" && text != "" {
			t.Errorf("%s %q: want %q in:\n%s", tt.operator, tt.inputs, tt.want, text)
		}
	}
}

// TestIntegers: which operators compute with integers depends on the opset, and on what is written here.
func TestIntegers(t *testing.T) {
	for _, tt := range []struct {
		operator string
		opset    int64
		want     string
	}{
		{"Relu", 13, "problem: node 0, Relu : it takes int64 from opset 14, the model has 13"},
		{"Relu", 14, ""},
		{"MaxPool", 11, "problem: node 0, MaxPool : it takes int64 from opset 12, the model has 11"},
		{"MaxPool", 12, "problem: node 0, MaxPool : of integers it takes int8 and uint8, not int64"},
		{"Flatten", 8, "problem: node 0, Flatten : it takes int64 from opset 9, the model has 8"},
		{"Erf", 13, "not covered: node 0, Erf : it is not computed with int64 here"},
		{"Sigmoid", 13, "problem: node 0, Sigmoid : it cannot compute with int64"},
	} {
		m := node(tt.opset, verify.Node{Operator: tt.operator, Outputs: []string{"y"}}, []int64{1, 1, 3, 3})
		m.Graph.Inputs[0].Type = verify.Int64
		if tt.operator == "MaxPool" {
			m.Graph.Nodes[0].Attributes = []verify.Attribute{listAttribute("kernel_shape", 2, 2)}
		}
		text := findings(m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1}))
		if !strings.Contains(text, tt.want) || tt.want == "" && text != "" {
			t.Errorf("%s, opset %d: want %q in:\n%s", tt.operator, tt.opset, tt.want, text)
		}
	}
}

// TestMeanOfIntegers: the axes of a mean are integers, what it is taken of are not.
func TestMeanOfIntegers(t *testing.T) {
	m := node(18, verify.Node{Operator: "ReduceMean", Outputs: []string{"y"}}, []int64{2, 3}, list("axes", 1))
	m.Graph.Inputs[0].Type = verify.Int64
	const want = "not covered: node 0, ReduceMean : the mean of integers"
	if text := findings(m.Check(verify.Sizes{Batch: 1, Height: 1, Width: 1})); !strings.Contains(text, want) {
		t.Errorf("want %q in:\n%s", want, text)
	}
}

func elementsOf(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return n
}
