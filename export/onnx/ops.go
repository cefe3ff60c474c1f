package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/ir"
)

// node writes one operation. Operator definitions: https://onnx.ai/onnx/operators.
func (e *emitter) node(n *ir.Node) error {
	var in []string
	for _, i := range n.Inputs {
		in = append(in, e.values[i])
	}
	e.values[n] = n.Name
	for _, p := range n.Params {
		switch t := e.set.Of(p); {
		case t == nil:
			return fmt.Errorf("the parameter %s has no value", p.Name)
		case len(t.Data) != p.Shape.Elements():
			return fmt.Errorf("the parameter %s of shape %v has %d values, not %d", p.Name, p.Shape, len(t.Data), p.Shape.Elements())
		}
		in = append(in, e.param(p))
	}
	switch op := n.Op.(type) {
	case ir.Input:
	case ir.Conv:
		if op.Epilogue != (ir.Epilogue{}) {
			return errors.New("a lowered graph cannot be exported")
		}
		e.add("Conv", n.Name, in, ints("kernel_shape", op.Kernel, op.Kernel), ints("strides", op.Stride, op.Stride),
			ints("dilations", op.Dilation, op.Dilation), pads(op.Pad), attribute("group", op.Groups))
	case ir.Linear:
		if op.Epilogue != (ir.Epilogue{}) {
			return errors.New("a lowered graph cannot be exported")
		}
		e.add("Gemm", n.Name, in, attribute("transB", 1))
	case ir.BatchNorm:
		// ONNX's momentum is the weight of the old statistics, PyTorch's that of the new ones.
		e.add("BatchNormalization", n.Name, in, attribute("epsilon", float32(op.Epsilon)), attribute("momentum", float32(1-op.Momentum)))
	case ir.Activation:
		return e.activation(n, op.Function, in[0])
	case ir.MaxPool:
		e.add("MaxPool", n.Name, in, ints("kernel_shape", op.Kernel, op.Kernel), ints("strides", op.Stride, op.Stride), pads(op.Pad))
	case ir.AvgPool:
		count := 0
		if op.CountPadding {
			count = 1
		}
		e.add("AveragePool", n.Name, in, ints("kernel_shape", op.Kernel, op.Kernel), ints("strides", op.Stride, op.Stride), pads(op.Pad),
			attribute("count_include_pad", count))
	case ir.GlobalAvgPool:
		e.add("GlobalAveragePool", n.Name, in)
	case ir.Add:
		e.add("Add", n.Name, in)
	case ir.Mul:
		e.add("Mul", n.Name, in)
	case ir.Concat:
		e.add("Concat", n.Name, in, attribute("axis", 1))
	case ir.Slice:
		e.add("Slice", n.Name, append(in, e.ints(n.Name+".starts", int64(op.From)), e.ints(n.Name+".ends", int64(op.To)), e.ints(n.Name+".axes", 1)))
	case ir.Flatten:
		e.add("Flatten", n.Name, in, attribute("axis", 1))
	case ir.Dropout:
		e.values[n] = in[0] // it does nothing in inference
	default:
		return fmt.Errorf("there is no ONNX operator for %T", op)
	}
	return nil
}

// activation writes an activation function, in the form that runtimes know to fuse where ONNX has no operator for it.
func (e *emitter) activation(n *ir.Node, f ir.Function, in string) error {
	name := n.Name
	switch f {
	case ir.ReLU:
		e.add("Relu", name, []string{in})
	case ir.ReLU6:
		e.add("Clip", name, []string{in, e.scalar(0), e.scalar(6)})
	case ir.Sigmoid:
		e.add("Sigmoid", name, []string{in})
	case ir.SiLU:
		sigmoid := e.step(n, "sigmoid")
		e.add("Sigmoid", sigmoid, []string{in})
		e.add("Mul", name, []string{in, sigmoid})
	case ir.HardSigmoid:
		e.add("HardSigmoid", name, []string{in}, attribute("alpha", float32(1.0/6)), attribute("beta", float32(0.5)))
	case ir.HardSwish:
		e.add("HardSwish", name, []string{in})
	case ir.Tanh:
		e.add("Tanh", name, []string{in})
	case ir.GELU:
		scaled, erf, sum, product := e.step(n, "scaled"), e.step(n, "erf"), e.step(n, "sum"), e.step(n, "product")
		e.add("Div", scaled, []string{in, e.scalar(math.Sqrt2)})
		e.add("Erf", erf, []string{scaled})
		e.add("Add", sum, []string{erf, e.scalar(1)})
		e.add("Mul", product, []string{in, sum})
		e.add("Mul", name, []string{product, e.scalar(0.5)})
	default:
		return fmt.Errorf("there is no ONNX operator for %s", f)
	}
	return nil
}

func ints(name string, values ...int) *message {
	wide := make([]int64, len(values))
	for i, v := range values {
		wide[i] = int64(v)
	}
	return attribute(name, wide)
}

func pads(p ir.Padding) *message { return ints("pads", p.Top, p.Left, p.Bottom, p.Right) }
