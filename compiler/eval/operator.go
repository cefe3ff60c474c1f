package eval

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/params"
)

// operators says what each operation computes. Inputs have their values already, and what is fused is its base's and
// then finished.
var operators = ir.NewTable("compiler/eval/operator.go",
	row(conv),
	row(convTranspose),
	row(linear),
	row(batchNorm),
	row(layerNorm),
	row(func(e *evaluation, op ir.Activation) { activate(op, e.in[0], e.out) }),
	row(prelu),
	row(softmax),
	row(func(e *evaluation, op ir.MaxPool) { pool(e, op.Window(), largest) }),
	row(func(e *evaluation, op ir.AvgPool) { pool(e, op.Window(), mean(op.CountPadding)) }),
	row(func(e *evaluation, _ ir.GlobalAvgPool) { globalPool(e, mean(false)) }),
	row(func(e *evaluation, _ ir.GlobalMaxPool) { globalPool(e, largest) }),
	row(pad),
	row(resize[ir.Upsample]),
	row(resize[ir.Resize]),
	row(depthToSpace),
	row(func(e *evaluation, _ ir.Add) { pairwise(e, func(a, b float32) float32 { return a + b }) }),
	row(func(e *evaluation, _ ir.Sub) { pairwise(e, func(a, b float32) float32 { return a - b }) }),
	row(func(e *evaluation, _ ir.Mul) { pairwise(e, func(a, b float32) float32 { return a * b }) }),
	row(func(e *evaluation, _ ir.Div) { pairwise(e, func(a, b float32) float32 { return a / b }) }),
	row(affine),
	row(matMul),
	row(func(e *evaluation, _ ir.Learned) { copy(e.out, e.param(ir.Tensor)) }),
	row(concat),
	row(slice),
	row(same[ir.Reshape]),
	row(transpose),
	row(same[ir.Flatten]),
	row(same[ir.Dropout]),
	row(same[ir.DropPath]),
)

// row is the row of the operation that compute takes. It finds the result of its node full of zeros.
func row[O ir.Op](compute func(e *evaluation, op O)) ir.Row[func(*evaluation, ir.Op)] {
	return ir.For[O](func(e *evaluation, op ir.Op) { compute(e, op.(O)) })
}

// evaluation is one node that is computed for one example.
type evaluation struct {
	node     *ir.Node
	from, to ir.Shape    // of its first input, and of its result
	in       [][]float32 // the values of its inputs
	out      []float32   // that of its result
	set      params.Set
}

// param returns the value of a parameter, or nil if the node has none of that role.
func (e *evaluation) param(role ir.Role) []float32 {
	if p := e.node.Param(role); p != nil {
		return e.set.Of(p).Data
	}
	return nil
}

// Node evaluates one operation for one image: on the values of its inputs, with the values of its parameters in the
// set.
func Node(n *ir.Node, set params.Set, inputs [][]float32) []float32 {
	fused := ir.Unfuse(n.Op)
	e := &evaluation{node: n, from: n.Inputs[0].Shape, to: n.Shape, in: inputs, set: set,
		out: make([]float32, n.Shape.Elements())}
	operators.Of(fused.Base)(e, fused.Base)
	if fused.Residual {
		for i, x := range inputs[1] {
			e.out[i] += x
		}
	}
	if fused.Activation != (ir.Activation{}) {
		activate(fused.Activation, e.out, e.out)
	}
	return e.out
}

// same is an operation that only says otherwise what its input is.
func same[O ir.Op](e *evaluation, _ O) { copy(e.out, e.in[0]) }

func affine(e *evaluation, op ir.Affine) {
	for i, x := range e.in[0] {
		e.out[i] = float32(float64(x)*op.Factor + op.Offset)
	}
}

// pairwise applies f to two values, either of which may be repeated along axes.
func pairwise(e *evaluation, f func(a, b float32) float32) {
	a, b := e.node.Inputs[0].Shape, e.node.Inputs[1].Shape
	if a.Equal(b) {
		for k := range e.out {
			e.out[k] = f(e.in[0][k], e.in[1][k])
		}
		return
	}
	second := make([]int, len(e.out))
	eachPlace(e.to, broadcastSteps(b, e.to), func(number, at int) { second[number] = at })
	eachPlace(e.to, broadcastSteps(a, e.to), func(number, at int) {
		e.out[number] = f(e.in[0][at], e.in[1][second[number]])
	})
}
