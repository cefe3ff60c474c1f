package ir

import "slices"

// Activation applies a function to every element.
type Activation struct{ Function Function }

func (op Activation) infer(in []Shape) (Shape, error) {
	if !slices.Contains(Functions(), op.Function) {
		return nil, errorf(WrongFigure, "there is no function %q", op.Function)
	}
	return in[0], nil
}

// Function is an activation function, elementwise. Sources: ReLU6 arXiv:1704.04861; SiLU arXiv:1710.05941; HardSwish
// and HardSigmoid arXiv:1905.02244, with slope 1/6 and offset 1/2; GELU arXiv:1606.08415, the exact form with erf.
type Function string

// The activation functions.
const (
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
