package ir

import "math"

// Activation applies a function to every element. Settings that the function does not have are zero.
type Activation struct {
	Function Function

	Slope, Offset float64
	Alpha         float64
	Min, Max      float64
}

func (op Activation) infer(in []Shape) (Shape, error) { return in[0], op.check() }

func (Activation) sizing() Sizing { return keeps }

// check holds the settings against the table of functions.
func (op Activation) check() error {
	info, ok := FunctionOf(op.Function)
	if !ok {
		return errorf(WrongFigure, "there is no function %q", op.Function)
	}
	bare := Activation{Function: op.Function}
	for _, s := range info.Settings {
		value := *s.Of(&op)
		if math.IsNaN(value) || math.Abs(value) > math.MaxFloat32 {
			return errorf(WrongFigure, "%s is %g, but must be a number of 32 bits", s.Name, value)
		}
		if s.Positive && value <= 0 {
			return errorf(WrongFigure, "%s is %g, but must be above 0", s.Name, value)
		}
		*s.Of(&bare) = value
	}
	if bare != op {
		return errorf(WrongFigure, "%s has a setting that it does not take", op.Function)
	}
	if op.Min > op.Max {
		return errorf(WrongFigure, "min is %g, above max, which is %g", op.Min, op.Max)
	}
	return nil
}

// Function is an activation function, elementwise.
type Function string

// The activation functions.
const (
	ReLU        Function = "ReLU"
	ReLU6       Function = "ReLU6"
	LeakyReLU   Function = "LeakyReLU"
	ELU         Function = "ELU"
	HardTanh    Function = "HardTanh"
	SiLU        Function = "SiLU"
	Sigmoid     Function = "Sigmoid"
	HardSwish   Function = "HardSwish"
	HardSigmoid Function = "HardSigmoid"
	Tanh        Function = "Tanh"
	GELU        Function = "GELU"
	Mish        Function = "Mish"
	Softplus    Function = "Softplus"
)

// FunctionInfo is a row of the table of functions: what others ask about a function without knowing which one it is.
// Each stage has one of the same name, and a test that it does: what the function computes stands in eval, how it is
// written in export/onnx and export/torch, its kernel in codegen/kernel/function.go.
type FunctionInfo struct {
	Function Function // as the language's primitive of the same name
	Settings []Setting
	Meaning  string // of x, in the language's words
	Source   string

	// Steepest bounds the absolute derivative; nil says that it is at most 1.5.
	Steepest func(op Activation) float64
	// ONNX lists the operators by which, or of which with others, models in ONNX have the function.
	ONNX []string
}

// Setting is a setting of a function.
type Setting struct {
	Name     string                     // in the language
	Of       func(*Activation) *float64 // where it stands
	Positive bool                       // it must be above 0
	Default  float64                    // of the language's primitive
}

func slope(usual float64, positive bool) Setting {
	of := func(a *Activation) *float64 { return &a.Slope }
	return Setting{Name: "slope", Of: of, Positive: positive, Default: usual}
}

// Functions lists the functions.
func Functions() []FunctionInfo { return functions }

var (
	offset    = Setting{Name: "offset", Of: func(a *Activation) *float64 { return &a.Offset }, Default: 0.5}
	alpha     = Setting{Name: "alpha", Of: func(a *Activation) *float64 { return &a.Alpha }, Default: 1}
	low       = Setting{Name: "min", Of: func(a *Activation) *float64 { return &a.Min }, Default: -1}
	high      = Setting{Name: "max", Of: func(a *Activation) *float64 { return &a.Max }, Default: 1}
	functions = []FunctionInfo{
		{
			Function: ReLU,
			Meaning:  "max(x, 0)", Source: "AISTATS 2011, proceedings.mlr.press/v15/glorot11a",
			ONNX: []string{"Relu"},
		},
		{
			Function: ReLU6,
			Meaning:  "min(max(x, 0), 6)", Source: "arXiv:1704.04861",
			ONNX: []string{"Relu", "Clip"},
		},
		{
			Function: LeakyReLU, Settings: []Setting{slope(0.01, false)},
			Meaning: "x if x >= 0 else slope * x", Source: "Maas et al., ICML 2013",
			Steepest: func(op Activation) float64 { return max(1, math.Abs(op.Slope)) },
			ONNX:     []string{"LeakyRelu"},
		},
		{
			Function: ELU, Settings: []Setting{alpha},
			Meaning: "x if x >= 0 else alpha * (exp(x) - 1)", Source: "arXiv:1511.07289",
			Steepest: func(op Activation) float64 { return max(1, math.Abs(op.Alpha)) },
			ONNX:     []string{"Elu"},
		},
		{
			Function: HardTanh, Settings: []Setting{low, high},
			Meaning: "min(max(x, min), max)", Source: "PyTorch's Hardtanh; ONNX calls it Clip",
			ONNX: []string{"Clip"},
		},
		{
			Function: SiLU,
			Meaning:  "x / (1 + exp(-x))", Source: "arXiv:1710.05941",
			ONNX: []string{"Sigmoid"},
		},
		{
			Function: Sigmoid,
			Meaning:  "1 / (1 + exp(-x))",
			ONNX:     []string{"Sigmoid"},
		},
		{
			Function: HardSwish, Settings: []Setting{slope(1.0/6, true), offset},
			Meaning: "x * min(max(slope * x + offset, 0), 1)", Source: "arXiv:1905.02244",
			// where it becomes x, or zero
			Steepest: func(op Activation) float64 { return max(1, math.Abs(2-op.Offset), math.Abs(op.Offset)) },
			ONNX:     []string{"HardSwish", "HardSigmoid", "Clip", "Relu"},
		},
		{
			Function: HardSigmoid, Settings: []Setting{slope(1.0/6, true), offset},
			Meaning:  "min(max(slope * x + offset, 0), 1)",
			Source:   "arXiv:1905.02244, with slope 1/6; Keras and ONNX have 0.2",
			Steepest: func(op Activation) float64 { return op.Slope },
			ONNX:     []string{"HardSigmoid", "Clip", "Relu"},
		},
		{
			Function: Tanh,
			Meaning:  "tanh(x)",
			ONNX:     []string{"Tanh"},
		},
		{
			Function: GELU,
			Meaning:  "x times the normal distribution of x, the exact form", Source: "arXiv:1606.08415",
			ONNX: []string{"Gelu", "Erf", "Tanh"},
		},
		{
			Function: Mish,
			Meaning:  "x * tanh(log(1 + exp(x)))", Source: "arXiv:1908.08681",
			ONNX: []string{"Mish", "Softplus", "Tanh"},
		},
		{
			Function: Softplus,
			Meaning:  "log(1 + exp(x))", Source: "PyTorch's Softplus with beta 1",
			ONNX: []string{"Softplus"},
		},
	}
)

// FunctionOf returns the row of a function.
func FunctionOf(f Function) (FunctionInfo, bool) {
	for _, info := range functions {
		if info.Function == f {
			return info, true
		}
	}
	return FunctionInfo{}, false
}

// Usual returns the activation with the settings that the language's primitive has by default.
func (i FunctionInfo) Usual() Activation {
	a := Activation{Function: i.Function}
	for _, s := range i.Settings {
		*s.Of(&a) = s.Default
	}
	return a
}

// Usual returns the activation of a function with its usual settings.
func Usual(f Function) Activation {
	info, ok := FunctionOf(f)
	if !ok {
		panic("ir: there is no function " + string(f))
	}
	return info.Usual()
}

// IsUsual reports whether all settings are the usual ones.
func (op Activation) IsUsual() bool { return op == Usual(op.Function) }

// Values returns the settings that the function has, in the table's order.
func (op Activation) Values() []float64 {
	info, _ := FunctionOf(op.Function)
	values := make([]float64, len(info.Settings))
	for i, s := range info.Settings {
		values[i] = *s.Of(&op)
	}
	return values
}

// Steepest bounds the absolute derivative: how many times as large an error of x is in the result, at most.
func (op Activation) Steepest() float64 {
	if info, _ := FunctionOf(op.Function); info.Steepest != nil {
		return info.Steepest(op)
	}
	return 1.5
}
