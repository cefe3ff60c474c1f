package onnx

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/ir"
)

// activation writes an activation function: ONNX's operator where the opset has one, else the form that runtimes know
// to fuse.
func (e *emitter) activation(n *ir.Node, f ir.Function, in string) error {
	x := []string{in}
	step := func(what string) string { return e.step(n, what, e.o.Type, e.dims(n)) }
	switch f {
	case ir.ReLU:
		e.addFor(n, "Relu", x)
	case ir.ReLU6:
		e.addFor(n, "Clip", []string{in, e.scalar(0), e.scalar(6)})
	case ir.Sigmoid:
		e.addFor(n, "Sigmoid", x)
	case ir.SiLU:
		sigmoid := step("sigmoid")
		e.add("Sigmoid", sigmoid, x)
		e.addFor(n, "Mul", []string{in, sigmoid})
	case ir.HardSigmoid:
		e.addFor(n, "HardSigmoid", x, attribute("alpha", float32(1.0/6)), attribute("beta", float32(0.5)))
	case ir.HardSwish:
		if e.model.Opset >= opsetHardSwish {
			e.addFor(n, "HardSwish", x)
			break
		}
		gate := step("gate")
		e.add("HardSigmoid", gate, x, attribute("alpha", float32(1.0/6)), attribute("beta", float32(0.5)))
		e.addFor(n, "Mul", []string{in, gate})
	case ir.Tanh:
		e.addFor(n, "Tanh", x)
	case ir.GELU:
		if e.model.Opset >= opsetGelu {
			e.addFor(n, "Gelu", x)
			break
		}
		scaled, erf, sum, product := step("scaled"), step("erf"), step("sum"), step("product")
		e.add("Div", scaled, []string{in, e.scalar(math.Sqrt2)})
		e.add("Erf", erf, []string{scaled})
		e.add("Add", sum, []string{erf, e.scalar(1)})
		e.add("Mul", product, []string{in, sum})
		e.addFor(n, "Mul", []string{product, e.scalar(0.5)})
	default:
		return fmt.Errorf("there is no ONNX operator for %s", f)
	}
	return nil
}
