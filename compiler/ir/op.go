package ir

import (
	"fmt"
	"reflect"
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

// OpInfo is a row of the op table.
type OpInfo struct {
	Name      string // as printed, and as the language's primitive of the same name
	MinInputs int
	MaxInputs int // -1: any number
	// Tolerance is the relative error allowed between two correct implementations of this op alone, in fp32.
	Tolerance float64
	// Lowered says that the operation stands in lowered graphs alone: a Builder of canonical ones refuses it.
	Lowered bool
	zero    Op
}

// Ops lists every primitive operation. The order is that of the documentation.
func Ops() []OpInfo { return ops }

var ops = []OpInfo{
	{"Input", 0, 0, 0, false, Input{}},
	{"Conv", 1, 1, 2e-6, false, Conv{}},
	{"ConvTranspose", 1, 1, 2e-6, false, ConvTranspose{}},
	{"Linear", 1, 1, 2e-6, false, Linear{}},
	{"BatchNorm", 1, 1, 1e-6, false, BatchNorm{}},
	{"LayerNorm", 1, 1, 2e-6, false, LayerNorm{}},
	{"Activation", 1, 1, 5e-6, false, Activation{}},
	{"PReLU", 1, 1, 1e-6, false, PReLU{}},
	{"Softmax", 1, 1, 2e-6, false, Softmax{}},
	{"MaxPool", 1, 1, 0, false, MaxPool{}},
	{"AvgPool", 1, 1, 1e-6, false, AvgPool{}},
	{"GlobalAvgPool", 1, 1, 1e-6, false, GlobalAvgPool{}},
	{"GlobalMaxPool", 1, 1, 0, false, GlobalMaxPool{}},
	{"Pad", 1, 1, 0, false, Pad{}},
	{"Upsample", 1, 1, 2e-6, false, Upsample{}},
	{"DepthToSpace", 1, 1, 0, false, DepthToSpace{}},
	{"Add", 2, 2, 1e-6, false, Add{}},
	{"Sub", 2, 2, 1e-6, false, Sub{}},
	{"Mul", 2, 2, 1e-6, false, Mul{}},
	{"Div", 2, 2, 1e-6, false, Div{}},
	{"Affine", 1, 1, 1e-6, false, Affine{}},
	{"MatMul", 2, 2, 2e-6, false, MatMul{}},
	{"Learned", 1, 1, 0, false, Learned{}},
	{"Concat", 1, -1, 0, false, Concat{}},
	{"Slice", 1, 1, 0, false, Slice{}},
	{"Reshape", 1, 1, 0, false, Reshape{}},
	{"Transpose", 1, 1, 0, false, Transpose{}},
	{"Flatten", 1, 1, 0, false, Flatten{}},
	{"Dropout", 1, 1, 0, false, Dropout{}},
	{"DropPath", 1, 1, 0, false, DropPath{}},
	{"Fused", 1, 2, 7e-6, true, Fused{}},
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
