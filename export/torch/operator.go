package torch

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// operator says how an operation is written: as a module, which a class makes in its constructor and calls, or as an
// expression of the values that it reads, in a forward method. An input is neither, but an argument of that.
type operator struct {
	module     func(e *emitter, n *ir.Node) expr
	expression func(n *ir.Node, args []string) string
}

// operators is the table of operations.
var operators = ir.NewTable("export/torch/operator.go",
	ir.For[ir.Input](operator{}),
	asModule((*emitter).conv),
	asModule((*emitter).convTranspose),
	asModule((*emitter).linear),
	asModule((*emitter).batchNorm),
	asModule((*emitter).layerNorm),
	asModule((*emitter).activation),
	asModule(func(_ *emitter, n *ir.Node, _ ir.PReLU) expr {
		return expr{text("nn.PReLU("), optional("", channels, number(n.Params[0].Shape[0]), "1"), text(")")}
	}),
	asModule(func(_ *emitter, _ *ir.Node, op ir.Softmax) expr {
		return expr{text("nn.Softmax("), value("dim=", position, number(op.Axis+1)), text(")")}
	}),
	asModule((*emitter).maxPool),
	asModule((*emitter).avgPool),
	asModule(func(*emitter, *ir.Node, ir.GlobalAvgPool) expr { return expr{text("nn.AdaptiveAvgPool2d(1)")} }),
	asModule(func(*emitter, *ir.Node, ir.GlobalMaxPool) expr { return expr{text("nn.AdaptiveMaxPool2d(1)")} }),
	asModule((*emitter).pad),
	asModule((*emitter).upsample),
	asExpression(interpolate),
	asModule(func(_ *emitter, _ *ir.Node, op ir.DepthToSpace) expr {
		return expr{text("nn.PixelShuffle("), value("", setting, number(op.Factor)), text(")")}
	}),
	asExpression(func(_ *ir.Node, _ ir.Add, args []string) string { return args[0] + " + " + args[1] }),
	asExpression(func(_ *ir.Node, _ ir.Sub, args []string) string { return args[0] + " - " + args[1] }),
	asExpression(func(_ *ir.Node, _ ir.Mul, args []string) string { return args[0] + " * " + args[1] }),
	asExpression(func(_ *ir.Node, _ ir.Div, args []string) string { return args[0] + " / " + args[1] }),
	asModule(func(e *emitter, _ *ir.Node, op ir.Affine) expr {
		e.use(affine)
		return expr{text("Affine("), value("", setting, float(op.Factor)), value(", ", setting, float(op.Offset)),
			text(")")}
	}),
	asExpression(func(_ *ir.Node, op ir.MatMul, args []string) string {
		second := args[1]
		if op.Transpose {
			second += ".transpose(-2, -1)"
		}
		return "torch.matmul(" + args[0] + ", " + second + ")"
	}),
	asModule((*emitter).learned),
	asExpression(func(_ *ir.Node, op ir.Concat, args []string) string {
		return fmt.Sprintf("torch.cat([%s], dim=%d)", strings.Join(args, ", "), op.Axis+1)
	}),
	asModule((*emitter).slice),
	asModule(func(e *emitter, _ *ir.Node, op ir.Reshape) expr {
		e.use(reshape)
		return expr{text("Reshape("), value("", setting, tuple(op.Shape.List(), 0)), text(")")}
	}),
	asModule(func(e *emitter, _ *ir.Node, op ir.Transpose) expr {
		e.use(permute)
		return expr{text("Permute("), value("", setting, tuple(op.Order.List(), 1)), text(")")}
	}),
	asModule(func(*emitter, *ir.Node, ir.Flatten) expr { return expr{text("nn.Flatten()")} }),
	asModule((*emitter).dropout),
	asModule(func(e *emitter, _ *ir.Node, op ir.DropPath) expr {
		e.use(dropPath)
		return expr{text("DropPath("), e.settings.path(op), text(")")}
	}),
)

func asModule[O ir.Op](write func(e *emitter, n *ir.Node, op O) expr) ir.Row[operator] {
	return ir.For[O](operator{module: func(e *emitter, n *ir.Node) expr { return write(e, n, n.Op.(O)) }})
}

func asExpression[O ir.Op](write func(n *ir.Node, op O, args []string) string) ir.Row[operator] {
	return ir.For[O](operator{expression: func(n *ir.Node, args []string) string { return write(n, n.Op.(O), args) }})
}

// isModule reports whether an operation is a module, rather than an expression in a forward method.
func isModule(op ir.Op) bool { return operators.Of(op).module != nil }
