package torch

import "github.com/netc-lang/netc/compiler/ir"

// functions gives PyTorch's module of each activation function.
var functions = map[ir.Function]func(e *emitter, op ir.Activation) expr{
	ir.ReLU:        module("nn.ReLU"),
	ir.ReLU6:       module("nn.ReLU6"),
	ir.LeakyReLU:   module("nn.LeakyReLU"),
	ir.ELU:         module("nn.ELU"),
	ir.HardTanh:    module("nn.Hardtanh"),
	ir.SiLU:        module("nn.SiLU"),
	ir.Sigmoid:     module("nn.Sigmoid"),
	ir.HardSwish:   withSettings("nn.Hardswish()", "HardSwish", hardSwish),
	ir.HardSigmoid: withSettings("nn.Hardsigmoid()", "HardSigmoid", hardSigmoid),
	ir.Tanh:        module("nn.Tanh"),
	ir.GELU:        module("nn.GELU"),
	ir.Mish:        module("nn.Mish"),
	ir.Softplus:    module("nn.Softplus"),
}

// activation returns the expression that makes the module of an activation function.
func (e *emitter) activation(_ *ir.Node, op ir.Activation) expr {
	write := functions[op.Function]
	if write == nil {
		panic("torch: no module is known for the function " + string(op.Function))
	}
	return write(e, op)
}

// module is one of PyTorch, which takes the settings in our order.
func module(name string) func(*emitter, ir.Activation) expr {
	return func(_ *emitter, op ir.Activation) expr { return call(name, op) }
}

func call(name string, op ir.Activation) expr {
	made := expr{text(name + "(")}
	for i, v := range op.Values() {
		prefix := ""
		if i > 0 {
			prefix = ", "
		}
		made = append(made, value(prefix, setting, float(v)))
	}
	return append(made, text(")"))
}

// withSettings is a module of PyTorch that has the usual settings, and one of the file's own for others.
func withSettings(usual, name string, own helper) func(*emitter, ir.Activation) expr {
	return func(e *emitter, op ir.Activation) expr {
		if op.IsUsual() {
			return expr{text(usual)}
		}
		e.use(own)
		return call(name, op)
	}
}

const hardSigmoidText = `class HardSigmoid(nn.Module):
    """slope * x + offset, between 0 and 1."""

    def __init__(self, slope, offset):
        super().__init__()
        self.slope, self.offset = slope, offset

    def forward(self, x):
        return torch.clamp(self.slope * x + self.offset, 0, 1)
`

const hardSwishText = `class HardSwish(nn.Module):
    """x times slope * x + offset, which is kept between 0 and 1."""

    def __init__(self, slope, offset):
        super().__init__()
        self.slope, self.offset = slope, offset

    def forward(self, x):
        return x * torch.clamp(self.slope * x + self.offset, 0, 1)
`
