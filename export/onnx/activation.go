package onnx

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
)

// functions says how each activation function of a value is written: by ONNX's operator where the opset has one, else
// in the form that runtimes know to fuse.
var functions = map[ir.Function]func(a *activationWriter){
	ir.ReLU:      func(a *activationWriter) { a.result("Relu", a.x) },
	ir.ReLU6:     func(a *activationWriter) { a.result("Clip", a.x, a.scalar(0), a.scalar(6)) },
	ir.LeakyReLU: func(a *activationWriter) { a.resultWith("LeakyRelu", attribute("alpha", float32(a.op.Slope))) },
	ir.ELU:       func(a *activationWriter) { a.resultWith("Elu", attribute("alpha", float32(a.op.Alpha))) },
	ir.HardTanh: func(a *activationWriter) {
		a.result("Clip", a.x, a.scalar(float32(a.op.Min)), a.scalar(float32(a.op.Max)))
	},
	ir.Sigmoid: func(a *activationWriter) { a.result("Sigmoid", a.x) },
	ir.SiLU: func(a *activationWriter) {
		a.result("Mul", a.x, a.between("sigmoid", "Sigmoid", []string{a.x}))
	},
	ir.HardSigmoid: func(a *activationWriter) { a.resultWith("HardSigmoid", a.hard()...) },
	ir.HardSwish:   hardSwish,
	ir.Tanh:        func(a *activationWriter) { a.result("Tanh", a.x) },
	ir.GELU:        gelu,
	ir.Mish:        mish,
	ir.Softplus:    func(a *activationWriter) { a.result("Softplus", a.x) },
}

// activationWriter writes the nodes of one activation.
type activationWriter struct {
	*emitter
	node *ir.Node
	op   ir.Activation
	x    string // the name of what it is applied to
}

// activation writes an activation function.
func (e *emitter) activation(n *ir.Node, op ir.Activation) {
	write, ok := functions[op.Function]
	if !ok {
		panic("export/onnx/activation.go has no row for the function " + string(op.Function))
	}
	write(&activationWriter{e, n, op, e.value[n.Inputs[0]]})
}

// result writes the operator whose output is the activation's.
func (a *activationWriter) result(operator string, in ...string) { a.addFor(a.node, operator, in) }

// resultWith writes it with attributes.
func (a *activationWriter) resultWith(operator string, attributes ...*message) {
	a.addFor(a.node, operator, []string{a.x}, attributes...)
}

// between writes an operator on the way and returns the name of its output.
func (a *activationWriter) between(what, operator string, in []string, attributes ...*message) string {
	name := a.step(a.node, what, a.o.Type, a.dims(a.node))
	a.add(operator, name, in, attributes...)
	return name
}

// hard returns HardSigmoid's attributes.
func (a *activationWriter) hard() []*message {
	return []*message{attribute("alpha", float32(a.op.Slope)), attribute("beta", float32(a.op.Offset))}
}

// hardSwish writes the operator where the settings are those that it has.
func hardSwish(a *activationWriter) {
	if a.model.Opset >= opsetHardSwish && a.op.IsUsual() {
		a.result("HardSwish", a.x)
		return
	}
	a.result("Mul", a.x, a.between("gate", "HardSigmoid", []string{a.x}, a.hard()...))
}

func gelu(a *activationWriter) {
	if a.model.Opset >= opsetGelu {
		a.result("Gelu", a.x)
		return
	}
	scaled := a.between("scaled", "Div", []string{a.x, a.scalar(math.Sqrt2)})
	sum := a.between("sum", "Add", []string{a.between("erf", "Erf", []string{scaled}), a.scalar(1)})
	a.result("Mul", a.between("product", "Mul", []string{a.x, sum}), a.scalar(0.5))
}

func mish(a *activationWriter) {
	if a.model.Opset >= opsetMish {
		a.result("Mish", a.x)
		return
	}
	tanh := a.between("tanh", "Tanh", []string{a.between("softplus", "Softplus", []string{a.x})})
	a.result("Mul", a.x, tanh)
}
