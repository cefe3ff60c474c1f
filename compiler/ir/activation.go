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

// FunctionInfo is a row of the table of functions. Each stage has one of the same name, and a test that it does: what
// the function computes stands in eval, how it is written in export/onnx and export/torch, its kernel in
// codegen/kernel/function.go.
type FunctionInfo struct {
	Function Function // as the language's primitive of the same name
	Settings []Setting
	Meaning  string // of x, in the language's words
	Source   string
}

// Setting is a setting of a function.
type Setting struct {
	Name     string                     // in the language
	Of       func(*Activation) *float64 // where it stands
	Positive bool                       // it must be above 0
	Default  float64                    // of the language's primitive
}

func slope(usual float64, positive bool) Setting {
	return Setting{"slope", func(a *Activation) *float64 { return &a.Slope }, positive, usual}
}

// Functions lists the functions.
func Functions() []FunctionInfo { return functions }

var (
	offset    = Setting{"offset", func(a *Activation) *float64 { return &a.Offset }, false, 0.5}
	alpha     = Setting{"alpha", func(a *Activation) *float64 { return &a.Alpha }, false, 1}
	low       = Setting{"min", func(a *Activation) *float64 { return &a.Min }, false, -1}
	high      = Setting{"max", func(a *Activation) *float64 { return &a.Max }, false, 1}
	functions = []FunctionInfo{
		{ReLU, nil, "max(x, 0)", "AISTATS 2011, proceedings.mlr.press/v15/glorot11a"},
		{ReLU6, nil, "min(max(x, 0), 6)", "arXiv:1704.04861"},
		{LeakyReLU, []Setting{slope(0.01, false)}, "x if x >= 0 else slope * x", "Maas et al., ICML 2013"},
		{ELU, []Setting{alpha}, "x if x >= 0 else alpha * (exp(x) - 1)", "arXiv:1511.07289"},
		{HardTanh, []Setting{low, high}, "min(max(x, min), max)", "PyTorch's Hardtanh; ONNX calls it Clip"},
		{SiLU, nil, "x / (1 + exp(-x))", "arXiv:1710.05941"},
		{Sigmoid, nil, "1 / (1 + exp(-x))", ""},
		{HardSwish, []Setting{slope(1.0/6, true), offset}, "x * min(max(slope * x + offset, 0), 1)",
			"arXiv:1905.02244"},
		{HardSigmoid, []Setting{slope(1.0/6, true), offset}, "min(max(slope * x + offset, 0), 1)",
			"arXiv:1905.02244, with slope 1/6; Keras and ONNX have 0.2"},
		{Tanh, nil, "tanh(x)", ""},
		{GELU, nil, "x times the normal distribution of x, the exact form", "arXiv:1606.08415"},
		{Mish, nil, "x * tanh(log(1 + exp(x)))", "arXiv:1908.08681"},
		{Softplus, nil, "log(1 + exp(x))", "PyTorch's Softplus with beta 1"},
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
