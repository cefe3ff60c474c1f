package build

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/dsl/source"
	"github.com/netc-lang/netc/dsl/syntax"
)

// Tensors of any rank: arithmetic on them, and settings that are shapes and axes.

// operators make the operation, and the name of its node, of two tensors.
var operators = map[string]struct {
	op   ir.Op
	name string
}{
	"+": {ir.Add{}, "add"}, "-": {ir.Sub{}, "sub"}, "*": {ir.Mul{}, "mul"}, "/": {ir.Div{}, "div"},
}

// combine makes the node of an operator between tensors, or between a tensor and a number. It reports false where the
// operator has no meaning for them.
func (b *builder) combine(e *syntax.Binary, left, right value, s *scope) (value, bool) {
	l, isLeft := left.(tensor)
	r, isRight := right.(tensor)
	operator, known := operators[e.Operator]
	if !known || !isLeft && !isRight {
		return nil, false
	}
	path := join(s.path, operator.name)
	if isLeft && isRight {
		return b.add(operator.op, e.Operator, []*ir.Node{l.node, r.node}, e.Span, b.unique(path)), true
	}
	if isLeft {
		c, ok := number(right)
		if !ok {
			return nil, false
		}
		if e.Operator == "/" && c == 0 {
			b.fail(diag.DivisionByZero, e.Right.Place(), "", "division by zero")
		}
		return b.add(byNumber(e.Operator, c), e.Operator, []*ir.Node{l.node}, e.Span, b.unique(path)), true
	}
	c, ok := number(left)
	if !ok {
		return nil, false
	}
	if e.Operator == "/" {
		b.fail(diag.WrongOperands, e.Span, "divide a tensor by it: a Learned tensor, or x * 0 + 1",
			"a number cannot be divided by a tensor")
	}
	op := byNumber(e.Operator, c)
	if e.Operator == "-" {
		op = ir.Affine{Factor: -1, Offset: c}
	}
	return b.add(op, e.Operator, []*ir.Node{r.node}, e.Span, b.unique(path)), true
}

// byNumber is what an operator with a number on its right does to a tensor.
func byNumber(operator string, c float64) ir.Affine {
	switch operator {
	case "+":
		return ir.Affine{Factor: 1, Offset: c}
	case "-":
		return ir.Affine{Factor: 1, Offset: -c}
	case "*":
		return ir.Affine{Factor: c}
	}
	return ir.Affine{Factor: 1 / c}
}

// ints returns a setting that is a list of ints.
func (s settings) ints(name string) []int {
	items := s[name].([]value)
	list := make([]int, len(items))
	for i, item := range items {
		list[i] = item.(int)
	}
	return list
}

// dims makes a setting of a list of numbers.
func (b *builder) dims(list []int, what string, span source.Span) ir.Dims {
	if len(list) > ir.MaxRank {
		b.fail(diag.TensorTooLarge, span, "", "%s: %d dimensions are over %d, the limit", what, len(list), ir.MaxRank)
	}
	return ir.DimsOf(list...)
}

// axisOf counts an axis from 0 where it is counted from the end. The operation checks it.
func axisOf(axis int, s ir.Shape) int {
	if axis < 0 && axis >= -len(s) {
		return axis + len(s)
	}
	return axis
}

// axes are those along which a layer norm goes. Without any, it is the last of a vector or sequence; of other tensors
// that is not what people mean by it, or not all of them.
func (b *builder) axes(s settings, in ir.Shape, span source.Span) ir.Dims {
	list := s.ints("axes")
	if len(list) == 0 {
		if len(in) > 2 {
			b.fail(diag.MissingSetting, span,
				"write axes: [0] for the channels of an image, axes: [-1] for the features of a token",
				"LayerNorm needs the setting axes for a tensor of shape %v", in)
		}
		list = []int{-1}
	}
	for i := range list {
		list[i] = axisOf(list[i], in)
	}
	slices.Sort(list)
	return b.dims(list, "LayerNorm", span)
}

// filled replaces a -1 in a shape by what the others leave.
func (b *builder) filled(shape []int, in ir.Shape, span source.Span) []int {
	open, known := -1, 1
	for i, d := range shape {
		switch {
		case d == -1 && open >= 0:
			b.fail(diag.WrongFigure, span, "", "Reshape: only one dimension can be -1")
		case d == -1:
			open = i
		case d < 1 || d > ir.MaxDimension || known > ir.MaxElements/d:
			return shape // the operation says it
		default:
			known *= d
		}
	}
	if open < 0 || in.Elements()%known != 0 {
		return shape
	}
	shape = slices.Clone(shape)
	shape[open] = in.Elements() / known
	return shape
}

// isImage reports whether a tensor of three axes is an image: it comes from operations on images, or is the input, and
// nothing has put its axes into another form.
func isImage(n *ir.Node) bool {
	if !n.Shape.IsImage() {
		return false
	}
	if ir.InfoOf(n.Op).NoImage {
		return false
	}
	return len(n.Inputs) == 0 || isImage(n.Inputs[0])
}
