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
	// params lists the parameters the operation has for inputs of these shapes.
	params(in []Shape) []paramSpec
	// macs returns the multiply-accumulates per image.
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
	zero      Op
}

// Ops lists every primitive operation. The order is that of the documentation.
func Ops() []OpInfo { return ops }

var ops = []OpInfo{
	{"Input", 0, 0, 0, Input{}},
	{"Conv", 1, 2, 2e-6, Conv{}},
	{"Linear", 1, 1, 2e-6, Linear{}},
	{"BatchNorm", 1, 1, 1e-6, BatchNorm{}},
	{"Activation", 1, 1, 5e-6, Activation{}},
	{"MaxPool", 1, 1, 0, MaxPool{}},
	{"AvgPool", 1, 1, 1e-6, AvgPool{}},
	{"GlobalAvgPool", 1, 1, 1e-6, GlobalAvgPool{}},
	{"Add", 2, 2, 1e-6, Add{}},
	{"Mul", 2, 2, 1e-6, Mul{}},
	{"Concat", 1, -1, 0, Concat{}},
	{"Slice", 1, 1, 0, Slice{}},
	{"Flatten", 1, 1, 0, Flatten{}},
	{"Dropout", 1, 1, 0, Dropout{}},
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

// Function is an activation function, elementwise. Sources: ReLU6 arXiv:1704.04861; SiLU arXiv:1710.05941; HardSwish and
// HardSigmoid arXiv:1905.02244, with slope 1/6 and offset 1/2; GELU arXiv:1606.08415, the exact form with erf.
type Function string

// The activation functions. NoFunction is the identity: it only occurs as "nothing fused".
const (
	NoFunction  Function = ""
	ReLU        Function = "ReLU"
	ReLU6       Function = "ReLU6"
	SiLU        Function = "SiLU"
	Sigmoid     Function = "Sigmoid"
	HardSwish   Function = "HardSwish"
	HardSigmoid Function = "HardSigmoid"
	Tanh        Function = "Tanh"
	GELU        Function = "GELU"
)

// Functions lists the activation functions.
func Functions() []Function {
	return []Function{ReLU, ReLU6, SiLU, Sigmoid, HardSwish, HardSigmoid, Tanh, GELU}
}

// Padding is the number of zero rows and columns added around an image.
type Padding struct{ Top, Left, Bottom, Right int }

// Epilogue is what a convolution or linear layer does to each of its results before storing it. Only the lowering for
// generated Go sets it; in the canonical graph it is always zero.
type Epilogue struct {
	Residual   bool     // add the op's second input, which has the result's shape
	Activation Function // then apply this function
}

type (
	// Input is the network's input. Its shape is [channels, height, width].
	Input struct{ Channels, Height, Width int }

	// Conv is a two-dimensional convolution (cross-correlation, as in every framework). Weight: [Out, in/Groups, Kernel,
	// Kernel]; bias: [Out], if Bias.
	Conv struct {
		Out      int
		Kernel   int
		Stride   int
		Dilation int
		Groups   int
		Pad      Padding
		Bias     bool
		Epilogue Epilogue
	}

	// Linear is a fully connected layer on a vector. Weight: [Out, in]; bias: [Out], if Bias.
	Linear struct {
		Out      int
		Bias     bool
		Epilogue Epilogue
	}

	// BatchNorm normalises each channel with its running statistics, then scales and shifts it (arXiv:1502.03167).
	// Momentum is PyTorch's (the weight of the new batch) and matters for training only. Scale, shift, running mean and
	// running variance: [C] each; without scale or shift as Keras has them with scale=False and center=False.
	BatchNorm struct {
		Epsilon, Momentum float64
		NoScale, NoShift  bool
	}

	// Activation applies a function to every element.
	Activation struct{ Function Function }

	// MaxPool takes the largest element of each window; padding never wins.
	MaxPool struct {
		Kernel, Stride int
		Pad            Padding
	}

	// AvgPool takes the mean of each window. With CountPadding, padding counts as zeros; without it, only elements of the
	// image count.
	AvgPool struct {
		Kernel, Stride int
		Pad            Padding
		CountPadding   bool
	}

	// GlobalAvgPool takes the mean of each channel: [C, H, W] becomes [C, 1, 1].
	GlobalAvgPool struct{}

	// Add adds two values of one shape, or a [C, 1, 1] value to each pixel of a [C, H, W] one.
	Add struct{}

	// Mul multiplies two values of one shape, or a [C, 1, 1] value with each pixel of a [C, H, W] one.
	Mul struct{}

	// Concat joins values along the channels.
	Concat struct{}

	// Slice takes the channels From up to but not including To.
	Slice struct{ From, To int }

	// Flatten makes a vector of an image, in the order channel, row, column.
	Flatten struct{}

	// Dropout drops elements with probability Rate in training (PyTorch's nn.Dropout); otherwise it does nothing.
	Dropout struct{ Rate float64 }
)
