package ir

import (
	"fmt"
	"reflect"
	"slices"
)

// Op is one primitive operation with its settings. The implementations are the structs of this package listed in Ops;
// switch on their types. Each is a plain value: comparable, printable, without state.
type Op interface {
	// infer returns the shape of the result for inputs of the given shapes, whose number is already checked, or says
	// why such inputs do not fit.
	infer(in []Shape) (Shape, error)
	// sizing says how heights and widths go through the operation.
	sizing() Sizing
}

// parametric is an operation that reads parameters besides its inputs.
type parametric interface {
	// params lists them, for inputs of these shapes.
	params(in []Shape) []paramSpec
}

// costly is an operation that costs multiply-accumulates. Convolutions, linear layers and products of matrices alone
// do: that is how the papers count.
type costly interface {
	// macs returns how many, per image.
	macs(in []Shape, out Shape) int64
}

type paramSpec struct {
	role  Role
	shape Shape
}

// OpInfo is a row of the op table: what others ask about an operation without knowing which one it is. Of the
// properties, each is false unless it is said, which is what is safe where nobody has thought about it.
type OpInfo struct {
	Name   string // as printed, and as the language's primitive of the same name
	Inputs int    // how many it has, at least
	More   int    // how many more it may have, or anyNumber

	// Tolerance is the relative error allowed between two correct implementations of this op alone, in fp32.
	Tolerance float64
	// Lowered says that the operation stands in lowered graphs alone: a Builder of canonical ones refuses it.
	Lowered bool

	// Elementwise says that an element of the result depends on no other elements of inputs than those at its place:
	// of an input that is repeated along axes, on the one that is repeated there.
	Elementwise bool
	// Moves says that the elements of the result are elements of inputs or parameters, or constants: nothing is
	// computed, so nothing is rounded.
	Moves bool
	// Sums says that the elements of the result are sums of elements of inputs, each by itself or times a weight, or
	// times a number that is not negative. So with the squares of inputs and weights for these, the operation computes
	// the sum of the squares, or more.
	Sums bool
	// NoImage says that three axes of the result are no image's channels, rows and columns, even where those of the
	// input are.
	NoImage bool
	// ONNX lists the operators by which models in ONNX have the operation, where one in a model shows that its network
	// has it. Those of an activation are its function's.
	ONNX []string

	zero Op
}

// anyNumber is the More of an operation that takes any number of inputs.
const anyNumber = -1

// takes reports whether the operation can have so many inputs.
func (i OpInfo) takes(inputs int) bool {
	return inputs >= i.Inputs && (i.More == anyNumber || inputs <= i.Inputs+i.More)
}

// Ops lists every primitive operation. The order is that of the documentation.
func Ops() []OpInfo { return ops }

var ops = []OpInfo{
	{Name: "Input", zero: Input{}},
	{Name: "Conv", zero: Conv{}, Inputs: 1, Tolerance: 2e-6, Sums: true},
	{Name: "ConvTranspose", zero: ConvTranspose{}, Inputs: 1, Tolerance: 2e-6, Sums: true},
	{Name: "Linear", zero: Linear{}, Inputs: 1, Tolerance: 2e-6, Sums: true, NoImage: true},
	{Name: "BatchNorm", zero: BatchNorm{}, Inputs: 1, Tolerance: 1e-6, Elementwise: true},
	{Name: "LayerNorm", zero: LayerNorm{}, Inputs: 1, Tolerance: 2e-6},
	{Name: "Activation", zero: Activation{}, Inputs: 1, Tolerance: 5e-6, Elementwise: true},
	{Name: "PReLU", zero: PReLU{}, Inputs: 1, Tolerance: 1e-6, Elementwise: true, ONNX: []string{"PRelu"}},
	{Name: "Softmax", zero: Softmax{}, Inputs: 1, Tolerance: 2e-6, NoImage: true},
	{Name: "MaxPool", zero: MaxPool{}, Inputs: 1, Moves: true, ONNX: []string{"MaxPool"}},
	{Name: "AvgPool", zero: AvgPool{}, Inputs: 1, Tolerance: 1e-6, Sums: true, ONNX: []string{"AveragePool"}},
	{Name: "GlobalAvgPool", zero: GlobalAvgPool{}, Inputs: 1, Tolerance: 1e-6, Sums: true},
	{Name: "GlobalMaxPool", zero: GlobalMaxPool{}, Inputs: 1, Moves: true},
	{Name: "Pad", zero: Pad{}, Inputs: 1, Moves: true},
	{Name: "Upsample", zero: Upsample{}, Inputs: 1, Tolerance: 2e-6, Sums: true},
	{Name: "Resize", zero: Resize{}, Inputs: 1, More: 1, Tolerance: 2e-6, Sums: true},
	{Name: "DepthToSpace", zero: DepthToSpace{}, Inputs: 1, Moves: true},
	{Name: "Add", zero: Add{}, Inputs: 2, Tolerance: 1e-6, Elementwise: true, Sums: true},
	{Name: "Sub", zero: Sub{}, Inputs: 2, Tolerance: 1e-6, Elementwise: true},
	{Name: "Mul", zero: Mul{}, Inputs: 2, Tolerance: 1e-6, Elementwise: true},
	{Name: "Div", zero: Div{}, Inputs: 2, Tolerance: 1e-6, Elementwise: true},
	{Name: "Affine", zero: Affine{}, Inputs: 1, Tolerance: 1e-6, Elementwise: true},
	{Name: "MatMul", zero: MatMul{}, Inputs: 2, Tolerance: 2e-6, NoImage: true},
	{Name: "Learned", zero: Learned{}, Inputs: 1, Moves: true, NoImage: true},
	{Name: "Concat", zero: Concat{}, Inputs: 1, More: anyNumber, Moves: true},
	{Name: "Slice", zero: Slice{}, Inputs: 1, Moves: true},
	{Name: "Reshape", zero: Reshape{}, Inputs: 1, Moves: true, NoImage: true},
	{Name: "Transpose", zero: Transpose{}, Inputs: 1, Moves: true, NoImage: true},
	{Name: "Flatten", zero: Flatten{}, Inputs: 1, Moves: true},
	{Name: "Dropout", zero: Dropout{}, Inputs: 1, Elementwise: true, Moves: true},
	{Name: "DropPath", zero: DropPath{}, Inputs: 1, Elementwise: true, Moves: true},
	{Name: "Fused", zero: Fused{}, Inputs: 1, More: 1, Tolerance: 7e-6, Lowered: true},
}

// With returns an operation of this kind. set is called for each of its settings, to give it a value.
func (i OpInfo) With(set func(field reflect.StructField, value reflect.Value)) Op {
	v := reflect.New(reflect.TypeOf(i.zero)).Elem()
	for f := range v.NumField() {
		set(v.Type().Field(f), v.Field(f))
	}
	return v.Interface().(Op)
}

// OpNamed returns the op table's row of a name.
func OpNamed(name string) (OpInfo, bool) {
	for _, info := range ops {
		if info.Name == name {
			return info, true
		}
	}
	return OpInfo{}, false
}

// InfoOf returns the op table's row for an operation.
func InfoOf(op Op) OpInfo {
	t := reflect.TypeOf(op)
	for _, info := range ops {
		if reflect.TypeOf(info.zero) == t {
			return info
		}
	}
	panic(fmt.Sprintf("ir: %T is not in the op table", op))
}

// ONNXOf lists the operators of ONNX by which models have an operation, as the tables say.
func ONNXOf(op Op) []string {
	if a, ok := op.(Activation); ok {
		info, _ := FunctionOf(a.Function)
		return info.ONNX
	}
	return InfoOf(op).ONNX
}

// InONNX reports whether an operator of a model in ONNX shows that its network has one of certain operations: those of
// which ONNXOf lists it.
func InONNX(operator string) bool {
	return slices.ContainsFunc(ops, func(i OpInfo) bool { return slices.Contains(i.ONNX, operator) }) ||
		slices.ContainsFunc(functions, func(i FunctionInfo) bool { return slices.Contains(i.ONNX, operator) })
}
